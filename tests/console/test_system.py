"""The operator's page: of nothing, of a service that is well, of one that is not; and that it follows by itself."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar

from admin_ui import charts
from backend.domain.actors import SYSTEM
from backend.domain.histograms import SIZE
from backend.domain.roles import Role
from backend.domain.runbook import RUNBOOK
from backend.domain.targets import Reading
from backend.services import system
from backend.services.system import Look, keeping, looking
from backend.store import migrations
from backend.store.database import Database, Writer
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio


def minute() -> datetime:
    """The one that goes on: the page shows the last five, and this module may have been imported long before."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


@pytest.fixture(autouse=True)
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The console under test would tell of itself after a second: too soon where that is what a page takes."""
    monkeypatch.setattr("backend.observe.recording.FIRST", 600.0)


@pytest.fixture
async def operator(enter: Enter) -> Browser:
    return await enter(Role.OPERATOR)


async def instance(writer: Writer, name: str, role: str, *, silent: int = 0, revision: str | None = None) -> None:
    await writer.execute(
        "insert into instance values (%s, %s, '1.2', %s, now() - interval '1 hour', now() - make_interval(secs => %s),"
        " 90000000, 61, 100)",
        (name, role, revision or migrations.head(), silent),
    )


async def serve(writer: Writer, name: str, place: int, requests: int, errors: int = 0) -> None:
    counts = [0] * SIZE
    counts[place] = requests
    for ago in range(1, 15):
        await writer.execute(
            "insert into metric_request values (1, %s, 'PUT /reviews/{review_id}/helpful', %s, %s, 0, %s, %s)",
            (minute() - timedelta(minutes=ago), name, requests, errors, counts),
        )


@pytest.fixture
async def well(database: Database, people: None) -> None:
    async with database.write() as writer:
        for name, requests in (("api-1", 600), ("api-2", 200)):
            await instance(writer, name, "api")
            await serve(writer, name, 3, requests)
        await instance(writer, "worker", "worker")
        await keeping.note(writer, [Reading("storage", 38, "s3://deliveries/"), Reading("serving", 3)])


@pytest.fixture
async def ill(database: Database, well: None) -> None:
    async with database.write() as writer:
        await instance(writer, "api-3", "api", silent=42)
        await instance(writer, "api-4", "api", revision="0001")
        await serve(writer, "api-3", 18, 900, errors=300)
        await keeping.note(writer, [Reading("storage", 10_000, "s3://away/")])
        await writer.execute(
            "insert into alert (code, subject, began_at, opened_at, ended_at, worst, latest, target) values"
            " ('errors', '', now() - interval '5 minutes', now(), null, 21, 18, 1),"
            " ('lag', '<replica>', now() - interval '2 hours', now(), now() - interval '1 hour', 4.2, 0, 2)"
        )


def tiles(page: str) -> dict[str, tuple[str, str, bool]]:
    """By name: the figure, what is remarked, and whether its target is missed."""
    found = re.findall(
        r'<li( class="over")?><a.*?<span class="k">(.*?)</span>.*?<b>(.*?)</b>.*?</svg>(.*?)</a>', page, re.DOTALL
    )
    return {name: (value, re.sub(r"<.*?>", "", rest).strip(), bool(over)) for over, name, value, rest in found}


async def test_of_nothing(operator: Browser) -> None:
    for span in ("", "?span=24h", "?span=7d", "?span=%00"):
        page = (await operator.get(f"/console/system{span}")).text
        assert "<h1>Serving well</h1>" in page
        assert "No instance has told of itself yet" in page
        assert "There was none." in page
        assert len(tiles(page)) == 12
    assert tiles(page)["p99"] == ("—", "no request in 5 min", False)
    assert tiles(page)["Storage"][1] == "no place is known"


async def test_all_is_well(operator: Browser, well: None) -> None:
    page = (await operator.get("/console/system")).text
    assert "<h1>Serving well</h1>" in page
    assert not any(over for _, _, over in tiles(page).values())
    assert tiles(page)["Requests/s"][1] == "proven to 1,000"
    assert tiles(page)["Instances"][:2] == ("3", "all of them")
    assert tiles(page)["Storage"][:2] == ("38", "reachable, 1 place")
    assert "75 percent of what its kind served" in page
    assert "PUT /reviews/…/helpful" in page
    assert f'<span class="mono">{migrations.head()}</span>, the head' in page
    assert 'http-equiv="refresh"' in page
    assert page.count("<tbody>") >= 5


async def test_what_is_wrong_is_said_and_why(operator: Browser, ill: None) -> None:
    page = (await operator.get("/console/system")).text
    assert "<h1>Serving badly: requests fail, an instance is gone and 3 more</h1>" in page
    seen = tiles(page)
    assert {name for name, (_, _, over) in seen.items() if over} == {
        "Errors", "p50", "p95", "p99", "Instances", "Storage",
    }  # fmt: skip
    assert seen["Errors"][1].startswith("over 1 % for 5")
    assert seen["Instances"][1] == "api-3 is gone"
    assert "Gone for 4" in page
    assert "Other schema" in page
    assert "18.0 % of requests fail" in page
    assert 'href="/console/system/runbook#errors"' in page
    assert "&lt;replica&gt; is 4.2 s behind" in page
    assert "Ended after 1.0 h" in page
    assert "Does not answer" in page


async def test_the_runbook_has_every_alert(operator: Browser) -> None:
    page = (await operator.get("/console/system/runbook")).text
    assert [code for code in RUNBOOK if f'id="{code}"' not in page] == []
    assert "<code>analyze review</code>" in page


def test_the_papers_say_the_same() -> None:
    paper = (migrations.ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    plain = " ".join(paper.split())
    for code, entry in RUNBOOK.items():
        assert f'<a id="{code}"></a>' in paper
        for text in (entry.title, entry.cause, entry.mend):
            assert text in plain


async def test_a_stream_shows_the_whole_and_ends_with_its_instance(
    operator: Browser, well: None, assembled: Litestar
) -> None:
    assembled.state.closing.set()
    answer = await operator.get("/console/system/live?span=24h")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith('data: <div id="system" data-state="Serving well">')
    assert "last 24 h" in answer.text
    part = await operator.get("/console/system", **{"hx-request": "true", "hx-target": "div#system"})
    assert part.text.startswith('<div id="system"')


async def test_many_watch_by_one_look(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    async def counted(*args: Any) -> Look:
        asked.append(args)
        return await system.take(*args)

    monkeypatch.setattr(looking, "take", counted)
    shared = system.Looking(database)
    looks = await asyncio.gather(*(shared.look(SYSTEM, system.PERIODS["15m"]) for _ in range(30)))
    assert len(asked) == 1
    assert all(look is looks[0] for look in looks)


def test_a_course_has_gaps_and_a_limit_that_is_near() -> None:
    drawn = charts.spark([0.0, None, 5.0, 10.0, None, 2.0], limit=12.0)
    assert drawn.line.count("M") == 3
    assert drawn.area.count("M") == 1
    assert drawn.limit is not None
    assert charts.spark([1.0, 2.0], limit=100.0).limit is None
    assert charts.spark([None, None]).line == ""
    assert charts.spark([0.0, 0.0]).line == "M0.0 26.0 120.0 26.0"
