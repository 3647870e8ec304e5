"""Keys of the API's clients: shown once, stored as a hash, believed for a few seconds at a time."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from backend.domain.actors import Actor
from backend.domain.errors import FieldError, Invalid, NotFound, Unauthenticated
from backend.domain.roles import Permission
from backend.store import sql, trace
from backend.store.database import Database, Reader, Row, Writer

queries = sql.load("keys")

PROXY = "proxy"
SCOPES = {
    PROXY: "may forward its shoppers' addresses as voters",
    "verified": "may say that a review's writer bought the product",
    "incentivized": "may say that a review's writer was given something for it",
}

LONGEST_NAME = 100
BELIEVED = 5.0  # seconds for which an answer about a key is kept: a revoked key works no longer than that
KEPT = 4096  # answers kept at most


@dataclass(frozen=True, slots=True)
class Key:
    id: int
    name: str
    scopes: frozenset[str]


class Keyring:
    """The keys as one instance knows them."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._answers: dict[bytes, tuple[float, Key | None]] = {}

    async def verify(self, token: str) -> Key:
        """The key that a token opens. `Unauthenticated` where it is wrong or revoked."""
        digest = _digest(token)
        until, key = self._answers.get(digest, (0.0, None))
        if until <= self._clock():
            key = await self._look(digest)
            if len(self._answers) >= KEPT:
                self._answers.clear()
            self._answers[digest] = (self._clock() + BELIEVED, key)
        if key is None:
            raise Unauthenticated("The key in X-API-Key is wrong or revoked.")
        return key

    async def _look(self, digest: bytes) -> Key | None:
        async with self._database.read(secret=True) as reader:
            row = await reader.fetch_one(queries["find"], {"key_hash": digest})
        return Key(row["id"], row["name"], frozenset(row["scopes"])) if row else None


async def add(writer: Writer, actor: Actor, name: str, scopes: list[str]) -> tuple[int, str]:
    """A new key: its id, and its token, which nobody sees again. `Invalid` for a name or a scope that cannot be."""
    actor.require(Permission.PEOPLE)
    unknown = sorted(set(scopes) - SCOPES.keys())
    named = 1 <= len(name.strip()) <= LONGEST_NAME and name.strip().isprintable()
    if unknown or not named:
        raise Invalid(
            "The key cannot be made.",
            errors=(
                *(FieldError("scope", f"{scope} is none of {', '.join(SCOPES)}.") for scope in unknown),
                *(() if named else (FieldError("name", f"Say whose key it is, in 1 to {LONGEST_NAME} characters."),)),
            ),
        )
    token = f"ar_{secrets.token_urlsafe(32)}"
    key_id: int = await writer.fetch_value(
        queries["add"], {"name": name.strip(), "key_hash": _digest(token), "scopes": sorted(set(scopes))}
    )
    await trace.record(writer, actor, "add", ("key", key_id))
    return key_id, token


async def list_keys(reader: Reader, actor: Actor) -> list[Row]:
    """Every key ever made: id, name, scopes, created_at, revoked_at. `reader` must be one that may see secrets."""
    actor.require(Permission.PEOPLE)
    return await reader.fetch_all(queries["list"])


async def revoke(writer: Writer, actor: Actor, key_id: int) -> None:
    """End a key. `NotFound` where there is none of this id, or it was revoked before."""
    actor.require(Permission.PEOPLE)
    if not await writer.execute(queries["revoke"], {"key_id": key_id}):
        raise NotFound(f"There is no key {key_id} that works.")
    await trace.record(writer, actor, "revoke", ("key", key_id))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
