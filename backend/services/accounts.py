"""The console's people: who they are, what they may, and their passwords."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, FieldError, Invalid, NotFound
from backend.domain.roles import Permission, Role
from backend.services import passwords
from backend.services.sessions import IDLE
from backend.store import sql, trace
from backend.store.database import Reader, Writer

queries = sql.load("accounts")

LONGEST_EMAIL = 254
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Account:
    """One person, as the list of people shows them. `seen_at` is known while a session of theirs is kept, 7 days."""

    id: int
    email: str
    name: str
    role: Role
    time_zone: str
    created_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None
    sessions: int


async def add(writer: Writer, actor: Actor, *, email: str, name: str, role: Role, password: str) -> int:
    """Add a person; raise `Invalid` for what cannot be taken and `Conflict` where the address is in use."""
    actor.require(Permission.PEOPLE)
    email = email.strip()
    check_email(email)
    name = check_name(name)
    passwords.check(password)
    user_id = await writer.fetch_value(
        queries["add_user"],
        {"email": email, "name": name, "role": role.value, "password_hash": await passwords.hashed(password)},
    )
    if user_id is None:
        raise Conflict(f"{email} has an account already.")
    await trace.record(writer, actor, "add", ("user", user_id), fields=["email", "name", "role"])
    return int(user_id)


async def list_all(reader: Reader, actor: Actor) -> list[Account]:
    """Everyone, those who may enter first. `reader` must be one that may see sessions."""
    actor.require(Permission.PEOPLE)
    return await _accounts(reader, None)


async def one(reader: Reader, actor: Actor, user_id: int) -> Account:
    """One person; `NotFound` where there is none. `reader` must be one that may see sessions."""
    actor.require(Permission.PEOPLE)
    found = await _accounts(reader, user_id)
    if not found:
        raise NotFound("There is no such person.")
    return found[0]


async def set_password(writer: Writer, actor: Actor, email: str, password: str) -> None:
    """Give somebody a new password and end their sessions."""
    actor.require(Permission.PEOPLE)
    user = await _known(writer, email)
    passwords.check(password)
    await _store_password(writer, actor, user["id"], password, keep=None)


async def change_own_password(writer: Writer, actor: Actor, current: str, new: str, keep: bytes) -> None:
    """Change the actor's own password, end their other sessions, and keep the one whose token hash is `keep`."""
    actor.require(Permission.READ)
    user = await writer.fetch_one(queries["user_by_id"], {"id": actor.id})
    if user is None or not await passwords.matches(user["password_hash"], current):
        message = "That is not your present password."
        raise Invalid(message, errors=(FieldError("current", message),))
    passwords.check(new, field="new")
    await _store_password(writer, actor, user["id"], new, keep=keep)


async def set_role(writer: Writer, actor: Actor, who: str | int, role: Role) -> None:
    """Give somebody (by address or id) another role; `Conflict` rather than leave nobody who can give it back."""
    actor.require(Permission.PEOPLE)
    user = await _known(writer, who)
    if role is not Role.ADMINISTRATOR:
        await _keep_an_administrator(writer, user)
    await writer.execute(queries["set_role"], {"id": user["id"], "role": role.value})
    await trace.record(writer, actor, "change", ("user", user["id"]), fields=["role"])


async def disable(writer: Writer, actor: Actor, who: str | int) -> None:
    """Shut somebody out, at once: their sessions end. Their name stays on what they did."""
    actor.require(Permission.PEOPLE)
    user = await _known(writer, who)
    await _keep_an_administrator(writer, user)
    await writer.execute(queries["disable_user"], {"id": user["id"]})
    await writer.execute(queries["end_sessions"], {"user_id": user["id"], "except_hash": None})
    await trace.record(writer, actor, "disable", ("user", user["id"]), fields=["disabled_at"])


async def enable(writer: Writer, actor: Actor, who: str | int) -> None:
    """Let somebody in again, with the password and the role that they had."""
    actor.require(Permission.PEOPLE)
    user = await _known(writer, who)
    if await writer.execute(queries["enable_user"], {"id": user["id"]}):
        await trace.record(writer, actor, "enable", ("user", user["id"]), fields=["disabled_at"])


async def sign_out_everywhere(writer: Writer, actor: Actor, who: str | int) -> int:
    """End somebody's sessions, wherever they are signed in; how many there were."""
    actor.require(Permission.PEOPLE)
    user = await _known(writer, who)
    ended = await writer.execute(queries["end_sessions"], {"user_id": user["id"], "except_hash": None})
    await trace.record(writer, actor, "sign-out", ("user", user["id"]), counts={"sessions": ended})
    return ended


async def set_time_zone(writer: Writer, actor: Actor, zone: str) -> None:
    """Show the actor's times in an IANA zone such as `Europe/Lisbon`; raise `Invalid` for a name nobody knows."""
    actor.require(Permission.READ)
    if not is_time_zone(zone):
        message = "There is no such time zone. Names look like Europe/Lisbon."
        raise Invalid(message, errors=(FieldError("time_zone", message),))
    await writer.execute(queries["set_time_zone"], {"id": actor.id, "time_zone": zone})


def is_time_zone(name: str) -> bool:
    """Whether the time zone database has this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)


def check_email(email: str) -> None:
    """Raise `Invalid` for what cannot be an address."""
    local, at, host = email.partition("@")
    if not (local and at and host) or " " in email or len(email) > LONGEST_EMAIL or not email.isprintable():
        message = "Write an address such as ines@shop.example."
        raise Invalid(message, errors=(FieldError("email", message),))


def check_name(name: str) -> str:
    """A name as it is kept, its blanks made one; raise `Invalid` for one that cannot be shown."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        message = f"Write a name of 1 to {LONGEST_NAME} characters."
        raise Invalid(message, errors=(FieldError("name", message),))
    return name


async def _store_password(writer: Writer, actor: Actor, user_id: int, password: str, *, keep: bytes | None) -> None:
    await writer.execute(queries["set_password"], {"id": user_id, "password_hash": await passwords.hashed(password)})
    await writer.execute(queries["end_sessions"], {"user_id": user_id, "except_hash": keep})
    await trace.record(writer, actor, "change", ("user", user_id), fields=["password_hash"])


async def _accounts(reader: Reader, user_id: int | None) -> list[Account]:
    rows = await reader.fetch_all(queries["list_users"], {"id": user_id, "idle": IDLE})
    return [Account(**{**row, "role": Role(row["role"])}) for row in rows]


async def _known(writer: Writer, who: str | int) -> dict[str, Any]:
    if isinstance(who, int):
        user = await writer.fetch_one(queries["user_by_id"], {"id": who})
    else:
        user = await writer.fetch_one(queries["user_by_email"], {"email": who.strip()})
    if user is None:
        raise NotFound("There is no such person." if isinstance(who, int) else f"Nobody here has the address {who}.")
    return user


async def _keep_an_administrator(writer: Writer, user: dict[str, Any]) -> None:
    active = {row["id"] for row in await writer.fetch_all(queries["active_administrators"])}
    if active == {user["id"]}:
        raise Conflict(f"{user['email']} is the only administrator: make somebody else one first.")
