"""A file with another header than ours goes through whole with a mapping, and every row of it is accounted for."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.domain.actors import SYSTEM
from backend.domain.errors import Invalid
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database
from etl import mapping, repair
from tests.jobs.clothing import BLANK, EXCERPT, REAL, TOML, as_csv_reads
from tests.jobs.delivery import assert_sound, counts, imported, rejects_of, request, review, rows, write
from tests.jobs.test_etl_command import shell

pytestmark = pytest.mark.anyio


async def save(database: Database, name: str, definition: dict[str, Any]) -> None:
    async with database.write() as writer:
        await importing.save_mapping(writer, SYSTEM, name, definition, check=mapping.from_dict)


def clothing() -> dict[str, Any]:
    return mapping.parse(TOML.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "real",
    [
        False,
        pytest.param(
            True,
            marks=[pytest.mark.long, pytest.mark.skipif(not REAL.exists(), reason="the real reviews are not here")],
        ),
    ],
)
async def test_reviews_of_clothing_arrive_and_every_row_is_accounted_for(
    database: Database, settings: Settings, tmp_path: Path, real: bool
) -> None:
    data = REAL.read_bytes() if real else EXCERPT
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "clothing_reviews.csv").write_bytes(data)
    await save(database, "clothing", clothing())
    run = await imported(database, settings, folder, mapping="clothing")
    (file,) = run["files"]
    said = as_csv_reads(data)
    assert (run["state"], run["error"]) == ("finished", None)
    assert (file["records"], file["inserted"], file["rejected"]) == (len(said), len(said), 0)
    assert (file["blank"], file["headers"]) == (3601 if real else 5, 1)
    assert file["blank_bytes"] == file["blank"] * len(BLANK)
    assert file["record_bytes"] + file["blank_bytes"] + file["header_bytes"] == len(data)
    assert not real or (len(said), sum(not row["Review Text"] for row in said)) == (10_528, 370)
    stored = await rows(database, "select * from review order by id")
    for row, here in zip(said, stored, strict=True):
        assert (here["id"], here["product_id"], here["rating"], here["recommend"], here["helpfulness"]) == (
            int(row["ID"]) + 1,
            int(row["Clothing ID"]),
            int(row["Rating"]),
            row["Recommended IND"] == "1",
            int(row["Positive Feedback Count"]),
        )
        for column, name in (("summary", "Title"), ("body", "Review Text")):
            assert here[column] == (repair.mojibake(row[name]) or row[name]).strip()
        assert (here["reviewer_name"], here["response"], here["state"]) == ("A customer", None, "published")
        raw = data[here["source_offset"] :][: here["source_length"]]
        assert raw.startswith(f"{row['ID']},{row['Clothing ID']},".encode())
        assert raw.endswith(b"\r\n")
    products = await rows(database, "select id, name from product order by id")
    assert [row["id"] for row in products] == sorted({int(row["Clothing ID"]) for row in said})
    assert {row["name"] for row in products} == {None}
    await assert_sound(database)
    # The same under another address: the very same object would not even be read.
    again = await imported(database, settings, folder.rename(tmp_path / "again"), mapping="clothing")
    assert (again["files"][0]["inserted"], again["files"][0]["unchanged"]) == (0, len(said))


async def test_how_it_was_understood_stands_in_the_report(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await save(database, "clothing", clothing())
    run = await imported(database, settings, write(tmp_path / "d", clothing_reviews=EXCERPT), mapping="clothing")
    told = run["files"][0]["understood"]
    assert told["mapping"] == "clothing"
    assert told["columns"]["product_id"] == "Clothing ID"
    assert "date" not in told["columns"]
    assert told["constants"] == {
        "date": "2018-01-01", "reported": "false", "reviewer_name": "A customer", "reviewer_email": "", "response": "",
    }  # fmt: skip
    assert told["add"] == {"id": 1}
    assert told["unknown"] == ["Age", "Division Name", "Department Name", "Class Name"]


async def test_a_later_version_does_not_change_a_run_that_was_asked_for(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = write(tmp_path / "d", clothing_reviews=EXCERPT)
    await save(database, "clothing", clothing())
    run_id = await request(database, settings, folder, "clothing")
    changed = clothing()
    changed["reviews"]["constants"]["reviewer_name"] = "Somebody else"
    await save(database, "clothing", changed)
    (run,) = await rows(database, "select options from import_run where id = %s", run_id)
    assert run["options"]["mapping"] == {"name": "clothing", "version": 1, "definition": clothing()}
    with pytest.raises(Invalid, match="Do you mean clothing"):
        await request(database, settings, folder, "clothng")


async def test_a_file_that_no_part_is_for_is_understood_as_without(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await save(database, "clothing", clothing())
    folder = write(tmp_path / "d", clothing_reviews=EXCERPT, reviews=[review(100)])
    run = await imported(database, settings, folder, mapping="clothing")
    assert "mapping" not in run["by_name"]["reviews.csv"]["understood"]
    assert counts(run["by_name"]["reviews.csv"]) == {"inserted": 1}
    assert run["by_name"]["clothing_reviews.csv"]["inserted"] == 8


async def test_rules_repair_warn_or_reject_as_the_mapping_says(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    lines = [review(1, reviewer_email='"no address"'), review(2, summary='"VÃ¤ldigt nÃ¶jd"'), review(3)]
    await save(database, "strict", {"reviews": {"rules": {"email": "reject", "mojibake": "warn"}}})
    run = await imported(database, settings, write(tmp_path / "d", reviews=lines), mapping="strict")
    (file,) = run["files"]
    assert (counts(file), file["repairs"]) == ({"inserted": 2, "rejected": 1, "repaired": 1}, {"mojibake": 1})
    assert file["understood"]["rules"] == {"email": "reject", "mojibake": "warn"}
    ((_, reasons, columns, raw),) = await rejects_of(database, run["id"])
    assert (reasons, columns, raw.decode()) == (["email"], ["reviewer_email"], lines[0] + "\n")
    assert await rows(database, "select summary from review where id = 2") == [{"summary": "VÃ¤ldigt nÃ¶jd"}]


def test_mappings_from_the_shell(settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "d", clothing_reviews=EXCERPT)
    assert "No mappings yet" in shell(settings, "mappings", "list").stdout
    added = shell(settings, "mappings", "add", "clothing", TOML)
    assert (added.returncode, "version 1" in added.stdout) == (0, True), added.stderr
    assert "version 2" in shell(settings, "mappings", "add", "clothing", TOML).stdout
    assert shell(settings, "mappings", "list").stdout.split()[:3] == ["clothing", "version", "2"]
    assert json.loads(shell(settings, "mappings", "show", "clothing").stdout) == clothing()
    for asked in ("clothing", TOML):
        done = shell(settings, "run", folder, "--mapping", asked)
        assert (done.returncode, "8 records" in done.stdout) == (0, True), done.stderr
    assert shell(settings, "mappings", "remove", "clothing").returncode == 0
    gone = shell(settings, "run", folder, "--mapping", "clothing")
    assert (gone.returncode, "There is no mapping clothing" in gone.stderr) == (1, True)
    assert "Traceback" not in gone.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[reviews", "is not TOML"),
        ('[reviws]\ndate = "iso"', "reviws: There is no such format; nearest: reviews."),
        (
            '[reviews.columns]\nid = 3\nratng = "Stars"',
            "reviews.columns.ratng: There is no such name; nearest: rating.",
        ),
    ],
)
def test_a_broken_mapping_is_told_with_the_mend(settings: Settings, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    for arguments in (
        ("mappings", "add", "m", tmp_path / "m.toml"),
        ("run", tmp_path, "--mapping", tmp_path / "m.toml"),
    ):
        done = shell(settings, *arguments)
        assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.stderr
    missing = shell(settings, "mappings", "add", "m", tmp_path / "none.toml")
    assert (missing.returncode, "cannot be read" in missing.stderr) == (1, True)
