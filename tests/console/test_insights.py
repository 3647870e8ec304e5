"""The pages of insights: what they show, the files they give, and the moderation report."""

import csv
import io
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_ui import spreadsheet
from backend.domain.spreadsheets import safe
from backend.services import jobs, moderation, tallying
from backend.settings import Settings
from backend.store import trace
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser

pytestmark = pytest.mark.anyio

TODAY = datetime.now(UTC).date()


@pytest.fixture
async def decided(database: Database, settings: Settings, people: None) -> None:
    """Thirty unkind reviews refused, thirty kind ones let stand, one that waits."""
    now = datetime.now(UTC)
    async with database.write() as writer:
        for number in range(1, 62):
            await cast.review(writer, id=number, rating=1 if number <= 30 else 5, written_at=now, state="held")
        for number in range(1, 31):
            await moderation.hide(writer, cast.MODERATOR, number, "off-topic")
            await moderation.restore(writer, cast.LEAD, 30 + number)
        await moderation.report(writer, cast.OPERATOR, settings, 61, reason="spam")
        await writer.execute("update user_account set name = '=1+1' where id = %s", (cast.LEAD.id,))
    async with database.write() as writer:
        await tallying.count_decisions(writer, grace=0)
        await tallying.count_reviews(writer)


def table(response: httpx.Response) -> list[list[str]]:
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/csv")
    assert "attachment" in response.headers["content-disposition"]
    return list(csv.reader(io.StringIO(response.text.removeprefix("\ufeff"))))


async def test_the_page(moderator: Browser, decided: None) -> None:
    page = (await moderator.get("/console/insights")).text
    assert "1 review waits" in page
    assert "Refusals lean on unkind reviews." in page
    assert "Not about the product" in page
    assert f"from={TODAY}&amp;to={TODAY}" in page
    assert "/console/reviews?reason=off-topic" in page
    assert f"/console/reviews?moderator={cast.LEAD.id}" in page


async def test_of_nothing(moderator: Browser) -> None:
    page = (await moderator.get("/console/insights")).text
    assert "Nobody waits for a moderator" in page
    assert "Nothing was counted yet" in page
    for figure in ("queue", "reasons", "deciders", "stars", "reviews"):
        assert len(table(await moderator.get(f"/console/insights/csv/{figure}"))) >= 1
    assert (await moderator.get("/console/insights/report")).status_code == 200


PERIODS = [("7", 7), ("90", 90), ("8", 30), ("%00", 30), ("9" * 50, 30)]


async def test_a_period_is_one_of_three(moderator: Browser, decided: None, subtests: pytest.Subtests) -> None:
    for days, rows in PERIODS:
        with subtests.test(days=days, rows=rows):
            head, *found = table(await moderator.get(f"/console/insights/csv/queue?days={days}"))
            assert head == ["day", "reported cases opened", "held cases opened", "refused", "let stand"]
            assert len(found) == rows
            assert found[-1] == [str(TODAY), "1", "0", "30", "30"]


async def test_each_figure_as_a_file(moderator: Browser, decided: None) -> None:
    assert table(await moderator.get("/console/insights/csv/reasons"))[1:] == [
        ["off-topic", "Not about the product", "30"]
    ]
    stars = table(await moderator.get("/console/insights/csv/stars"))
    assert [stars[1], stars[5]] == [["1", "30", "30", "100.0"], ["5", "30", "0", "0.0"]]
    assert table(await moderator.get("/console/insights/csv/reviews"))[-1] == [str(TODAY), "61", "0"]
    # What colleagues are called is no formula.
    assert {row[0] for row in table(await moderator.get("/console/insights/csv/deciders"))} == {
        "who",
        "Moderator",
        "'=1+1",
    }
    assert (await moderator.get("/console/insights/csv/nothing")).status_code == 404


async def test_the_report(moderator: Browser, database: Database, decided: None) -> None:
    async with database.write() as writer:
        job = await jobs.ask(writer, cast.LEAD, "bulk", why="A wave of <i>spam</i>")
        await trace.record(writer, cast.LEAD, "bulk", ("job", job), reason="spam", fields=["state"])
    asked = f"from={TODAY}&to={TODAY}"
    page = (await moderator.get(f"/console/insights/report?{asked}")).text
    assert "60 decisions were made: 30 refused a review, 30 let one stand" in page
    assert "The review is about something other than the product" in page
    assert "A wave of &lt;i&gt;spam&lt;/i&gt;" in page
    assert f'href="/console/jobs/{job}"' in page
    rows = table(await moderator.get(f"/console/insights/report.csv?{asked}"))
    assert [f"{TODAY} to {TODAY}", "decisions", "Refused", "people", "30"] in rows
    assert [f"{TODAY} to {TODAY}", "notices", "Spam or advertising", "colleagues", "1"] in rows


NO_PERIODS = [
    ("from=2026-02-02&to=2026-02-01", "It ends before it begins."),
    ("from=2024-01-01&to=2026-02-01", "At most 366 days"),
    ("from=2026-02-30&to=2026-03-01", "Give a day, such as"),
    ("from=2026-02-01", "Give a day, such as"),
    ("from=0001-01-01&to=0001-01-02", "between 1995 and 2199"),
    ("from=%00&to=%ED%A0%80", "Give a day, such as"),
]


async def test_a_period_that_is_none(moderator: Browser, subtests: pytest.Subtests) -> None:
    for asked, words in NO_PERIODS:
        with subtests.test(asked=asked, words=words):
            page = await moderator.get(f"/console/insights/report?{asked}")
            assert page.status_code == 422
            assert words in page.text
            assert (await moderator.get(f"/console/insights/report.csv?{asked}")).status_code == 422


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=2, max_size=2)))
def test_a_table_is_read_back_as_it_was(rows: list[list[str]]) -> None:
    text = spreadsheet.text((("one", "=two"), rows))
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["one", "'=two"],
        *([safe(x) for x in row] for row in rows),
    ]
