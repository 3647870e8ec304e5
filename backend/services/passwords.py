"""Passwords: what makes a good one, and argon2id, off the event loop and a few at a time (each takes 64 MB)."""

import asyncio
import secrets
from functools import partial

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.domain.errors import FieldError, Invalid

SHORTEST = 12
LONGEST = 200

_hasher = PasswordHasher()
_at_once = asyncio.Semaphore(2)

# Verified in place of an unknown account's hash, so that an answer's time does not tell which accounts exist.
_NOBODY = _hasher.hash(secrets.token_urlsafe(24))


def generate() -> str:
    """A password nobody has to invent: 120 random bits, easy to copy."""
    return secrets.token_urlsafe(15)


def check(password: str, *, field: str = "password") -> None:
    """Raise `Invalid` unless it is long enough. No rules on its characters: they only make people write it down."""
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"Use {SHORTEST} to {LONGEST} characters."
        raise Invalid(message, errors=(FieldError(field, message),))


async def hashed(password: str) -> str:
    """The argon2id hash, with its parameters and salt."""
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one; takes as long when there is no account (None)."""
    async with _at_once:
        matched = await asyncio.to_thread(partial(_verify, stored or _NOBODY, password))
    return matched and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
