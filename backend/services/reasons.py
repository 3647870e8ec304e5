"""The reasons for which a review may be hidden: what moderators choose from, and what the public is told."""

from dataclasses import dataclass

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, FieldError, Invalid, NotFound
from backend.domain.ordered import CODE, code_errors, moved
from backend.domain.roles import Permission
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("reasons")

LONGEST_TITLE = 80
LONGEST_EXPLANATION = 300


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as it is to be. One that is not `active` is no longer offered; what it hid keeps it."""

    code: str
    title: str
    explanation: str
    active: bool


async def list_all(reader: Reader, actor: Actor) -> list[Row]:
    """Every reason in its order: code, position, title, explanation, active."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["list"])


async def one(reader: Reader, actor: Actor, code: str) -> Row:
    """One reason; `NotFound` where there is none of this code."""
    actor.require(Permission.READ)
    row = await reader.fetch_one(queries["one"], {"code": code}) if CODE.fullmatch(code) else None
    if row is None:
        raise _unknown(code)
    return row


async def add(writer: Writer, actor: Actor, reason: Reason) -> None:
    """A further reason, behind the others. `Conflict` where its code is taken."""
    actor.require(Permission.LEAD)
    values = _checked(reason)
    if await writer.fetch_value(queries["add"], values) is None:
        raise Conflict(f"There is a reason {reason.code} already.")
    await _record(writer, actor, "add", reason.code, ["title", "explanation", "active"])


async def change(writer: Writer, actor: Actor, reason: Reason) -> None:
    """Change a reason's words, or whether it is in use. `Conflict` where none would be left to choose."""
    actor.require(Permission.LEAD)
    values = _checked(reason)
    known = {row["code"]: row["active"] for row in await writer.fetch_all(queries["lock"])}
    if reason.code not in known:
        raise _unknown(reason.code)
    if not any((known | {reason.code: reason.active}).values()):
        raise Conflict("This is the last reason in use: moderators need one to hide a review.")
    await writer.execute(queries["change"], values)
    await _record(writer, actor, "change", reason.code, ["title", "explanation", "active"])


async def move(writer: Writer, actor: Actor, code: str, by: int) -> None:
    """Move a reason up (-1) or down (1) in the order. At its end it stays where it is."""
    actor.require(Permission.LEAD)
    codes = [row["code"] for row in await writer.fetch_all(queries["lock"])]
    if code not in codes:
        raise _unknown(code)
    if await writer.execute(queries["put_in_order"], {"codes": moved(codes, code, by)}):
        await _record(writer, actor, "move", code, ["position"])


async def _record(writer: Writer, actor: Actor, action: str, code: str, fields: list[str]) -> None:
    await trace.record(writer, actor, action, ("reason", None), reason=code, fields=fields)


def _unknown(code: str) -> NotFound:
    return NotFound(f"There is no reason {code[:40]}.")


def _checked(reason: Reason) -> dict[str, str | bool]:
    errors = code_errors(reason.code)
    title, explanation = (" ".join(text.split()) for text in (reason.title, reason.explanation))
    for field, text, longest in (("title", title, LONGEST_TITLE), ("explanation", explanation, LONGEST_EXPLANATION)):
        if not 1 <= len(text) <= longest or not text.isprintable():
            errors.append(FieldError(field, f"Write 1 to {longest} characters."))
    if errors:
        raise Invalid(" ".join(error.message for error in errors), errors=tuple(errors))
    return {"code": reason.code, "title": title, "explanation": explanation, "active": reason.active}
