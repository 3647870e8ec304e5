"""Invitations: a link that lets one person make their own account, once, within three days. Nothing is sent by us."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, NotFound
from backend.domain.roles import Permission, Role
from backend.services import accounts, passwords, sessions
from backend.services.sessions import Entered
from backend.store import sql, trace
from backend.store.database import Database, Reader, Row, Writer

queries = sql.load("accounts")

LIFETIME = timedelta(hours=72)
LONGEST_TOKEN = 100


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom a link is for, the role that waits for them, and who invited them (None: the shell)."""

    email: str
    role: Role
    invited_by: str | None


async def invite(writer: Writer, actor: Actor, email: str, role: Role) -> str:
    """Invite somebody; the token of their link, which nobody sees again. A link they had before ends.

    `Invalid` for an address that is none, `Conflict` where it has an account.
    """
    actor.require(Permission.PEOPLE)
    email = email.strip()
    accounts.check_email(email)
    if await writer.fetch_one(queries["user_by_email"], {"email": email}):
        raise Conflict(f"{email} has an account already.")
    token = secrets.token_urlsafe(32)
    asked = {
        "email": email,
        "role": role.value,
        "token_hash": sessions.token_hash(token),
        "invited_by": actor.id if actor.kind == "user" else None,
        "lifetime": LIFETIME,
    }
    await writer.fetch_value(queries["invite"], asked)
    await trace.record(writer, actor, "invite", ("user", None), fields=["email", "role"])
    return token


async def open_invitations(reader: Reader, actor: Actor) -> list[Row]:
    """Who was invited and has not come, the latest first; some have `expired`. `reader` must see secrets."""
    actor.require(Permission.PEOPLE)
    return await reader.fetch_all(queries["list_invitations"])


async def withdraw(writer: Writer, actor: Actor, invitation_id: int) -> None:
    """End a link that nobody has used. `NotFound` where it was used or withdrawn before."""
    actor.require(Permission.PEOPLE)
    if not await writer.execute(queries["withdraw_invitation"], {"id": invitation_id}):
        raise NotFound("This invitation was used or withdrawn meanwhile.")
    await trace.record(writer, actor, "withdraw-invitation", ("user", None))


async def find(reader: Reader, token: str) -> Invited:
    """What a link is for; `NotFound` where it works no more. `reader` must be one that may see secrets."""
    row = await reader.fetch_one(queries["find_invitation"], _key(token))
    if row is None:
        raise _over()
    return Invited(row["email"], Role(row["role"]), row["invited_by"])


async def accept(database: Database, token: str, name: str, password: str, request_id: str | None = None) -> Entered:
    """Make the account that a link is for, and sign its owner in. `Invalid` names what cannot be taken.

    The password is made into a hash outside of the transaction: that takes long, and a link may be tried by anybody.
    """
    async with database.read(secret=True) as reader:
        await find(reader, token)
    name = accounts.check_name(name)
    passwords.check(password)
    password_hash = await passwords.hashed(password)
    async with database.write() as writer:
        taken = await writer.fetch_one(queries["take_invitation"], _key(token))
        if taken is None:
            raise _over()
        user_id = await writer.fetch_value(
            queries["add_user"],
            {"email": taken["email"], "name": name, "role": taken["role"], "password_hash": password_hash},
        )
        if user_id is None:
            raise Conflict(f"{taken['email']} has an account already: sign in with its password.")
        actor = Actor(kind="user", id=user_id, name=name, role=Role(taken["role"]), request_id=request_id)
        await trace.record(writer, actor, "join", ("user", user_id), fields=["email", "name", "role"])
        return Entered(await sessions.begin(writer, actor), "UTC")


def _key(token: str) -> dict[str, bytes]:
    return {"token_hash": sessions.token_hash(token[:LONGEST_TOKEN])}


def _over() -> NotFound:
    return NotFound("This link was used, withdrawn or replaced, or is older than 72 hours. Ask for a new one.")
