"""Two runs side by side: counts, rates, rejects by kind, columns; and what one may be compared with."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.domain.roles import Role
from backend.store.database import Database
from tests.console.conftest import Browser, Enter
from tests.console.test_imports import a_run

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
async def viewer(enter: Enter) -> Browser:
    return await enter(Role.VIEWER)


async def a_timed_run(database: Database, seconds: int, **columns: Any) -> int:
    return await a_run(database, started_at=NOW, finished_at=NOW + timedelta(seconds=seconds), **columns)


def table(page: str, caption: str) -> dict[str, list[str]]:
    """The rows of a table by their first cell."""
    body = page.split(f"{caption}</caption>")[1].split("</table>", maxsplit=1)[0].split("<tbody>")[1]
    found = {}
    for row in body.split("</tr>")[:-1]:
        cells = [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in re.split("</t[hd]>", row)[:-1]]
        found[" ".join(cells[:2]) if "Empty" in caption else cells[0]] = cells[1:]
    return found


async def kind(database: Database, run_id: int, records: int, shape: str = "9/9/9") -> None:
    async with database.write() as writer:
        await writer.execute(
            "insert into import_signature (file_id, reason, column_name, shape, records, example_offset)"
            " select id, 'date', 'date', %s, %s, 0 from import_file where run_id = %s",
            (shape, records, run_id),
        )


async def test_a_run_beside_the_one_before_it(viewer: Browser, database: Database) -> None:
    quality = {"id": {"empty": 0, "distinct": 9, "least": 1, "most": 9}, "response": {"empty": 90, "distinct": 3}}
    more = {**quality, "response": {"empty": 45, "distinct": 3}}
    understood = json.dumps({"header": ["id", "response"], "columns": {"id": "id", "response": "response"}})
    counted = {"file_records": 100, "file_understood": understood}
    one = await a_timed_run(
        database, 10, **counted, file_inserted=90, file_rejected=10, file_quality=json.dumps(quality)
    )
    await a_run(database, state="failed", file_records=1)
    two = await a_timed_run(database, 5, **counted, file_inserted=100, file_quality=json.dumps(more))
    await kind(database, one, 10)
    await kind(database, two, 4, "9-9")
    page = (await viewer.get(f"/console/imports/{two}/compare")).text
    assert f"Run {two} beside run {one}" in page
    counts = table(page, "What came of both runs")
    assert counts["Read"] == ["100", "100", "—"]
    assert counts["Inserted"] == ["100 100.0 %", "90 90.0 %", "+10"]
    assert counts["Rejected"] == ["0 0 %", "10 10.0 %", "−10"]
    rates = table(page, "How long both runs took")
    assert rates["Took"] == ["5.0 s", "10 s", "−5.0 s"]
    assert rates["Records/s"] == ["20", "10", "+10"]
    kinds = re.findall(r'<code class="tag">(.*?)</code>.*?(\d+) (more|fewer)', page)
    assert kinds == [("9/9/9", "10", "fewer"), ("9-9", "4", "more")]
    columns = page.split("What the columns of both runs hold</caption>")[1]
    assert columns.count("Differs") == 1 + 1, "the head's, and that of the column"
    assert re.search(r"response</th>\s*<td[^>]*>45.0 %</td><td[^>]*>100.0 %</td>", columns)


async def test_what_it_is_compared_with_is_in_the_address(viewer: Browser, database: Database) -> None:
    alone = await a_run(database, file_records=1, file_inserted=1)
    page = (await viewer.get(f"/console/imports/{alone}/compare")).text
    assert "Nothing to compare with" in page
    later = await a_run(database, file_records=3, file_inserted=3)
    page = (await viewer.get(f"/console/imports/{alone}/compare?with={later}")).text
    assert f"Run {alone} beside run {later}" in page
    assert f'<option value="{later}" selected>' in page
    assert f'href="/console/imports/{later}/compare"' in (await viewer.get(f"/console/imports/{later}")).text
    for odd in ("0", "x", "99999999999", "77", "\x00"):
        assert (await viewer.http.get(f"/console/imports/{alone}/compare", params={"with": odd})).status_code == 404
