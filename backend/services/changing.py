"""The one way to change what reviews say and where they stand, one or thousands at once, and the way back.

A transaction locks the reviews by id, leaves those that somebody changed meanwhile, keeps what the others were, writes
them, and brings along what follows from them: their products' numbers, the words they are found by, the queue.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, LiteralString

from psycopg.sql import SQL, Composed, Identifier, Literal, Placeholder
from psycopg.types.json import Jsonb

from backend.domain.actors import Actor
from backend.domain.roles import Permission
from backend.domain.states import WAITING
from backend.store import sql
from backend.store.database import Reader, Row, Writer

queries = sql.load("changing")

# What may be changed, with its type. Votes, e-mail addresses and where a row came from are nobody's to edit.
COLUMNS: dict[str, LiteralString] = {
    "state": "review_state",
    "product_id": "int",
    "rating": "smallint",
    "recommend": "boolean",
    "summary": "text",
    "body": "text",
    "response": "text",
    "reviewer_name": "text",
    "written_at": "timestamptz",
    "photo_ids": "int[]",
    "photo_urls": "text[]",
    "ratings": "int[]",
}
_COUNTED = {"state", "product_id", "rating", "recommend", "ratings"}
_WORDS = {"product_id", "summary", "body", "reviewer_name"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A review, and the version that the change was made for (None: whatever it is now)."""

    review_id: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class New:
    """What a review's columns become; those that are not named stay. `restores` is the version this brings back."""

    subject: Subject
    columns: Mapping[str, Any]
    restores: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of a change, in ascending order of ids. `skipped` are at another version, which it tells.

    `waited` are those of the changed that waited for a moderator.
    """

    changed: tuple[int, ...] = ()
    unchanged: tuple[int, ...] = ()
    skipped: tuple[Subject, ...] = ()
    gone: tuple[int, ...] = ()
    waited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """Some of what an event changed, its reviews locked: what each was, and what keeps it from being brought back."""

    event_id: int
    images: list[Row]

    @property
    def columns(self) -> list[str]:
        """The names of the columns that can be brought back; none where nothing can."""
        return sorted(
            {name for image in self.images if image["hindrance"] is None for name in image["columns"]} - {"case"}
        )

    @property
    def kept(self) -> tuple[int, ...]:
        """Reviews that stay as they are: somebody changed them since."""
        return tuple(image["id"] for image in self.images if image["hindrance"] == "changed")

    @property
    def failed(self) -> tuple[tuple[int, str], ...]:
        """Reviews that cannot be brought back, and why."""
        return tuple(
            (image["id"], _WHY_NOT[image["hindrance"]]) for image in self.images if image["hindrance"] in _WHY_NOT
        )


_WHY_NOT = {
    "gone": "The review is no longer there.",
    "product": "The product it was of is no longer there.",
    "characteristic": "A characteristic that it rated is no longer its product's.",
}


async def change_each(writer: Writer, event_id: int, news: Sequence[New]) -> Changed:
    """Give each review, named once, new values of its own, under an event that is recorded already.

    Who asks has been asked for their permission before.
    """
    done = await _each(writer, event_id, news)
    await _settle(writer, done, {new.columns.get("state") for new in news})
    return done


async def change_alike(
    writer: Writer, event_id: int, subjects: Sequence[Subject], columns: Mapping[str, Any]
) -> Changed:
    """Give all reviews, each named once, the same new values: a fraction of the work of `change_each`."""
    done = await _alike(writer, event_id, subjects, columns)
    await _settle(writer, done, {columns.get("state")})
    return done


async def look_back(
    writer: Writer, event_id: int, ids: Sequence[int] | None = None, *, limit: int | None = None
) -> Past:
    """Lock what an event changed and see what can be brought back: all of it, or these reviews alone.

    A review that somebody changed since stays as it is, unless that was taken back, too.
    """
    asked = {"event_id": event_id, "ids": None if ids is None else list(ids), "limit": limit}
    await writer.fetch_all(queries["lock_images"], asked)
    return Past(event_id, await writer.fetch_all(queries["images"], asked))


async def bring_back(writer: Writer, past: Past, undoing: int) -> tuple[int, ...]:
    """Write what was there before, under an event that is recorded already; the ids of the reviews reversed."""
    images = [image for image in past.images if image["hindrance"] is None]
    if not images:
        return ()
    news = [
        New(
            Subject(image["id"], image["now"]),
            {name: value for name, value in image["columns"].items() if name != "case"},
            restores=image["version"] - 1,
        )
        for image in images
    ]
    done = await _each(writer, undoing, news)
    # Whose case it may be about: those that waited before the change, that do so now, and that are to again.
    cases = {image["id"] for image in images if "case" in image["columns"]} | {*done.waited}
    cases |= {new.subject.review_id for new in news if new.columns.get("state") in WAITING}
    if cases:
        values = {"event_id": past.event_id, "ids": sorted(cases.intersection(done.changed))}
        for name in ("close_undone", "reopen_cases", "name_cases", "open_cases"):
            await writer.execute(queries[name], values)
    return tuple(sorted((*done.changed, *done.unchanged)))


async def changed_by(reader: Reader, actor: Actor, ids: Sequence[int]) -> dict[int, Row]:
    """Who last changed each of these reviews, and when: `who` is a name, `import 5`, or a kind of actor.

    What nobody changed within 30 days is left out.
    """
    actor.require(Permission.READ)
    rows = await reader.fetch_all(queries["changed_by"], {"ids": list(ids)})
    return {row["id"]: row for row in rows}


async def _alike(
    writer: Writer,
    event_id: int,
    subjects: Sequence[Subject],
    columns: Mapping[str, Any],
    restores: Sequence[int | None] = (),
) -> Changed:
    values = {f"new_{name}": value for name, value in columns.items()}
    return await _change(writer, event_id, subjects, sorted(columns), {**values, "restores": list(restores)})


async def _each(writer: Writer, event_id: int, news: Sequence[New]) -> Changed:
    if all(new.columns == news[0].columns for new in news):
        restores = [new.restores for new in news]
        return await _alike(writer, event_id, [new.subject for new in news], news[0].columns, restores)
    names = sorted({name for new in news for name in new.columns})
    values = {
        "columns": [Jsonb(dict(new.columns), dumps=_dumps) for new in news],
        "restores": [new.restores for new in news],
    }
    return await _change(writer, event_id, [new.subject for new in news], names, values)


async def _change(
    writer: Writer, event_id: int, subjects: Sequence[Subject], names: Sequence[str], values: Mapping[str, Any]
) -> Changed:
    ids = [subject.review_id for subject in subjects]
    if len(set(ids)) != len(ids):
        raise ValueError("a review is named twice")
    await writer.execute(queries["plan_anew"])
    rows = await writer.fetch_all(
        _statement(tuple(names), alike="columns" not in values),
        {"ids": ids, "versions": [subject.version for subject in subjects], "event_id": event_id, **values},
    )
    of: dict[str, list[Subject]] = {row["outcome"]: list(map(Subject, row["ids"], row["versions"])) for row in rows}
    done = Changed(
        changed=_ids(of.get("changed", [])),
        unchanged=_ids(of.get("unchanged", [])),
        skipped=tuple(of.get("skipped", [])),
        gone=tuple(sorted(set(ids).difference(*(row["ids"] for row in rows)))),
    )
    return replace(done, waited=await _follow(writer, event_id, set(names), done.changed)) if done.changed else done


def _ids(subjects: Sequence[Subject]) -> tuple[int, ...]:
    return tuple(subject.review_id for subject in subjects)


async def _follow(writer: Writer, event_id: int, names: set[str], changed: Sequence[int]) -> tuple[int, ...]:
    """What follows from a change beside the numbers; who of the changed waited, where that may end."""
    ids = {"ids": list(changed)}
    waited: list[Row] = []
    if "state" in names:
        waited = await writer.fetch_all(queries["keep_cases"], {**ids, "event_id": event_id})
    if names & _WORDS:
        await writer.execute(queries["index"], ids)
    if "product_id" in names:
        await writer.execute(queries["move_cases"], ids)
    if names - {"state"}:
        await writer.execute(queries["mark_edited"], ids)
    return tuple(row["id"] for row in waited)


async def _settle(writer: Writer, done: Changed, states: set[str | None]) -> None:
    """Who was judged waits no longer, and who is held waits."""
    if done.waited:
        await writer.execute(queries["close_cases"], {"ids": list(done.waited)})
    if done.changed and states & WAITING:
        await writer.execute(queries["open_cases"], {"ids": list(done.changed)})


@cache
def _statement(names: tuple[str, ...], *, alike: bool) -> Composed:
    """The change of some columns: `r` is the row, `n` its new values where each has its own."""
    if not names or set(names) - COLUMNS.keys():
        raise ValueError(f"no columns to change: {names}")

    def each(pattern: LiteralString, separator: LiteralString = ", ") -> Composed:
        return SQL(separator).join(
            SQL(pattern).format(
                name=Identifier(name),
                old=Identifier(f"old_{name}"),
                new=Identifier(f"new_{name}"),
                word=Literal(name),
                value=_value(name) if alike else Identifier("n", name),
            )
            for name in names
        )

    images = each("jsonb_build_object({word}, {old})")
    if len(names) > 1:
        images = each(
            "case when {old} is distinct from {new} then jsonb_build_object({word}, {old}) else '{{}}' end", " || "
        )
    return SQL(queries["change"]).format(
        olds=each("r.{name} as {old}"),
        news=each("{value} as {new}"),
        rows=SQL(queries["alike" if alike else "each"]),
        old=each("{old}"),
        new=each("{new}"),
        sets=each("{name} = judged.{new}"),
        images=images,
        waiting=SQL(queries["waiting"] if "state" in names else ""),
        counted=SQL(queries["counted"] if _COUNTED & set(names) else ""),
    )


def _value(name: str) -> Composed:
    return SQL("{}::{}").format(Placeholder(f"new_{name}"), SQL(COLUMNS[name]))


def _dumps(columns: Mapping[str, Any]) -> str:
    return json.dumps(columns, default=lambda value: value.isoformat())
