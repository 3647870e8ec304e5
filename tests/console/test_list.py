"""The list of reviews: what it shows, in what order, how one goes on, and what it says when it cannot show all."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Subquery, func, select

from backend.services import browsing, finding
from backend.services.filters import Cursor, Filters
from backend.store import trace
from backend.store.database import Database
from backend.store.tables import review
from tests import cast
from tests.console.conftest import Browser

pytestmark = pytest.mark.anyio
_ROW = re.compile(r'id="row-(\d+)"')
_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def shown(text: str) -> list[int]:
    return [int(found) for found in _ROW.findall(text)]


async def sixty(database: Database) -> list[int]:
    """Sixty reviews, ten to a moment and stored in no order, so that the order of equals matters; newest first."""
    stored = [((n * 37) % 60 + 1, _NEW_YEAR + timedelta(days=n % 6)) for n in range(60)]
    async with database.write() as writer:
        for review_id, at in stored:
            await cast.review(writer, id=review_id, written_at=at)
    return [review_id for review_id, _ in sorted(stored, key=lambda each: (each[1], each[0]), reverse=True)]


@pytest.mark.parametrize("query", ["", "?q=winter", "?product=1", "?rating=4"])
async def test_newest_first_and_every_review_once(moderator: Browser, database: Database, query: str) -> None:
    expected = await sixty(database)
    url, seen = f"/console/reviews{query}", []
    while url:
        page = (await moderator.get(url)).text
        seen += shown(page)
        older = re.search(r'id="older"[^>]*href="([^"]+)"', page)
        url = older[1].replace("&amp;", "&") if older else ""
    assert seen == expected


async def test_newer_is_the_way_back(moderator: Browser, database: Database) -> None:
    expected = await sixty(database)
    first = (await moderator.get("/console/reviews")).text
    second = (await moderator.get(re.search(r'id="older"[^>]*href="([^"]+)"', first)[1])).text  # type: ignore[index]
    assert shown(second) == expected[25:50]
    back = (await moderator.get(re.search(r'id="newer"[^>]*href="([^"]+)"', second)[1])).text  # type: ignore[index]
    assert shown(back) == expected[:25]
    assert 'id="newer"' not in back


NARROWING: dict[str, set[int]] = {
    "status=hidden": {2, 6},
    "status=hidden&status=held": {2, 3, 6},
    "rating=1&rating=2": {2, 4},
    "product=2": {4, 6},
    "product=2&status=published": {4},
    "from=2026-01-03&to=2026-01-03": {3},
    "q=refund": {1, 5},
    "q=refund+-slow": {5},
    'q="slow+refund"': {1},
    "q=creme": {6},
    "product=2&q=creme": {6},
    "product=1&q=creme": set(),
    "reported=1": {5},
    "reported=0&product=1": {1, 2, 3},
    "rating=1&q=nothing": set(),
    "run=7": {3, 4},
    "run=7&q=winter": {3, 4},
    "run=8": set(),
    "photos=1": {3},
    "photos=0&product=2": {4, 6},
    "verified=1": {2},
    "verified=0&product=2": {4, 6},
    "reviewer=ines": {1, 2, 3, 5, 6},
    "reviewer=zo%C3%AB": {4},
    "reviewer=winter": set(),  # stands in texts alone
    "reviewer=ZOE%40example.org": {4},
    "reviewer=ines%40example.org&product=2": {6},
    "reason=spam": {6},
    "reason=fake": set(),  # undone
    "moderator=2": {5, 6},
    "moderator=2&reason=spam": {6},
    "moderator=1": set(),
    "moderator=3": {1, 4},  # by a job, which is one decision about both
}


async def test_each_filter_narrows(moderator: Browser, database: Database) -> None:
    async with database.write() as writer:
        await cast.review(writer, id=1, body="A slow refund.", written_at="2026-01-01T12:00Z")
        await cast.review(writer, id=2, state="hidden", rating=1, written_at="2026-01-02T12:00Z", verified=True)
        photo = {"photo_ids": [1], "photo_urls": ["https://photos.example.org/1.jpg"]}
        await cast.review(writer, id=3, state="held", written_at="2026-01-03T23:59:59Z", source_run=7, **photo)
        zoe = {"reviewer_name": "Zoe", "reviewer_email": "Zoe@example.org"}
        await cast.review(writer, id=4, product_id=2, rating=2, written_at="2026-01-04T00:00Z", source_run=7, **zoe)
        await cast.review(writer, id=5, summary="Refund", written_at="2026-01-05T12:00Z")
        await cast.review(
            writer, id=6, product_id=2, state="hidden", body="Crème brûlée", written_at="2026-01-06T12:00Z"
        )
        await writer.execute(
            "insert into moderation_case (review_id, product_id, kind, reports) values (5, 1, 'reported', 2)"
        )
        undone = await trace.record(writer, cast.MODERATOR, "hide", ("review", 2), reason="fake")
        await trace.record(writer, cast.MODERATOR, "undo", ("review", 2), undoes=undone)
        await trace.record(writer, cast.MODERATOR, "hide", ("review", 6), reason="spam")
        await trace.record(writer, cast.MODERATOR, "approve", ("review", 5))
        bulk = await trace.record(writer, cast.LEAD, "bulk", ("job", 1))
        for number in (1, 4):
            await writer.execute(
                "insert into review_before (event_id, review_id, version, columns) values (%s, %s, 2, '{}')",
                (bulk, number),
            )
    for query, found in NARROWING.items():
        page = (await moderator.get(f"/console/reviews?{query}")).text
        assert set(shown(page)) == found, query
        assert page.count('class="chip"') == len({part.split("=")[0] for part in query.split("&")}), query


async def test_days_are_those_of_who_asks(moderator: Browser, database: Database) -> None:
    await moderator.post("/console/account/time-zone", {"time_zone": "Asia/Tokyo"})
    async with database.write() as writer:
        await cast.review(writer, id=1, written_at="2026-01-02T14:59Z")
        await cast.review(writer, id=2, written_at="2026-01-02T15:01Z")
    page = (await moderator.get("/console/reviews?from=2026-01-03&to=2026-01-03")).text
    assert shown(page) == [2]
    assert 'datetime="2026-01-02T15:01:00+00:00" title="3 Jan 2026, 00:01:00 Asia/Tokyo"' in page


async def test_common_words_are_found_too(
    moderator: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await sixty(database)
    monkeypatch.setattr(finding, "COMMON", -1)
    assert shown((await moderator.get("/console/reviews?q=winter")).text) == expected[:25]
    assert shown((await moderator.get("/console/reviews?q=summer")).text) == []


async def test_what_takes_too_long_is_shown_in_part_and_said(
    moderator: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sixty(database)
    async with database.write() as writer:
        await cast.review(writer, id=77, rating=1, written_at=_NEW_YEAR - timedelta(days=9))

    async def slow(*_: object) -> Subquery:
        return select(review, func.pg_sleep(2)).subquery("found")

    monkeypatch.setattr(finding, "rows", slow)
    monkeypatch.setattr(browsing, "ROWS_LIMIT_MS", 200)
    monkeypatch.setattr(browsing, "WINDOW", 40)
    page = (await moderator.get("/console/reviews?rating=1")).text
    assert "This search takes longer than a second." in page
    assert shown(page) == []
    further = re.search(r'id="older"[^>]*href="([^"]+)"', page)[1]  # type: ignore[index]
    assert shown((await moderator.get(further.replace("&amp;", "&"))).text) == [77]


async def test_more_decisions_than_are_looked_through_is_said(
    moderator: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.write() as writer:
        for number in (1, 2):
            await cast.review(writer, id=number)
            await trace.record(writer, cast.MODERATOR, "hide", ("review", number), reason="spam")
    said = "There are more decisions than were looked through."
    assert said not in (await moderator.get("/console/reviews?reason=spam")).text
    monkeypatch.setattr(finding, "DECISIONS", 1)
    page = (await moderator.get("/console/reviews?reason=spam&count=exact")).text
    assert said in page
    assert shown(page) == [2]


async def test_counts_are_estimates_until_asked(moderator: Browser, database: Database) -> None:
    await sixty(database)
    assert "About " in (await moderator.get("/console/reviews")).text
    exact = (await moderator.get("/console/reviews?count=exact")).text
    assert "60 reviews" in exact
    assert (await moderator.get("/console/reviews/count", **{"hx-request": "true"})).text.strip() == "60 reviews"
    async with database.write() as writer:
        await cast.review(writer, id=77, rating=1)
    assert ">1 review<" in re.sub(r"\s*\n\s*", "", (await moderator.get("/console/reviews?rating=1")).text)


async def test_nothing_found_says_why_and_what_next(moderator: Browser) -> None:
    assert "No reviews yet" in (await moderator.get("/console/reviews")).text
    none = (await moderator.get("/console/reviews?rating=1&q=x&rating=7")).text
    assert "Nothing matches both filters" in none
    assert "Part of this address means nothing:" in none
    assert "Nothing older" in (await moderator.get("/console/reviews?older=5.5")).text


async def test_htmx_gets_the_list_alone_and_history_the_page(moderator: Browser) -> None:
    part = (await moderator.get("/console/reviews", **{"hx-request": "true", "hx-target": "div#list"})).text
    assert part.lstrip().startswith('<div id="list"')
    headers = {"hx-request": "true", "hx-target": "div#list", "hx-history-restore-request": "true"}
    assert (await moderator.get("/console/reviews", **headers)).text.startswith("<!doctype html>")


async def test_two_lines_a_review_is_remembered(moderator: Browser, database: Database) -> None:
    await sixty(database)
    changed = await moderator.post("/console/tastes", {"rows": "two", "back": "/console/reviews?rating=4"})
    assert changed.headers["location"] == "/console/reviews?rating=4"
    assert "rows-two" in (await moderator.get("/console/reviews")).text


async def test_a_page_costs_the_same_however_deep(database: Database, people: None) -> None:
    """The walk through the list is by index, from any place."""
    await sixty(database)
    async with database.read() as reader:
        at = Cursor(_NEW_YEAR + timedelta(days=10), 5)
        statement = select(await finding.rows(reader, Filters(), at, ZoneInfo("UTC"), 26))
        compiled = statement.compile(dialect=finding._dialect, compile_kwargs={"render_postcompile": True})
        await reader.fetch_all("select set_config('enable_seqscan', 'off', false)")
        plan = str(await reader.fetch_all("explain " + str(compiled), compiled.params))
    assert "review_written_idx" in plan
    assert "Index Cond: (ROW(written_at, id) <" in plan
