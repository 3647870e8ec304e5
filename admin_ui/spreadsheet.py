"""Figures as CSV, for spreadsheets: no cell of them is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from litestar import Response

from backend.domain.spreadsheets import safe

Cell = str | int | float | None
Table = tuple[Sequence[str], Iterable[Sequence[Cell]]]


def text(table: Table) -> str:
    """A head and its rows. What is missing is an empty cell."""
    head, rows = table
    out = io.StringIO()
    writer = csv.writer(out)
    for row in (head, *rows):
        writer.writerow(["" if cell is None else safe(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def download(table: Table, name: str) -> Response[str]:
    """The same as a file to keep. A mark at its beginning tells spreadsheets that it is UTF-8."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response("\ufeff" + text(table), media_type="text/csv; charset=utf-8", headers=headers)
