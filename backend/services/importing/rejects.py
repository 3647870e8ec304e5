"""Records that a run could not take: a page at a time, by reason, and as CSV to mend and load again."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass

from backend.domain.actors import Actor
from backend.domain.errors import Invalid
from backend.domain.roles import Permission
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("import_runs")
MOST = 500


@dataclass(frozen=True, slots=True)
class RejectPage:
    """Rejects in the order of file and offset; `after` continues the list, None at its end."""

    rows: list[Row]
    after: tuple[int, int, int] | None


async def rejects(
    reader: Reader,
    actor: Actor,
    run_id: int,
    *,
    file_id: int | None = None,
    reason: str | None = None,
    after: tuple[int, int, int] | None = None,
    count: int = 50,
) -> RejectPage:
    """A page of a run's rejects, of one file or reason where given; `after` is (file, offset, id) of the last one."""
    actor.require(Permission.READ)
    if not 1 <= count <= MOST:
        raise Invalid(f"A page has 1 to {MOST} rejects.")
    file, offset, number = after or (None, None, None)
    rows = await reader.fetch_all(
        queries["rejects"],
        {
            "run_id": run_id,
            "file_id": file_id,
            "reason": reason,
            "after_file": file,
            "after_offset": offset,
            "after_id": number,
            "count": count + 1,
        },
    )
    page = rows[:count]
    last = page[-1] if len(rows) > count else None
    return RejectPage(page, (last["file_id"], last["byte_offset"], last["id"]) if last else None)


async def reasons_of(reader: Reader, actor: Actor, run_id: int) -> list[Row]:
    """How many records have each reason and column, by file; the most frequent first."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["reject_reasons"], {"run_id": run_id})


async def rejects_csv(
    reader: Reader, actor: Actor, run_id: int, *, file_id: int | None = None, reason: str | None = None
) -> AsyncIterator[str]:
    """Rejects as CSV text: where each stands, its reasons and columns, and the original record in one field.

    Bytes that are not UTF-8 show as `\\xe9`: the offsets lead to the original. A cell that a spreadsheet would take for
    a formula is led by an apostrophe.
    """
    yield _line("file", "line", "offset", "length", "reasons", "columns", "record")
    after: tuple[int, int, int] | None = None
    while True:
        page = await rejects(reader, actor, run_id, file_id=file_id, reason=reason, after=after, count=MOST)
        yield "".join(
            _line(
                row["file_name"],
                row["line"],
                row["byte_offset"],
                row["byte_length"],
                " ".join(row["reasons"]),
                " ".join(filter(None, row["columns"])),
                _safe(row["raw"].decode("utf-8", "backslashreplace")),
            )
            for row in page.rows
        )
        after = page.after
        if after is None:
            return


def _line(*cells: object) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
