"""The reasons for which a review may be hidden: what moderators choose from, and what the public is told."""

from dataclasses import dataclass

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, FieldError, Invalid
from backend.domain.ordered import code_errors
from backend.domain.roles import Permission
from backend.services.entries import Entries
from backend.store import sql
from backend.store.database import Writer

entries = Entries("reason", ("title", "explanation", "active"), sql.load("reasons"))

LONGEST_TITLE = 80
LONGEST_EXPLANATION = 300


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as it is to be. One that is not `active` is no longer offered; what it hid keeps it."""

    code: str
    title: str
    explanation: str
    active: bool


async def add(writer: Writer, actor: Actor, reason: Reason) -> None:
    """A further reason, behind the others. `Conflict` where its code is taken."""
    actor.require(Permission.LEAD)
    await entries.add(writer, actor, _checked(reason))


async def change(writer: Writer, actor: Actor, reason: Reason) -> None:
    """Change a reason's words, or whether it is in use. `Conflict` where none would be left to choose."""
    actor.require(Permission.LEAD)
    values = _checked(reason)
    known = {row["code"]: row["active"] for row in await entries.lock(writer, reason.code)}
    if not any((known | {reason.code: reason.active}).values()):
        raise Conflict("This is the last reason in use: moderators need one to hide a review.")
    await entries.change(writer, actor, values)


def _checked(reason: Reason) -> dict[str, str | bool]:
    errors = code_errors(reason.code)
    title, explanation = (" ".join(text.split()) for text in (reason.title, reason.explanation))
    for field, text, longest in (("title", title, LONGEST_TITLE), ("explanation", explanation, LONGEST_EXPLANATION)):
        if not 1 <= len(text) <= longest or not text.isprintable():
            errors.append(FieldError(field, f"Write 1 to {longest} characters."))
    if errors:
        raise Invalid(" ".join(error.message for error in errors), errors=tuple(errors))
    return {"code": reason.code, "title": title, "explanation": explanation, "active": reason.active}
