"""Reply templates: what a reply as the merchant may begin with, in the order in which moderators read them."""

import re
from dataclasses import dataclass

from backend.domain import remarks
from backend.domain.actors import Actor
from backend.domain.errors import Conflict, FieldError, Invalid, NotFound
from backend.domain.ordered import CODE, code_errors, moved
from backend.domain.roles import Permission
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("templates")

LONGEST_TITLE = 80
LONGEST_TEXT = 1_500  # of the characters of a reply: the rest is for the names that come into it
NAMES = ("{name}", "{product}")
_BRACED = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it is to be. One that is not `active` is no longer offered."""

    code: str
    title: str
    text: str
    active: bool


async def offered(reader: Reader) -> list[Row]:
    """What a reply may begin with: code, title, text."""
    return await reader.fetch_all(queries["offered"])


def filled(template: Row, review: Row) -> str:
    """A template's text for one review: `{name}` is who wrote it, `{product}` what of."""
    name, product = review["reviewer_name"].strip(), review["product_name"] or "the product"
    text: str = template["text"]
    means = {"{name}": name or "dear customer", "{product}": product}
    return _BRACED.sub(lambda found: means.get(found[0], found[0]), text)


async def list_all(reader: Reader, actor: Actor) -> list[Row]:
    """Every template in its order: code, position, title, text, active."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["list"])


async def one(reader: Reader, actor: Actor, code: str) -> Row:
    """One template; `NotFound` where there is none of this code."""
    actor.require(Permission.READ)
    row = await reader.fetch_one(queries["one"], {"code": code}) if CODE.fullmatch(code) else None
    if row is None:
        raise _unknown(code)
    return row


async def add(writer: Writer, actor: Actor, template: Template) -> None:
    """A further template, behind the others. `Conflict` where its code is taken."""
    actor.require(Permission.LEAD)
    if await writer.fetch_value(queries["add"], _checked(template)) is None:
        raise Conflict(f"There is a template {template.code} already.")
    await _record(writer, actor, "add", template.code, ["title", "text", "active"])


async def change(writer: Writer, actor: Actor, template: Template) -> None:
    """Change a template's words, or whether it is in use. Replies that began with it stay as they were sent."""
    actor.require(Permission.LEAD)
    if not await writer.execute(queries["change"], _checked(template)):
        raise _unknown(template.code)
    await _record(writer, actor, "change", template.code, ["title", "text", "active"])


async def move(writer: Writer, actor: Actor, code: str, by: int) -> None:
    """Move a template up (-1) or down (1) in the order. At its end it stays where it is."""
    actor.require(Permission.LEAD)
    codes = [row["code"] for row in await writer.fetch_all(queries["lock"])]
    if code not in codes:
        raise _unknown(code)
    if await writer.execute(queries["put_in_order"], {"codes": moved(codes, code, by)}):
        await _record(writer, actor, "move", code, ["position"])


async def _record(writer: Writer, actor: Actor, action: str, code: str, fields: list[str]) -> None:
    await trace.record(writer, actor, action, ("template", None), cause=code, fields=fields)


def _unknown(code: str) -> NotFound:
    return NotFound(f"There is no template {code[:40]}.")


def _checked(template: Template) -> dict[str, str | bool]:
    errors = code_errors(template.code)
    title, text = " ".join(template.title.split()), ""
    if not 1 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        errors.append(FieldError("title", f"Write 1 to {LONGEST_TITLE} characters."))
    try:
        text = remarks.cleaned(template.text, "text", LONGEST_TEXT)
    except Invalid as error:
        errors += error.errors
    if stranger := next((each for each in _BRACED.findall(text) if each not in NAMES), None):
        errors.append(FieldError("text", f"{stranger[:40]} stands for nothing: {' and '.join(NAMES)} do."))
    if errors:
        raise Invalid(" ".join(error.message for error in errors), errors=tuple(errors))
    return {"code": template.code, "title": title, "text": text, "active": template.active}
