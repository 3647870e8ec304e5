"""Editing a product's facts: by somebody who saw a certain version of it, so that no change is overwritten unseen.

Its page is made anew in the same transaction. No delivery writes over what a person changed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, NotFound
from backend.domain.facts import Facts, cleaned, facts_of
from backend.domain.roles import Permission
from backend.services import moderation
from backend.services.editing import Edited
from backend.services.moderation import Undone
from backend.store import pages, sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("describing")


class Overtaken(Conflict):
    """Somebody saved the product while another was writing: who and when, where that is known.

    The fields are there as they are now, as the writer saw them (None where that is no longer known), and as wanted.
    """

    def __init__(self, product: Row, original: Facts | None, yours: Facts, by: Row | None) -> None:
        super().__init__("Somebody saved this product while you were writing.")
        self.theirs = facts_of(product)
        self.version: int = product["version"]
        self.original = original
        self.yours = yours
        self.by: str = by["name"] if by else ""
        self.at: datetime | None = by["at"] if by else None


async def to_edit(reader: Reader, actor: Actor, product_id: int) -> Row:
    """A product's id, fields and version; `NotFound` where there is none."""
    actor.require(Permission.MODERATE)
    return await _found(reader, product_id)


async def edit(writer: Writer, actor: Actor, product_id: int, version: int, given: Mapping[str, str]) -> Edited:
    """Change the given fields (`domain.facts`) of the version that was looked at.

    `Overtaken` where it is another by now; `Invalid` names the fields.
    """
    actor.require(Permission.MODERATE)
    product = await _locked(writer, product_id)
    wanted = cleaned(given, product)
    if version != product["version"]:
        raise await _overtaken(writer, product, version, wanted)
    stored = facts_of(product)
    changed = {name: value for name, value in wanted.items() if value != stored[name]}
    if not changed:
        return Edited(None, version)
    event_id = await trace.record(writer, actor, "edit", ("product", product_id), fields=sorted(changed))
    await _write(writer, event_id, product, changed)
    return Edited(event_id, version + 1)


async def undo(writer: Writer, actor: Actor, event_id: int) -> Undone:
    """Take an edit back, but for what somebody changed since; `Conflict` where that is all. An edit is undone once."""
    actor.require(Permission.MODERATE)
    event = await moderation.undoable(writer, event_id)
    product = await _locked(writer, event["subject_id"])
    before, *later = await _images(writer, product["id"], event_id=event_id)
    left = later[0]["columns"] if later else product
    back = {name: before["columns"][name] for name in event["fields"] if product[name] == left[name]}
    if not back:
        raise Conflict("Somebody changed this product since: it stays as it is.")
    undoing = await trace.record(
        writer, actor, "undo", ("product", product["id"]), undoes=event_id, fields=sorted(back)
    )
    await _write(writer, undoing, product, back)
    return Undone(undoing, 1, 0, 0)


async def edits_among(reader: Reader, event_ids: Sequence[int]) -> set[int]:
    """The events, of these, that edited a product."""
    return {row["id"] for row in await reader.fetch_all(queries["edits"], {"ids": list(event_ids)})}


async def _locked(writer: Writer, product_id: int) -> Row:
    await pages.lock(writer, [product_id])
    return await _found(writer, product_id)


async def _found(reader: Reader, product_id: int) -> Row:
    product = await reader.fetch_one(queries["product"], {"product_id": product_id})
    if product is None:
        raise NotFound(f"There is no product {product_id:,}.")
    return product


async def _write(writer: Writer, event_id: int, product: Row, changed: Mapping[str, Any]) -> None:
    fields = {name: value or None for name, value in ({**product, **changed}).items()}
    await writer.execute(queries["change"], {**fields, "event_id": event_id})
    await writer.execute(queries["mark_edited"], {"id": product["id"]})
    await pages.write(writer, [product["id"]])


async def _images(writer: Writer, product_id: int, **asked: int) -> list[Row]:
    """What a product was before each edit of it: from one event on, or after a version; the oldest first."""
    values = {"product_id": product_id, "event_id": 0, "version": 0, **asked}
    return await writer.fetch_all(queries["images"], values)


async def _overtaken(writer: Writer, product: Row, version: int, wanted: Facts) -> Overtaken:
    images = await _images(writer, product["id"], version=version)
    # A delivery's change is not among them: then what the writer saw is not known.
    seen = facts_of(images[0]["columns"]) if images and images[0]["version"] == version + 1 else None
    by = await writer.fetch_one(queries["last_writer"], {"product_id": product["id"]})
    return Overtaken(product, seen, wanted, by)
