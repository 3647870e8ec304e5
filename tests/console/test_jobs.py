"""The jobs' pages: jobs and imports in one list, one job with its progress and log, and steering it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from admin_ui import jobs as telling
from backend.domain.roles import Role
from backend.services import jobs
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio

LIST = "/console/jobs"
HTMX = {"hx-request": "true", "hx-target": "div#job"}
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


async def ask(database: Database, **columns: Any) -> int:
    """A job of a moderator, as its columns have it."""
    async with database.write() as writer:
        job_id = await jobs.ask(writer, cast.MODERATOR, columns.pop("kind", "redact"), why="Because & so")
        for name, value in columns.items():
            await writer.execute(f"update job set {name} = %s where id = %s", (value, job_id))
        return job_id


async def links(browser: Browser, query: str = "") -> list[str]:
    """Where the rows of a page lead."""
    page = (await browser.get(f"{LIST}{query}")).text
    rows = page.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in page else ""
    return [part.split('"')[0] for part in rows.split('<a href="')[1:]]


async def test_of_a_job_whose_receipt_is_forgotten_the_page_says_so(moderator: Browser, database: Database) -> None:
    job_id = await ask(database, kind="freeze", options=Jsonb({"bulk": 1}), state="finished")
    page = await moderator.get(f"{LIST}/{job_id}")
    assert page.status_code == 200
    assert "Nobody ran its receipt" in page.text


async def test_jobs_and_imports_are_one_list(
    moderator: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await ask(
            database, asked_at=NOON + timedelta(minutes=2 * (number // 2)), state="finished" if number else "failed"
        )
        async with database.write() as writer:
            await writer.execute(
                "insert into import_run (source, state, requested_at) values ('s3://b/x', %s, %s)",
                ("reversing" if number else "finished", NOON + timedelta(minutes=2 * (number // 2))),
            )
    whole = await links(moderator)
    assert whole == [
        *("/console/jobs/4", "/console/jobs/3", "/console/imports/4", "/console/imports/3"),
        *("/console/jobs/2", "/console/jobs/1", "/console/imports/2", "/console/imports/1"),
    ]
    assert await links(moderator, "?kind=import") == [link for link in whole if "imports" in link]
    assert await links(moderator, "?kind=redact&state=failed") == ["/console/jobs/1"]
    assert await links(moderator, "?state=running") == [
        "/console/imports/4",
        "/console/imports/3",
        "/console/imports/2",
    ]
    assert await links(moderator, "?kind=erase") == []
    assert await links(moderator, "?kind=%00&state=x&before=1.job.x") == whole

    monkeypatch.setattr(jobs.page, "__kwdefaults__", {**(jobs.page.__kwdefaults__ or {}), "size": 3})
    met, query = [], "?"
    while query:
        page = (await moderator.get(f"{LIST}{query}")).text
        met += await links(moderator, query)
        query = page.split('class="btn" href="/console/jobs')[1].split('"')[0] if "Older" in page else ""
    assert met == whole


async def test_an_empty_list_says_what_is_done_here(moderator: Browser) -> None:
    assert "No jobs yet" in (await moderator.get(LIST)).text
    assert "No such jobs" in (await moderator.get(f"{LIST}?state=failed")).text


async def test_a_running_job_follows_itself(moderator: Browser, database: Database) -> None:
    job_id = await ask(
        database,
        state="running",
        total=1_000,
        done=400,
        done_before=0,
        started_at=datetime.now(UTC) - timedelta(seconds=4),
    )
    async with database.write() as writer:
        await jobs.note(writer, job_id, "so far <so good>")
    page = (await moderator.get(f"{LIST}/{job_id}")).text
    assert "Because &amp; so" in page
    assert "so far &lt;so good&gt;" in page
    assert "40 %" in page
    assert "<dd>400 of 1,000</dd>" in page
    assert 'http-equiv="refresh"' in page
    part = (await moderator.get(f"{LIST}/{job_id}", **HTMX)).text
    assert part.lstrip().startswith('<div id="job"')
    assert 'hx-trigger="every 1s"' in part
    async with database.write() as writer:
        await writer.execute("update job set state = 'finished', finished_at = now()")
    for whole in (await moderator.get(f"{LIST}/{job_id}"), await moderator.get(f"{LIST}/{job_id}", **HTMX)):
        assert "every 1s" not in whole.text
        assert "refresh" not in whole.text
        assert "Finished" in whole.text


def test_rate_and_time_left_are_of_this_turn() -> None:
    job = {"state": "running", "started_at": NOON, "done": 300, "done_before": 100, "total": 500}
    told = telling.progress(job, NOON + timedelta(seconds=10))
    assert told == telling.Progress(300, 500, 0.6, 20.0, 10.0)
    told = telling.progress({**job, "total": None, "done": 100}, NOON + timedelta(seconds=10))
    assert told == telling.Progress(100, None, None, None, None)
    assert telling.progress({**job, "state": "finished"}) is None


@pytest.mark.parametrize(
    ("state", "wishes"),
    [
        ("waiting", ["pause", "cancel"]),
        ("running", ["pause", "cancel"]),
        ("paused", ["resume", "cancel"]),
        ("failed", ["resume"]),
        ("finished", []),
    ],
)
async def test_what_can_be_wished(moderator: Browser, database: Database, state: str, wishes: list[str]) -> None:
    job_id = await ask(database, state=state)
    page = (await moderator.get(f"{LIST}/{job_id}")).text
    offered = [wish for wish in ("pause", "resume", "cancel") if f"{LIST}/{job_id}/{wish}" in page]
    assert offered == wishes
    for wish in ("pause", "resume", "cancel"):
        if wish not in wishes:
            assert (await moderator.post(f"{LIST}/{job_id}/{wish}")).status_code == 409
    if wishes:
        assert (await moderator.post(f"{LIST}/{job_id}/{wishes[0]}")).status_code == 303


async def test_who_may_not_steer_is_not_offered_it(enter: Enter, database: Database) -> None:
    job_id = await ask(database, state="running")
    viewer = await enter(Role.VIEWER)
    page = (await viewer.get(f"{LIST}/{job_id}")).text
    assert "/pause" not in page
    assert (await viewer.post(f"{LIST}/{job_id}/pause")).status_code == 403
    assert "/pause" in (await (await enter(Role.LEAD)).get(f"{LIST}/{job_id}")).text


async def test_a_failed_job_says_why(moderator: Browser, database: Database) -> None:
    job_id = await ask(database, state="failed", error="The product is gone.")
    assert "The product is gone." in (await moderator.get(f"{LIST}/{job_id}")).text
    for address in ("0", "x", "9" * 30, "%00"):
        assert (await moderator.get(f"{LIST}/{address}")).status_code == 404
