"""Imports as operators see them: chosen, asked for, followed live, cancelled, and their rejects."""

import asyncio
import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from admin_ui import runs
from backend.app import create_app
from backend.domain.actors import SYSTEM
from backend.domain.errors import NotFound
from backend.domain.roles import Role
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With one folder to import from."""
    delivery = tmp_path / "drop" / "2026-11"
    delivery.mkdir(parents=True)
    (delivery / "reviews.csv").write_text("id\n", encoding="utf-8")
    return replace(settings, import_roots=(tmp_path / "drop",))


@pytest.fixture
async def operator(enter: Enter) -> Browser:
    return await enter(Role.OPERATOR)


async def a_run(database: Database, **columns: Any) -> int:
    """A run with one file; keywords starting with `file_` go to the file."""
    run = {"source": "s3://deliveries/2026-11/", "state": "finished", **columns}
    file = {"name": "reviews.csv", "url": "s3://x", "format": "reviews", "state": "merged"}
    file |= {name.removeprefix("file_"): run.pop(name) for name in list(run) if name.startswith("file_")}
    async with database.write() as writer:
        run_id: int = await _insert(writer, "import_run", run)
        await _insert(writer, "import_file", {**file, "run_id": run_id})
    return run_id


async def _insert(writer: Any, table: str, row: dict[str, Any]) -> int:
    marks = ", ".join(f"%({name})s" for name in row)
    value: int = await writer.fetch_value(f"insert into {table} ({', '.join(row)}) values ({marks}) returning id", row)
    return value


async def test_chosen_from_a_folder_and_asked_for(operator: Browser, database: Database, settings: Settings) -> None:
    top = (await operator.get("/console/imports/new")).text
    root = settings.import_roots[0].as_uri() + "/"
    assert root in top
    below = (await operator.get(f"/console/imports/new?at={root}")).text
    assert f'href="/console/imports/new/read?source={quote(root, safe="")}2026-11%2F"' in below
    assert "All places" in below, "the root's way up does not lead out of it"
    inside = (await operator.get(f"/console/imports/new?at={root}2026-11/")).text
    assert "reviews.csv" in inside
    assert "3 bytes" in inside

    asked = await operator.post("/console/imports", {"source": f"{root}2026-11/"})
    assert asked.headers["location"] == "/console/imports/1"
    assert "It waits for a worker." in (await operator.get("/console/imports/1")).text
    async with database.write() as writer:
        job = await writer.fetch_one("select task_name, args from procrastinate_jobs")
        assert job == {"task_name": "import", "args": {"run_id": 1}}
        assert await writer.fetch_value("select user_id from import_run") == 4


async def test_a_saved_mapping_is_chosen_and_goes_with_the_run(
    operator: Browser, database: Database, settings: Settings
) -> None:
    root = settings.import_roots[0].as_uri() + "/"
    definition = {"photos": {"columns": {"id": "No"}}}
    async with database.write() as writer:
        await importing.save_mapping(writer, SYSTEM, "shop", definition, check=lambda _definition: None)
    asked = await operator.post("/console/imports", {"source": f"{root}2026-11/", "mapping": "shop"})
    assert asked.status_code == 303
    await operator.post("/console/imports", {"source": root, "mapping": ""})
    async with database.read() as reader:
        asked_for = await reader.fetch_all("select source, options from import_run order by id")
    assert asked_for[0] == {
        "source": f"{root}2026-11/",
        "options": {"mapping": {"name": "shop", "version": 1, "definition": definition}},
    }
    assert (asked_for[1]["source"], asked_for[1]["options"]) == (root, {})


@pytest.mark.parametrize("name", ["gone", "\x00", "x" * 9_000])
async def test_a_mapping_that_is_not_there_is_told(
    operator: Browser, database: Database, settings: Settings, name: str
) -> None:
    root = settings.import_roots[0].as_uri() + "/"
    refused = await operator.post("/console/imports", {"source": root, "mapping": name})
    assert refused.status_code == 422
    assert "There is no mapping" in refused.text
    async with database.read() as reader:
        assert await reader.fetch_value("select count(*) from import_run") == 0


async def test_a_dry_run_with_a_limit_is_asked_for(operator: Browser, database: Database, settings: Settings) -> None:
    root = settings.import_roots[0].as_uri() + "/"
    page = (await operator.get(f"/console/imports/new/start?source={root}")).text
    assert '<label for="most">Most rejects</label>' in page
    assert "20 %, once more than 1,000 are" in page
    limits = {"most": " 2.5% ", "most_of_file": "7", "again": "on"}
    asked = await operator.post("/console/imports", {"source": root, "dry_run": "on", **limits})
    assert asked.status_code == 303
    async with database.read() as reader:
        options = await reader.fetch_value("select options from import_run")
    assert options == {
        "dry_run": True,
        "reread": True,
        "most_rejects": {"rows": None, "percent": 2.5, "least": 0},
        "most_file_rejects": {"rows": 7, "percent": None, "least": 0},
    }


NO_LIMITS = ["many", "101%", "-1", "\x00", "<b>" * 9_000]


async def test_a_limit_that_is_none_is_told_beside_its_field_and_what_was_typed_stays(
    operator: Browser, database: Database, settings: Settings, subtests: pytest.Subtests
) -> None:
    for most in NO_LIMITS:
        with subtests.test(most=most):
            root = settings.import_roots[0].as_uri() + "/"
            refused = await operator.post("/console/imports", {"source": root, "again": "on", "most": most})
            assert refused.status_code == 422
            message = re.search(r'<p class="err" id="most-err">.*?</svg>(.*?)</p>', refused.text)
            assert message
            assert "is no limit: write a number of records like 1000, or a share like 2.5%." in message[1]
            assert len(message[1]) < 500
            field = re.search(r'<input id="most".*?>', refused.text)
            assert field
            assert 'aria-invalid="true"' in field[0]
            assert f'value="{html.escape(most)}"' in field[0]
            assert f'value="{root}"' in refused.text
            assert re.search(r'name="again" value="on" checked', refused.text)
            assert "It cannot be started." not in refused.text
            async with database.read() as reader:
                assert await reader.fetch_value("select count(*) from import_run") == 0


def test_how_a_file_was_understood_in_a_line() -> None:
    told = {
        "encoding": "Mac-Roman",
        "separator": ";",
        "mapping": "shop",
        "header_of": "reviews_1.csv",
        "unknown": ["Age"],
    }
    assert runs.understood({"understood": told}) == (
        "Mac-Roman, semicolon, by the mapping shop, with the header of reviews_1.csv, 1 column left aside"
    )
    assert runs.understood({"understood": {}}) == ""


OUTSIDE = ["file:///etc/", "s3://elsewhere/x", "ftp://x", "", "file:///%00", "../.."]


async def test_outside_input_stays_outside(operator: Browser, database: Database, subtests: pytest.Subtests) -> None:
    for source in OUTSIDE:
        with subtests.test(source=source):
            refused = await operator.post("/console/imports", {"source": source})
            assert refused.status_code == 422
            assert 'role="alert"' in refused.text
            listed = await operator.http.get("/console/imports/new", params={"at": source})
            assert "passwd" not in listed.text
            async with database.read() as reader:
                assert await reader.fetch_value("select count(*) from import_run") == 0


async def test_without_any_place_the_page_says_what_to_set(
    settings: Settings, database: Database, people: None
) -> None:
    app = create_app(replace(settings, import_roots=()), "console")
    async with app.lifespan():
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            browser = Browser(http)
            await browser.sign_in("operator@example.org")
            assert "ATELIER_IMPORT_ROOTS" in (await browser.get("/console/imports/new")).text


async def test_the_balance_is_told_as_it_is(operator: Browser, database: Database) -> None:
    counts: dict[str, Any] = {"file_records": 100, "file_inserted": 90, "file_rejected": 10}
    good = await a_run(database, **counts)
    off = await a_run(database, **{**counts, "file_inserted": 88})
    half = {**counts, "file_inserted": 50, "file_state": "read"}
    ahead = await a_run(database, state="running", stage="merge", **half)
    broken = await a_run(database, state="cancelled", **half)
    for run_id, words in (
        (good, "The balance holds"),
        (off, "Does not balance by 2"),
        (ahead, "Adding up"),
        (broken, "Broken off"),
    ):
        page = (await operator.get(f"/console/imports/{run_id}")).text
        told = [each for each in ("The balance holds", "Does not balance", "Adding up", "Broken off") if each in page]
        assert told == [words.removesuffix(" by 2")]
        assert words in page
    assert 'class="balance off' in (await operator.get(f"/console/imports/{off}")).text


def test_progress_has_a_figure_a_rate_and_a_time_left() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    began = (now - timedelta(seconds=10)).isoformat()
    run: dict[str, Any] = {"state": "running", "stage": "read", "stages": [{"name": "read", "began": began}]}
    told = runs.progress(run, {"bytes": 1000, "bytes_read": 250, "records": 500}, now)
    assert told == runs.Progress(share=0.25, what="read and clean", rate=50, unit="records/s", left=30)
    run |= {"stage": "merge", "stages": [{"name": "merge", "began": began}], "merged_rows": 80, "merge_total": 100}
    assert runs.progress(run, {"bytes": 0}, now) == runs.Progress(0.8, "merge and rollups", 8, "rows/s", 2.5)
    assert runs.progress({**run, "state": "finished"}, {}, now) is None
    assert runs.progress({**run, "stage": "pin", "stages": []}, {"bytes": 0}, now) is not None


async def test_the_live_stream_shows_the_run_until_its_end(operator: Browser, database: Database) -> None:
    run_id = await a_run(database, file_records=100, file_inserted=100)
    stream = await operator.get(f"/console/imports/{run_id}/live", accept="text/event-stream")
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.headers["x-accel-buffering"] == "no"
    messages = stream.text.split("\n\n")
    assert messages[0].startswith('data: <div id="run"')
    assert all(line.startswith("data: ") for line in messages[0].splitlines())
    assert messages[1] == "event: ended\ndata: ended"
    assert (await operator.get("/console/imports/77/live")).status_code == 404


async def test_however_many_watch_a_run_is_asked_for_once_a_second(operator: Browser, database: Database) -> None:
    run_id = await a_run(database, state="running", stage="pin", file_state="waiting")
    asked = 0

    class Counted(importing.Watching):
        async def _ask(self, actor: Any, run_id: int) -> Any:
            nonlocal asked
            asked += 1
            return await super()._ask(actor, run_id)

    watching = Counted(database)
    found = await asyncio.gather(*(watching.run(SYSTEM, run_id) for _ in range(50)))
    assert {run["id"] for run in found} == {run_id}
    assert asked == 1
    gone = await asyncio.gather(*(watching.run(SYSTEM, 77) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in gone] == [NotFound] * 3


async def test_a_stream_ends_with_its_instance_and_goes_on_from_another(
    operator: Browser, database: Database, client: httpx.AsyncClient
) -> None:
    run_id = await a_run(database, state="running", stage="pin", file_state="waiting")
    app = client._transport.app  # type: ignore[attr-defined]
    watching = asyncio.create_task(operator.get(f"/console/imports/{run_id}/live"))
    while not app.state.watching._asked:
        await asyncio.sleep(0.01)
    app.state.closing.set()
    first = (await asyncio.wait_for(watching, 1)).text
    assert first.startswith('data: <div id="run"')
    assert "event: ended" not in first, "a browser that hears that does not come again"
    # The other instance: it has not looked yet, and goes on.
    app.state.closing.clear()
    app.state.watching = importing.Watching(database)
    async with database.write() as writer:
        await writer.execute("update import_run set state = 'finished' where id = %s", (run_id,))
    again = (await operator.get(f"/console/imports/{run_id}/live")).text
    assert 'data-state="Finished"' in again
    assert "event: ended" in again
    part = (await operator.get(f"/console/imports/{run_id}", **{"hx-request": "true", "hx-target": "#run"})).text
    assert part.lstrip().startswith('<div id="run" data-state="Finished"')


async def test_a_run_that_goes_on_is_followed_with_a_script_and_without(operator: Browser, database: Database) -> None:
    run_id = await a_run(database, state="running", stage="pin", file_state="waiting")
    page = (await operator.get(f"/console/imports/{run_id}")).text
    assert f'hx-sse:connect="/console/imports/{run_id}/live"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    ended = (await operator.get(f"/console/imports/{await a_run(database)}")).text
    assert "hx-sse:connect" not in ended
    assert "http-equiv" not in ended


async def test_the_list_of_runs_goes_on(operator: Browser, database: Database) -> None:
    assert "No imports yet" in (await operator.get("/console/imports")).text
    for _ in range(30):
        await a_run(database)
    page = (await operator.get("/console/imports")).text
    assert re.findall(r">Run (\d+)<", page) == [str(n) for n in range(30, 5, -1)]
    older = (await operator.get(re.search(r'href="(/console/imports\?before=\d+)"', page)[1])).text  # type: ignore[index]
    assert re.findall(r">Run (\d+)<", older) == [str(n) for n in range(5, 0, -1)]


async def test_words_are_indexed_when_the_run_is_live_and_the_page_follows(
    operator: Browser, database: Database
) -> None:
    run_id = await a_run(database, index_total=4_000)
    async with database.write() as writer:
        await writer.execute("insert into search_due (run_id, after, upto, reviews) values (%s, 0, 9, 3000)", (run_id,))
    page = (await operator.get(f"/console/imports/{run_id}")).text
    assert "1,000 of 4,000 reviews can be found by their words; a worker does the rest." in page
    assert f"/console/imports/{run_id}/live" in page
    async with database.write() as writer:
        await writer.execute("update import_run set index_began_at = now() - interval '10 seconds'")
    page = (await operator.get(f"/console/imports/{run_id}")).text
    assert re.search(r"1,000 of 4,000 reviews can be found by their words, \d+ a second, about [23]\d s left\.", page)
    following = asyncio.create_task(operator.get(f"/console/imports/{run_id}/live"))
    await asyncio.sleep(0.5)
    async with database.write() as writer:
        await writer.execute("delete from search_due")
    live = (await following).text
    assert "1,000 of 4,000 reviews" in live
    assert "all 4,000 reviews that it wrote can be found by their words" in live
    assert "event: ended" in live
    assert "data-live" not in (await operator.get(f"/console/imports/{run_id}")).text


def test_a_run_that_changed_no_words_says_nothing_of_them() -> None:
    run = {"state": "finished", "index_total": 0, "index_left": 0, "index_began_at": None}
    assert runs.indexing(run) is None
    assert runs.indexing(run | {"state": "running", "index_total": 10, "index_left": 10}) is None


async def test_the_list_is_narrowed_by_the_address(operator: Browser, database: Database) -> None:
    await a_run(database, source="s3://deliveries/2026-10/", state="failed", user_id=4)
    await a_run(database, source="s3://deliveries/2026-11/", requested_at="2026-11-24 23:30+00")
    await a_run(database, source="file:///drop/100%_sure.csv", state="cancelled")

    async def listed(query: str) -> list[str]:
        return re.findall(r">Run (\d+)<", (await operator.get(f"/console/imports?{query}")).text)

    assert await listed("") == ["3", "2", "1"]
    assert await listed("state=failed&state=cancelled") == ["3", "1"]
    assert await listed("source=DELIVERIES/2026") == ["2", "1"]
    assert await listed("source=%25") == ["3"]
    assert await listed("by=4") == ["1"]
    assert await listed("by=shell&source=drop") == ["3"]
    assert await listed("from=2026-11-24&to=2026-11-24") == ["2"]
    assert await listed("to=2026-11-23") == []
    page = (await operator.get("/console/imports?state=failed&by=4&from=x&source=a%00b")).text
    assert "means nothing:</b> from." in page
    chips = re.findall(r'aria-label="Remove filter ([^"]+)"', page)
    assert chips == ["State is failed", "Source has a b", "By Operator"]
    assert 'href="/console/imports?state=failed&amp;source=a+b"' in page
    for odd in ("by=0", "by=99999999999", "state=%00", "from=0000-00-00", "before=x", "source=" + "x" * 9_000):
        assert (await operator.get(f"/console/imports?{odd}")).status_code == 200


async def test_the_list_draws_what_each_file_refused(operator: Browser, database: Database) -> None:
    one = await a_run(database, file_records=1_000, file_inserted=900, file_rejected=100)
    await a_run(
        database, file_records=1_000, file_inserted=999, file_rejected=1, options='{"most_rejects": {"percent": 5}}'
    )
    page = (await operator.get("/console/imports")).text
    assert f'aria-label="Rejected share of each file of run {one}: 10.0 %"' in page
    # One scale for all, 10 % high: the larger fills it, and the limit of 5 % lies in the middle.
    assert re.findall(r'<rect class="bb"[^>]* height="([\d.]+)"', page) == ["0.5", "26.0"]
    assert re.findall(r'class="tg" d="M0 ([\d.]+)H', page) == ["15.0"]
    assert "rejected, 0 to 10 %" in page
