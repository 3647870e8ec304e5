"""Reply templates: what a reply as the merchant may begin with, in the order in which moderators read them."""

import re
from dataclasses import dataclass

from backend.domain import remarks
from backend.domain.actors import Actor
from backend.domain.errors import FieldError, Invalid
from backend.domain.ordered import code_errors
from backend.domain.roles import Permission
from backend.services.entries import Entries
from backend.store import sql
from backend.store.database import Reader, Row, Writer

queries = sql.load("templates")
entries = Entries("template", ("title", "text", "active"), queries)

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


async def add(writer: Writer, actor: Actor, template: Template) -> None:
    """A further template, behind the others. `Conflict` where its code is taken."""
    actor.require(Permission.LEAD)
    await entries.add(writer, actor, _checked(template))


async def change(writer: Writer, actor: Actor, template: Template) -> None:
    """Change a template's words, or whether it is in use. Replies that began with it stay as they were sent."""
    actor.require(Permission.LEAD)
    await entries.change(writer, actor, _checked(template))


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
