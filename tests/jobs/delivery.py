"""Small deliveries for tests: written as files, imported as the shell does."""

from pathlib import Path
from typing import Any

from backend.domain.actors import SYSTEM
from backend.jobs import indexes
from backend.jobs.imports import run_import
from backend.jobs.progress import Report
from backend.jobs.rollbacks import run_rollback
from backend.services import checking, importing
from backend.services.importing import words
from backend.settings import Settings
from backend.store import sql
from backend.store.database import Database, Row

HEADERS = {
    "product.csv": "id,name,slogan,description,category,default_price",
    "characteristics.csv": "id,product_id,name",
    "reviews.csv": "id,product_id,rating,date,summary,body,recommend,reported,reviewer_name,reviewer_email,response,"
    "helpfulness",
    "reviews_photos.csv": "id,review_id,url",
    "characteristic_reviews.csv": "id,characteristic_id,review_id,value",
    "features.csv": "id,product_id,feature,value",
    "styles.csv": "id,productId,name,sale_price,original_price,default_style",
    "skus.csv": "id,styleId,size,quantity",
    "photos.csv": "id,styleId,url,thumbnail_url",
    "related.csv": "id,current_product_id,related_product_id",
}


def review(number: int, **changes: object) -> str:
    """A line of reviews.csv: whole unless a change spoils it."""
    values = {
        "product_id": 1,
        "rating": 4,
        "date": "1585603112874",
        "summary": '"Warm"',
        "body": '"Warm and quiet, all winter."',
        "recommend": "true",
        "reported": "false",
        "reviewer_name": '"Ana"',
        "reviewer_email": '"ana@example.org"',
        "response": "null",
        "helpfulness": 3,
        **changes,
    }
    return ",".join(str(value) for value in (number, *values.values()))


def write(folder: Path, **files: list[str] | bytes) -> Path:
    """Write files into `folder`, named without `.csv`: lines below the usual header, or the bytes as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, content in files.items():
        name = f"{stem}.csv"
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            (folder / name).write_text("\n".join([HEADERS[name], *content]) + "\n", encoding="utf-8", newline="")
    return folder


async def request(
    database: Database, settings: Settings, source: Path | str, mapping: str | None = None, most: str = ""
) -> int:
    url, options = source if isinstance(source, str) else source.as_uri(), importing.options(most=most)
    async with database.write() as writer:
        return await importing.request_run(
            writer, SYSTEM, url, options, settings=settings, mapping=mapping, queue=False
        )


async def imported(
    database: Database,
    settings: Settings,
    source: Path | str,
    report: Report | None = None,
    *,
    mapping: str | None = None,
    most: str = "",
) -> Row:
    """Import a folder or an address as the shell does, what is indexed behind it too; the run and its files.

    `most` is the limit of rejects.
    """
    run_id = await request(database, settings, source, mapping, most)
    await run_import(database, settings, run_id, report=report, from_shell=True)
    await indexes.make_due(settings)
    await words.index(database)
    return await run_of(database, run_id)


async def rolled_back(database: Database, settings: Settings, run_id: int) -> Row:
    """Roll a run back as the shell does, its words too; the run and its files."""
    async with database.write() as writer:
        await importing.roll_back(writer, SYSTEM, run_id, queue=False)
    await run_rollback(database, settings, run_id, from_shell=True)
    await words.index(database)
    return await run_of(database, run_id)


async def run_of(database: Database, run_id: int) -> Row:
    async with database.read(fresh=True) as reader:
        run = await importing.one_run(reader, SYSTEM, run_id)
    run["by_name"] = {file["name"]: file for file in run["files"]}
    return run


async def rejects_of(database: Database, run_id: int) -> list[tuple[str, list[str], list[str], bytes]]:
    """Every reject of a run: file, reasons, columns, original bytes."""
    async with database.read(fresh=True) as reader:
        page = await importing.rejects(reader, SYSTEM, run_id, count=500)
    assert page.after is None
    return [(row["file_name"], row["reasons"], row["columns"], bytes(row["raw"])) for row in page.rows]


async def rows(database: Database, query: Any, *values: Any) -> list[Row]:
    async with database.read(fresh=True) as reader:
        return await reader.fetch_all(query, values)


def counts(file: Row) -> dict[str, int]:
    """A file's balance, without what is zero."""
    names = ("inserted", "updated", "unchanged", "duplicates", "rejected", "repaired", "kept", "blank")
    return {name: file[name] for name in names if file[name]}


async def assert_sound(database: Database) -> None:
    """Rollups, words and cases agree with the reviews, every run balances, and nothing is left in staging."""
    async with database.read(fresh=True) as reader:
        assert await checking.check(reader) == []
        assert await reader.fetch_all(sql.load("import_runs")["ended_staging"]) == []
    for file in await rows(database, "select * from import_file where state = 'merged'"):
        ends = file["inserted"] + file["updated"] + file["unchanged"] + file["duplicates"] + file["rejected"]
        assert file["records"] == ends, file["name"]
