"""The list as a file: exactly what the filter finds, safe in a spreadsheet, and whole however often its job stopped."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, Forbidden, NotFound, TimedOut
from backend.domain.jobs import Wish
from backend.jobs import work
from backend.services import exporting, finding, jobs
from backend.services.filters import Filters
from backend.settings import Settings
from backend.store import trace
from backend.store.database import Database
from tests import cast

pytestmark = pytest.mark.anyio
_DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
async def seven(database: Database) -> None:
    """Seven reviews, a day apart, each third hidden; the newest has what a spreadsheet would run."""
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
        for number in range(1, 8):
            odd = {"summary": '=cmd|"/c calc"!A1', "reviewer_name": "@SUM(1)", "ratings": [1, cast.FIT, 3]}
            await cast.review(
                writer,
                id=number,
                written_at=_DAY + timedelta(days=number),
                state="published" if number % 3 else "hidden",
                **(odd if number == 7 else {}),
            )


async def asked(database: Database, actor: Actor, filters: Filters, *, emails: bool = False) -> int:
    async with database.write() as writer:
        return await exporting.ask(writer, actor, filters, ZoneInfo("UTC"), emails=emails)


async def rows_of(database: Database, actor: Actor, job_id: int) -> list[dict[str, str]]:
    text = b"".join([part async for part in await exporting.download(database, actor, job_id)]).decode()
    assert text.startswith("\ufeffid,")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("slow", [False, True])
async def test_exactly_the_filter_newest_first(
    database: Database, settings: Settings, seven: None, slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_slow(*_: object) -> None:
        raise TimedOut("The search took too long.")

    monkeypatch.setattr(exporting, "PART", 2)
    monkeypatch.setattr(exporting, "WINDOW", 2)
    if slow:
        monkeypatch.setattr(finding, "rows", too_slow)
    job_id = await asked(database, cast.MODERATOR, Filters(product_id=1, text="winter -summer"))
    with pytest.raises(Conflict):
        await exporting.download(database, cast.MODERATOR, job_id)
    await work.carry_out(database, settings, job_id)
    found = await rows_of(database, cast.MODERATOR, job_id)
    assert [row["id"] for row in found] == list("7654321")
    assert found[0]["summary"] == '\'=cmd|"/c calc"!A1'
    assert found[0]["reviewer_name"] == "'@SUM(1)"
    assert found[0]["characteristics"] == "Fit 3"
    assert found[1] | {"state": "hidden", "written_at": "2026-01-07T12:00:00+00:00"} == found[1]
    assert "reviewer_email" not in found[0]
    async with database.read() as reader:
        job = await jobs.one(reader, cast.MODERATOR, job_id)
    assert (job["state"], job["done"], job["total"], job["counts"]) == ("finished", 7, 7, {"reviews": 7})


async def test_all_decisions_are_in_it_not_the_newest_alone(
    database: Database, settings: Settings, seven: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "DECISIONS", 1)
    async with database.write() as writer:
        for number in (2, 5, 4):
            await trace.record(writer, cast.MODERATOR, "approve", ("review", number))
    job_id = await asked(database, cast.MODERATOR, Filters(moderator_id=cast.MODERATOR.id))
    await work.carry_out(database, settings, job_id)
    assert [row["id"] for row in await rows_of(database, cast.MODERATOR, job_id)] == list("542")


async def test_it_goes_on_where_it_stopped(
    database: Database, settings: Settings, seven: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paused, then broken off in the middle of a part: no row is lost and none comes twice."""
    monkeypatch.setattr(exporting, "PART", 2)
    job_id = await asked(database, cast.MODERATOR, Filters())
    plain, turns = exporting.keep, iter([Wish.PAUSE, None, RuntimeError("a power cut")])

    async def disturbed(*given: object) -> Wish | None:
        wish = await plain(*given)  # type: ignore[arg-type]
        befalls = next(turns, wish)
        if isinstance(befalls, RuntimeError):
            raise befalls
        return befalls

    monkeypatch.setattr(exporting, "keep", disturbed)
    for _ in range(3):
        await work.carry_out(database, settings, job_id)
        async with database.write() as writer:
            await writer.execute("update job set state = 'running' where id = %s and state <> 'finished'", (job_id,))
    assert [row["id"] for row in await rows_of(database, cast.MODERATOR, job_id)] == list("7654321")


async def test_who_may_have_it(database: Database, settings: Settings, seven: None) -> None:
    mine = await asked(database, cast.VIEWER, Filters(states=()))
    with_mail = await asked(database, cast.MODERATOR, Filters(reviewer="ines@example.org"), emails=True)
    for job_id in (mine, with_mail):
        await work.carry_out(database, settings, job_id)
    assert (await rows_of(database, cast.LEAD, with_mail))[0]["reviewer_email"] == "ines@example.org"
    assert len(await rows_of(database, cast.VIEWER, mine)) == 7
    for actor, job_id in ((cast.OPERATOR, mine), (cast.VIEWER, with_mail)):
        with pytest.raises(Forbidden):
            await exporting.download(database, actor, job_id)
    for filters, emails in ((Filters(), True), (Filters(reviewer="ines@example.org"), False)):
        with pytest.raises(Forbidden):
            await asked(database, cast.VIEWER, filters, emails=emails)


async def test_after_a_week_it_is_gone(database: Database, settings: Settings, seven: None) -> None:
    job_id = await asked(database, cast.VIEWER, Filters())
    await work.carry_out(database, settings, job_id)
    async with database.write() as writer:
        await writer.execute("update export set expires_at = now()")
    with pytest.raises(NotFound):
        await exporting.download(database, cast.VIEWER, job_id)
    async with database.write() as writer:
        await writer.execute(exporting.queries["forget"])
        assert await writer.fetch_value("select count(*) from export_part") == 0


async def test_a_file_has_its_end(
    database: Database, settings: Settings, seven: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PART", 2)
    monkeypatch.setattr(exporting, "MOST", 3)
    job_id = await asked(database, cast.VIEWER, Filters())
    await work.carry_out(database, settings, job_id)
    assert [row["id"] for row in await rows_of(database, cast.VIEWER, job_id)] == list("765")
    async with database.read() as reader:
        assert "narrow the filter" in (await jobs.lines(reader, cast.VIEWER, job_id))[0]["text"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=3))
def test_no_cell_is_a_formula_and_none_is_lost(texts: Sequence[str]) -> None:
    row = dict.fromkeys(exporting.COLUMNS, "") | dict(zip(("summary", "body", "response"), texts, strict=False))
    sheet = exporting.as_csv([row], emails=True, head=False).decode()
    (read,) = csv.reader(io.StringIO(sheet, newline=""))
    told = dict(zip(exporting.COLUMNS, read, strict=True))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in read)
    assert all(told[name].removeprefix("'") == row[name].removeprefix("'") for name in exporting.COLUMNS)
