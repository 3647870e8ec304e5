"""Rejects as operators see them: kinds, bytes, downloads to mend, and repairs counted before they are applied."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from backend.domain.roles import Role
from backend.jobs.imports import run_import
from backend.settings import Settings
from backend.store.database import Database
from tests.console.conftest import Browser, Enter
from tests.console.test_imports import a_run
from tests.jobs.delivery import imported, review, rows, write

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With one folder to import from."""
    (tmp_path / "drop").mkdir()
    return replace(settings, import_roots=(tmp_path / "drop",))


@pytest.fixture
async def operator(enter: Enter) -> Browser:
    return await enter(Role.OPERATOR)


@pytest.fixture
async def run(operator: Browser, database: Database, settings: Settings) -> int:
    """A run of two files: thirty dates with slashes, one of them beyond repair, a link without https, an orphan."""
    bad = [review(number, date=f"{number}/2/2020") for number in range(1, 31)]
    photos = ['1,99,"https://a.example/1"', '2,1,"//a.example/<script>alert(1)</script>"']
    folder = write(settings.import_roots[0] / "d", reviews=bad, reviews_photos=photos)
    done = await imported(database, settings, folder)
    return int(done["id"])


def kinds(page: str) -> list[tuple[str, str]]:
    """Count and shape of each kind listed that has a shape."""
    pattern = r'<b class="cnt">([\d,]+)</b>(?:(?!class="cnt").)*?<code class="tag">(.*?)</code>'
    return re.findall(pattern, page, re.DOTALL)


async def slashes(operator: Browser, run: int) -> str:
    page = (await operator.get(f"/console/imports/{run}")).text
    found = re.search(r'<div class="sig" id="signature-(\d+)">(?:(?!class="sig").)*9/9/9', page, re.DOTALL)
    assert found
    return found[1]


async def test_alike_they_stand_together_and_open_to_their_bytes(operator: Browser, run: int) -> None:
    page = (await operator.get(f"/console/imports/{run}")).text
    assert kinds(page)[0] == ("30", "9/9/9")
    assert "32 reasons in 3 kinds" in page
    assert '<code class="ex2">1/2/2020</code>' in page
    assert "<script>alert" not in page
    assert '<figure class="raw">' not in page
    number = await slashes(operator, run)
    opened = (await operator.get(f"/console/imports/{run}?signature={number}")).text
    assert opened.count('<figure class="raw">') == 25
    assert "<b>date</b> no date" in opened
    further = re.search(r'href="([^"]+after=[^"]+)"', opened)[1].replace("&amp;", "&")  # type: ignore[index]
    assert (await operator.get(further)).text.count('<figure class="raw">') == 5
    reviews = (await operator.get(f"/console/imports/{run}?file=1")).text
    assert (len(kinds(reviews)), reviews.count('<figure class="raw">')) == (1, 25)
    for odd in (
        "signature=x",
        "signature=99999999999999",
        "with=x",
        "file=x",
        "after=1.2",
        f"signature={number}&with=%00",
    ):
        assert (await operator.get(f"/console/imports/{run}?{odd}")).status_code == 200
    assert (await operator.get(f"/console/imports/{run}?signature=77")).status_code == 404


async def test_downloads_by_file_and_by_kind_and_the_bytes_of_one(operator: Browser, run: int) -> None:
    page = (await operator.get(f"/console/imports/{run}")).text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+rejects\.csv[^"]+)"', page)]
    assert len(links) == 2
    answer = await operator.get(links[0])
    assert 'filename="run-1-file-1-rejects.csv"' in answer.headers["content-disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert (len(lines), lines[0]["date"], lines[0]["atelier_reasons"]) == (30, "1/2/2020", "date: date")
    number = await slashes(operator, run)
    of_kind = await operator.get(f"/console/imports/{run}/rejects.csv?signature={number}")
    assert of_kind.text == answer.text
    assert (await operator.get(f"/console/imports/{run}/rejects.csv")).status_code == 422
    assert (await operator.get(f"/console/imports/{run}/rejects.csv?file=77")).status_code == 404
    one = await operator.get(f"/console/imports/{run}/rejects/{lines[0]['atelier_reject']}")
    assert one.content.decode() == review(1, date="1/2/2020") + "\n"
    for odd in ("0", "x", "99", "99999999999999999999"):
        assert (await operator.get(f"/console/imports/{run}/rejects/{odd}")).status_code == 404


async def test_a_long_record_comes_from_its_object_or_is_said_to_be_gone(
    operator: Browser, database: Database, settings: Settings
) -> None:
    long = review(1, rating=9, body='"' + "x" * 70_000 + '"')
    folder = write(settings.import_roots[0] / "long", reviews=[long])
    done = await imported(database, settings, folder)
    page = (await operator.get(f"/console/imports/{done['id']}?file={done['files'][0]['id']}")).text
    address = re.search(r'href="(/console/imports/\d+/rejects/\d+)"', page)[1]  # type: ignore[index]
    assert (await operator.get(address)).content.decode() == long + "\n"
    (folder / "reviews.csv").write_text("another", encoding="utf-8")
    gone = await operator.get(address)
    assert (gone.status_code, "only the first 65,536" in gone.text) == (409, True)


async def test_a_repair_is_counted_first_and_then_applied_to_those_alone(
    operator: Browser, database: Database, settings: Settings, enter: Enter, run: int
) -> None:
    number = await slashes(operator, run)
    opened = (await operator.get(f"/console/imports/{run}?signature={number}")).text
    assert '<option value="day-month-year">' in opened
    assert 'id="repair"' not in opened
    counted = (await operator.get(f"/console/imports/{run}?signature={number}&with=month-day-year")).text
    assert "12 of 30 would be taken by the rules, 18 would not" in counted
    assert "<del>1/2/2020</del>" in counted
    assert "<ins>2020-01-02</ins>" in counted
    assert (
        "Those that fit: day-month-year"
        in (await operator.get(f"/console/imports/{run}?signature={number}&with=latin-1")).text
    )
    viewer = await enter(Role.VIEWER)
    seen = (await viewer.get(f"/console/imports/{run}?signature={number}&with=day-month-year")).text
    assert ("29 of 30" in seen, 'id="repair"' in seen) == (True, False)
    form = {"signature": number, "with": "day-month-year"}
    assert (await viewer.post(f"/console/imports/{run}/repairs", form)).status_code == 403
    assert (await operator.post(f"/console/imports/{run}/repairs", {**form, "with": "latin-1"})).status_code == 422
    assert (await operator.post(f"/console/imports/{run}/repairs", {**form, "signature": "77"})).status_code == 404
    asked = await operator.post(f"/console/imports/{run}/repairs", form)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/console/imports/{run + 1}")
    (job,) = await rows(database, "select task_name, args from procrastinate_jobs")
    assert (job["task_name"], job["args"]) == ("import", {"run_id": run + 1})
    await run_import(database, settings, run + 1)
    again = (await operator.get(f"/console/imports/{run + 1}")).text
    assert "with the repair day-month-year" in again
    assert "The balance holds" in again
    after = (await operator.get(f"/console/imports/{run}?signature={number}")).text
    assert "29 taken since" in after
    assert f'<a href="/console/imports/{run + 1}">taken by run {run + 1}</a>' in after


async def test_what_was_refused_before_there_were_signatures_is_still_shown(
    operator: Browser, database: Database
) -> None:
    run_id = await a_run(database, file_records=30, file_rejected=30)
    async with database.write() as writer:
        for n in range(30):
            raw = b'=1+1,"caf\xe9 \x00<script>alert(1)</script>"\r\n' if n == 0 else b"row %d\n" % n
            await writer.execute(
                "insert into import_reject (file_id, byte_offset, byte_length, line, reasons, columns, raw)"
                " values (1, %s, %s, %s, %s, %s, %s)",
                (n * 100, len(raw), n + 2, ["date", "range"], ["date", "rating"], raw),
            )
    page = (await operator.get(f"/console/imports/{run_id}")).text
    assert page.count('<figure class="raw">') == 25
    assert "<script>alert" not in page
    assert "caf\\xe9 \\x00&lt;script&gt;" in page
    assert "0000000000  3d 31 2b 31 2c" in page
    assert "line <b>3</b>, bytes 100 to 106" in page
    assert re.search(r"<b>date</b> no date</span><span class=\"tag\"><b>rating</b> outside", page)
    further = re.search(r'href="([^"]+after=[^"]+)"', page)[1].replace("&amp;", "&")  # type: ignore[index]
    assert (await operator.get(further)).text.count('<figure class="raw">') == 5
    lines = (await operator.get(f"/console/imports/{run_id}/rejects.csv?file=1")).content
    assert b'"\'=1+1,""caf\xe9' in lines


async def test_an_instance_without_imports_says_so(
    operator: Browser, run: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await slashes(operator, run)
    monkeypatch.setattr("backend.jobs.installed.find_spec", lambda _name: None)
    page = (await operator.get(f"/console/imports/{run}?signature={number}")).text
    assert "Repairs are applied in the shell" in page
    answer = await operator.post(f"/console/imports/{run}/repairs", {"signature": number, "with": "day-month-year"})
    assert answer.status_code == 503
    looked = await operator.get("/console/imports/new/read?source=file:///drop/")
    assert looked.status_code == 503
    assert "This instance is installed without imports" in looked.text
    assert "/console/imports/new/check?source=" in looked.text, "the way on to the start is still there"
