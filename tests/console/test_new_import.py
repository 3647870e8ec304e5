"""The four steps to a new import: what was loaded before, how files are read, a mapping tried and saved, a check."""

import html
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from backend.domain.actors import SYSTEM
from backend.domain.roles import Role
from backend.jobs.imports import run_import
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database
from tests.console.conftest import Browser, Enter
from tests.jobs.delivery import imported, review, rows, write

pytestmark = pytest.mark.anyio
THEIRS = "Nr;Item;Stars;When;Title;Text;Good;Who;Shop"
NEW = "/console/imports/new"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With one folder to import from."""
    (tmp_path / "drop").mkdir()
    return replace(settings, import_roots=(tmp_path / "drop",))


@pytest.fixture
def drop(settings: Settings) -> Path:
    return settings.import_roots[0]


@pytest.fixture
async def operator(enter: Enter) -> Browser:
    return await enter(Role.OPERATOR)


@pytest.fixture
def partner(drop: Path) -> str:
    """The address of a folder with a file whose header is another than ours."""
    lines = [
        THEIRS,
        *(f"{n};1;{5 if n % 10 else 9};2026-01-0{n % 9 + 1};Fine;So <b>fine</b>;yes;Ana;x" for n in range(1, 31)),
    ]
    folder = write(drop / "partner", partner="\n".join(lines).encode())
    (folder / "partner.csv").rename(folder / "reviews_partner.csv")
    return folder.as_uri() + "/"


def said(**more: str) -> dict[str, str]:
    """What the editor's form says of such a file."""
    columns = {"id": "Nr", "product_id": "Item", "rating": "Stars", "date": "When", "summary": "Title", "body": "Text"}
    columns |= {"recommend": "Good", "reviewer_name": "Who"}
    always = {"always-reported": "false", "always-helpfulness": "0"}
    fields = {f"is-{ours}": theirs for ours, theirs in columns.items()}
    return {"file": "reviews_partner.csv", "as": "reviews", **fields, **always, **more}


def shown(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


async def test_the_picker_says_what_was_loaded_and_by_which_run(
    operator: Browser, database: Database, settings: Settings, drop: Path
) -> None:
    folder = write(drop / "d", reviews=[review(1)], product=["1,Mug,,,,9"])
    run = await imported(database, settings, folder)
    listed = (await operator.get(f"{NEW}?at={drop.as_uri()}/")).text
    assert f'href="/console/imports/{run["id"]}"' not in listed, "the shell asked for the folder without its slash"
    inside = (await operator.get(f"{NEW}?at={folder.as_uri()}/")).text
    assert len(re.findall(rf'href="/console/imports/{run["id"]}"', inside)) == 2
    write(folder, reviews=[review(1), review(2)])
    inside = (await operator.get(f"{NEW}?at={folder.as_uri()}/")).text
    assert len(re.findall(rf'href="/console/imports/{run["id"]}"', inside)) == 1, "another object was loaded by nobody"


async def test_each_file_says_how_it_is_read_with_its_first_records(
    operator: Browser, drop: Path, partner: str
) -> None:
    write(
        drop / "d",
        reviews=[review(n, rating=n) for n in range(1, 30)],
        characteristics=b"id;product_id;name;more\n1;1;Fit;x\n",
    )
    (drop / "d" / "notes.txt").write_text("hello")
    page = (await operator.get(f"{NEW}/read?source={(drop / 'd').as_uri()}/")).text
    told = shown(page)
    assert "UTF-8, semicolon, 1 column left aside" in told
    assert "Skipped" in told
    assert "Neither its header nor its name is that of one" in told
    assert page.count('<td class="bad" title="outside of what it may be">') == 15
    assert "24 of the first 29 would be refused" in told
    assert len(re.findall(r"<tr><td[^>]*>(?:(?!</tr>).)*Warm and quiet", page)) == 20
    opened = (await operator.get(f"{NEW}/read?source={(drop / 'd').as_uri()}/&file=characteristics.csv")).text
    assert '<h2 class="mono">characteristics.csv</h2>' in opened
    broken = shown((await operator.get(f"{NEW}/read?source={partner}")).text)
    assert "1 file is not understood" in broken
    assert "As reviews it lacks the columns" in broken
    assert "Next: check" not in broken


async def test_a_mapping_is_tried_in_the_address_and_saved_under_a_name(
    operator: Browser, database: Database, settings: Settings, partner: str
) -> None:
    first = (await operator.get(f"{NEW}/read?source={partner}")).text
    assert '<option value="Title">Title</option>' in first
    assert "Save as the mapping" not in first, "what was not tried is not saved"
    asked = {"source": partner, **said()}
    tried = (await operator.http.get(f"{NEW}/read", params=asked)).text
    assert "Every file is understood" in tried
    assert "3 of the first 30 would be refused" in shown(tried)
    assert "So &lt;b&gt;fine&lt;/b&gt;" in tried
    form = tried.split('class="row save"')[1].split('name="csrf"')[1]
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    saved = await operator.post(f"{NEW}/mapping", {**kept, "name": "shop"})
    assert saved.status_code == 303
    chosen = f"source={quote(partner, safe='')}&mapping=shop"
    assert saved.headers["location"] == f"{NEW}/read?{chosen}&file=reviews_partner.csv"
    assert "Every file is understood" in (await operator.get(saved.headers["location"])).text
    # The dry run that checks it, on the same page; then the run itself.
    asked_for = await operator.post("/console/imports", {"source": partner, "mapping": "shop", "dry_run": "on"})
    checking = asked_for.headers["location"]
    assert checking == f"{NEW}/check?{chosen}&run=1"
    assert 'hx-trigger="every 1s"' in (await operator.get(checking)).text
    await run_import(database, settings, 1, from_shell=True)
    checked = shown((await operator.get(checking)).text)
    assert re.search(r"Inserted\s*27 90\.0 %", re.sub(r"\s+", " ", checked)), checked
    assert "rating outside of what it may be" in checked
    part = (await operator.get(checking, **{"hx-request": "true", "hx-target": "#whole"})).text
    assert part.lstrip().startswith('<section class="sect" id="whole"')
    start = (await operator.get(checking.replace("/check", "/start"))).text
    assert "27 inserted, 0 updated" in shown(start)
    started = await operator.post("/console/imports", {"source": partner, "mapping": "shop"})
    assert started.headers["location"] == "/console/imports/2"
    await run_import(database, settings, 2, from_shell=True)
    found = await rows(database, "select count(*) as n, bool_or(recommend) as good from review")
    assert found == [{"n": 27, "good": True}]


async def test_what_is_wrong_with_a_mapping_stands_beside_its_column(
    operator: Browser, database: Database, partner: str
) -> None:
    asked = {"source": partner, **said(**{"is-id": "", "always-rating": "11", "is-rating": "", "date": "d/m/y"})}
    tried = await operator.http.get(f"{NEW}/read", params=asked)
    assert tried.status_code == 422
    wrong = dict(re.findall(r'<span class="err" id="is-(\w+)-err">.*?</svg>(.*?)</span>', tried.text))
    assert wrong["id"].startswith("Every row needs an id of its own")
    assert wrong["rating"].startswith("11 is refused")
    assert '<option value="d/m/y" selected>' in tried.text
    refused = await operator.post(f"{NEW}/mapping", {**asked, "name": "shop"})
    assert refused.status_code == 422
    named = await operator.post(f"{NEW}/mapping", {"source": partner, **said(), "name": "No such name"})
    assert named.status_code == 422
    assert 'id="name-err"' in named.text
    async with database.read() as reader:
        assert await reader.fetch_value("select count(*) from import_mapping") == 0


async def test_a_changed_part_keeps_what_else_it_said(operator: Browser, database: Database, partner: str) -> None:
    base = {
        "photos": {"columns": {"id": "No"}},
        "reviews": {"header": ["Nr"], "add": {"id": 7}, "columns": {"id": "Nr"}},
    }
    async with database.write() as writer:
        await importing.save_mapping(writer, SYSTEM, "shop", base, check=lambda _definition: None)
    await operator.post(f"{NEW}/mapping", {"source": partner, "mapping": "shop", **said(), "name": "shop"})
    async with database.read() as reader:
        kept = await importing.one_mapping(reader, SYSTEM, "shop")
    assert kept["version"] == 2
    assert kept["definition"]["photos"] == base["photos"]
    assert kept["definition"]["reviews"]["add"] == {"id": 7}
    assert kept["definition"]["reviews"]["columns"]["rating"] == "Stars"


async def test_odd_addresses_are_told_and_never_break(operator: Browser, partner: str) -> None:
    wrong = said(**{"is-id": "<script>", "is-date": "", "always-date": "\x00"})
    for odd in (
        {"source": "file:///etc/"},
        {"source": "s3://x/\x00"},
        {"source": "", "as": "reviews"},
        {"source": partner, "mapping": "gone"},
        {"source": partner, "as": "no such", "meant": "neither"},
        {"source": partner, "as": "photos", "file": "gone.csv", "is-id": "\x00"},
        {"source": partner, **wrong},
        {"source": partner, "run": "99999999999"},
        {"at": "file:///%00", "file": "x" * 9_000},
    ):
        for step in ("", "/read", "/check", "/start"):
            answer = await operator.http.get(f"{NEW}{step}", params=odd)
            assert answer.status_code in (200, 404, 422), (step, odd)
            assert "<script>" not in answer.text
            assert "passwd" not in answer.text
