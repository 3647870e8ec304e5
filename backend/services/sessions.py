"""Signing in and staying in: throttled, in constant time, with sessions that Postgres keeps and anybody can end."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backend.domain.actors import Actor
from backend.domain.errors import Unauthenticated
from backend.domain.roles import Permission, Role
from backend.services import passwords
from backend.store import sql, trace
from backend.store.database import Database, Reader, Writer

queries = sql.load("accounts")

IDLE = timedelta(hours=10)
LIFETIME = timedelta(days=7)

PAUSE = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 5
TRIES_PER_ADDRESS = 60


@dataclass(frozen=True, slots=True)
class Knock:
    """A try to enter: what was typed, from which address, and the token of a session that it replaces."""

    email: str
    password: str
    address: str
    replaces: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """Signed in: the token is the cookie's value, and this is the only time that anybody sees it."""

    token: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not signed in. `tries_left` before the pause; during it, 0, and `seconds_left` of it."""

    tries_left: int
    seconds_left: int


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is behind a session."""

    actor: Actor
    email: str
    time_zone: str


async def sign_in(database: Database, secret: bytes, knock: Knock) -> Entered | Refused:
    """Let somebody in, or not; a refusal says nothing about whether the account exists.

    Short transactions on both sides of the password's check, which takes long and needs no connection.
    """
    account_key, address_key = (
        _keyed(secret, "account", knock.email.strip().lower()),
        _keyed(secret, "address", knock.address),
    )
    async with database.write() as writer:
        # Always in this order, so that two tries at once cannot wait for each other.
        by_address = await _count(writer, address_key, TRIES_PER_ADDRESS)
        by_account = await _count(writer, account_key, TRIES_PER_ACCOUNT)
        user = await writer.fetch_one(queries["user_by_email"], {"email": knock.email.strip()})
    for counted, limit in ((by_account, TRIES_PER_ACCOUNT), (by_address, TRIES_PER_ADDRESS)):
        if counted["failures"] > limit:
            return Refused(0, counted["seconds_left"])

    right = await passwords.matches(user["password_hash"] if user else None, knock.password)
    if user is None or not right or user["disabled_at"] is not None:
        tries_left = min(TRIES_PER_ACCOUNT - by_account["failures"], TRIES_PER_ADDRESS - by_address["failures"])
        return Refused(tries_left, int(PAUSE.total_seconds()) if tries_left == 0 else 0)

    actor = _actor(user, knock.request_id)
    async with database.write() as writer:
        await writer.execute(queries["forgive"], {"subject": account_key})
        await writer.execute(queries["forgive_one"], {"subject": address_key})
        await writer.execute(queries["forget_old_sessions"], {"idle": IDLE})
        await writer.execute(queries["forget_old_attempts"])
        if passwords.is_outdated(user["password_hash"]):
            renewed = await passwords.hashed(knock.password)
            await writer.execute(queries["set_password"], {"id": user["id"], "password_hash": renewed})
        if knock.replaces:
            await writer.execute(queries["end_session"], {"token_hash": token_hash(knock.replaces)})
        token = await begin(writer, actor)
    return Entered(token, user["time_zone"])


async def begin(writer: Writer, actor: Actor) -> str:
    """Begin a session of somebody who has shown who they are; its token."""
    token = secrets.token_urlsafe(32)
    await writer.execute(
        queries["start_session"], {"token_hash": token_hash(token), "user_id": actor.id, "lifetime": LIFETIME}
    )
    await trace.record(writer, actor, "sign-in", ("user", actor.id))
    return token


async def visitor(database: Database, token: str, request_id: str | None = None) -> Visitor:
    """Who holds this token; raise `Unauthenticated` when the session is unknown, over, or was idle too long."""
    key = {"token_hash": token_hash(token)}
    async with database.read(secret=True) as reader:
        found = await reader.fetch_one(queries["find_session"], {**key, "idle": IDLE})
    if found is None:
        raise Unauthenticated("Your session is over. Sign in again.")
    if found["stale"]:
        async with database.write() as writer:
            await writer.execute(queries["touch_session"], key)
    return Visitor(_actor(found, request_id), found["email"], found["time_zone"])


async def sign_out(writer: Writer, token: str) -> None:
    """End one session. Ending one that is over is no error."""
    await writer.execute(queries["end_session"], {"token_hash": token_hash(token)})


async def sign_out_elsewhere(writer: Writer, actor: Actor, token: str) -> int:
    """End the actor's other sessions; return how many there were."""
    actor.require(Permission.READ)
    ended = await writer.execute(queries["end_sessions"], {"user_id": actor.id, "except_hash": token_hash(token)})
    await trace.record(writer, actor, "sign-out-elsewhere", ("user", actor.id))
    return ended


async def count_own(reader: Reader, actor: Actor) -> int:
    """How many sessions the actor has, this one among them."""
    actor.require(Permission.READ)
    return int(await reader.fetch_value(queries["count_sessions"], {"user_id": actor.id, "idle": IDLE}))


def token_hash(token: str) -> bytes:
    """What the database keeps of a token: whoever reads the table cannot enter with it."""
    return hashlib.sha256(token.encode()).digest()


def _actor(user: dict[str, Any], request_id: str | None) -> Actor:
    return Actor(kind="user", id=user["id"], name=user["name"], role=Role(user["role"]), request_id=request_id)


def _keyed(secret: bytes, kind: str, value: str) -> bytes:
    return hmac.digest(secret, f"throttle:{kind}:{value}".encode(), "sha256")


async def _count(writer: Writer, subject: bytes, limit: int) -> dict[str, Any]:
    # An insert with "on conflict do update" always returns its row.
    return (await writer.fetch_all(queries["count_attempt"], {"subject": subject, "limit": limit, "pause": PAUSE}))[0]
