"""Taking the list away as CSV: asked for as a job, written in parts that every instance can serve, kept for a week."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Subquery, func, select

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, Forbidden, NotFound, TimedOut
from backend.domain.jobs import JobState, Wish
from backend.domain.roles import Permission
from backend.services import browsing, finding, jobs, views
from backend.services.filters import Cursor, Filters
from backend.store import sql
from backend.store.database import Database, Reader, Row, Writer
from backend.store.tables import moderation_case, product

queries = sql.load("exporting")
_console = sql.load("console")

KIND = "export"
MOST = 1_000_000  # rows of a file: no spreadsheet opens more
PART = 2_000
# Of a filter that takes too long, so many reviews of the whole list are looked through for each part.
WINDOW = 5_000

_EMAIL = "reviewer_email"
COLUMNS = (
    "id", "product_id", "product_name", "written_at", "state", "rating", "recommend", "summary", "body", "response",
    "reviewer_name", _EMAIL, "helpfulness", "reports", "photos", "characteristics", "verified", "incentivized",
    "source_run", "version",
)  # fmt: skip
# With one of these in front, a spreadsheet takes a text for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows in the order of the list, and the place behind them: None where the list ends."""

    rows: list[Row]
    reached: Cursor | None
    slow: bool


async def ask(writer: Writer, actor: Actor, filters: Filters, zone: ZoneInfo, *, emails: bool = False) -> int:
    """Ask for a file of whatever matches, newest first; the job's id. Addresses only where the actor may see them."""
    browsing.permit(actor, filters)
    if emails:
        actor.require(Permission.MODERATE)
    job_id = await jobs.ask(writer, actor, KIND)
    asked = {"job_id": job_id, "query": views.written(filters), "time_zone": zone.key, "emails": emails}
    await writer.execute(queries["ask"], asked)
    return job_id


async def one(reader: Reader, actor: Actor, job_id: int) -> Row:
    """What a file is of: query, emails, parts, expires_at; raise `NotFound` where it is gone.

    Whose it is may know, and leads: a filter may hold a name.
    """
    actor.require(Permission.READ)
    export = await reader.fetch_one(queries["one"], {"job_id": job_id})
    if export is None:
        raise NotFound("There is no such file. Files are kept for a week.")
    if export["asked_by"] != actor.id and not actor.may(Permission.LEAD):
        raise Forbidden("Only who asked for this file, or a lead, may have it.")
    if export["emails"]:
        actor.require(Permission.MODERATE)
    return export


async def download(database: Database, actor: Actor, job_id: int) -> AsyncIterator[bytes]:
    """A finished file, a part at a time; `Conflict` while it is being written."""
    async with database.read() as reader:
        export = await one(reader, actor, job_id)
    if export["state"] != JobState.FINISHED:
        raise Conflict("The file is not finished. Look at its job, and come back when it is.")

    async def parts() -> AsyncIterator[bytes]:
        for part in range(export["parts"]):
            async with database.read() as reader:
                yield await reader.fetch_value(queries["part"], {"job_id": job_id, "part": part})

    return parts()


async def resumed(reader: Reader, job_id: int) -> Row:
    """How far a file is: what the worker goes on from."""
    export = await reader.fetch_one(queries["one"], {"job_id": job_id})
    if export is None:
        raise NotFound("The file was to be kept for a week, which is over.")
    return export


async def next_piece(reader: Reader, export: Row) -> Piece:
    """The rows behind the place that the file has reached. It takes a second at most, or gives fewer."""
    filters, zone = views.read(export["query"]), ZoneInfo(export["time_zone"])
    at = Cursor(export["written_at"], export["review_id"]) if export["review_id"] else None
    # A list looks through the newest decisions alone, a file through all.
    if not export["slow"] and not await finding.decisions_are_cut(reader, filters):
        try:
            found = await finding.rows(reader, filters, at, zone, PART)
            rows = await reader.fetch_all(_whole(found), limit_ms=browsing.ROWS_LIMIT_MS)
        except TimedOut:
            pass
        else:
            last = rows[-1] if len(rows) == PART else None
            reached = Cursor(last["written_at"], last["id"]) if last else None
            return Piece(await _with_characteristics(reader, rows), reached, slow=False)
    end = await finding.end_of_next(reader, at, WINDOW)
    if end is None:
        return Piece([], None, slow=True)
    rows = await reader.fetch_all(_whole(finding.until(filters, at, end, zone, WINDOW)))
    return Piece(await _with_characteristics(reader, rows), end, slow=True)


async def keep(writer: Writer, export: Row, piece: Piece) -> Wish | None:
    """Add rows to the file; what somebody wishes of its job."""
    job_id, part = export["job_id"], export["parts"]
    rows = piece.rows[: MOST - export["done"]]
    body = as_csv(rows, emails=export["emails"], head=part == 0)
    if body:
        await writer.execute(queries["keep_part"], {"job_id": job_id, "part": part, "body": body})
    place = {"written_at": piece.reached.written_at, "review_id": piece.reached.review_id} if piece.reached else {}
    at = {"written_at": export["written_at"], "review_id": export["review_id"], **place}
    await writer.execute(queries["reach"], {"job_id": job_id, "parts": part + bool(body), "slow": piece.slow, **at})
    return await jobs.advance(writer, job_id, done=len(rows), counts={"reviews": len(rows)})


def as_csv(rows: Sequence[Mapping[str, Any]], *, emails: bool, head: bool) -> bytes:
    """Lines of CSV in UTF-8; with `head` the names of the columns before them, and the mark by which Excel knows it."""
    columns = [name for name in COLUMNS if emails or name != _EMAIL]
    text = io.StringIO()
    lines = csv.writer(text)
    if head:
        text.write("\ufeff")
        lines.writerow(columns)
    lines.writerows([_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.astimezone(UTC).isoformat() if hasattr(value, "astimezone") else value


def _whole(found: Subquery) -> Select[Any]:
    """What a line of the file holds, and what it is made of."""
    own = [name for name in COLUMNS if name in found.c]
    return (
        select(
            *(found.c[name] for name in (*own, "ratings")),
            func.array_to_string(found.c.photo_urls, " ").label("photos"),
            product.c.name.label("product_name"),
            func.coalesce(moderation_case.c.reports, 0).label("reports"),
        )
        .select_from(found)
        .outerjoin(product, product.c.id == found.c.product_id)
        .outerjoin(moderation_case, moderation_case.c.review_id == found.c.id)
        .order_by(*finding.in_order(found, None))
    )


async def _with_characteristics(reader: Reader, rows: list[Row]) -> list[Row]:
    """Each row's ratings of characteristics in words: `Fit 3; Length 4`."""
    ids = sorted({number for row in rows for number in row["ratings"][1::3]})
    found = await reader.fetch_all(_console["characteristic_names"], {"ids": ids}) if ids else []
    names = {each["id"]: each["name"] for each in found}
    for row in rows:
        rated = zip(row["ratings"][1::3], row["ratings"][2::3], strict=True)
        row["characteristics"] = "; ".join(f"{names.get(number, number)} {value}" for number, value in rated)
    return rows
