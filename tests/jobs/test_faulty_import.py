"""An import from a bucket that fails in every way ends as an undisturbed one, and can be cancelled while it waits."""

import asyncio
import dataclasses
import gzip
import time
from typing import Any

import boto3
import psycopg
import pytest

from backend.domain.actors import SYSTEM
from backend.jobs.imports import run_import
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database
from etl import buckets, sample, streams
from etl.unpack import zstd
from tests.conftest import Urls
from tests.faulty_store import FaultyStore, SlowDown, Stall, anyhow
from tests.jobs.delivery import assert_sound, imported, request, rows, run_of

pytestmark = pytest.mark.anyio

BUCKET = "imports"
SOURCE = f"s3://{BUCKET}/2026-11/"
TABLES = (
    *("product", "characteristic", "review", "product_rollup", "review_search", "moderation_case", "import_reject"),
    *("feature", "style", "sku", "style_photo", "related", "product_page", "catalogue_orphan"),
)
# What two runs do not share.
OWN = {"source_run", "source_file", "run_id", "file_id", "event_id"}


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A dirty delivery, one of its files packed with gzip and one with zstd."""
    folder = tmp_path_factory.mktemp("delivery")
    sample.write(folder, products=60, reviews=700, seed=11)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    files["reviews_photos.csv.gz"] = gzip.compress(files.pop("reviews_photos.csv"))
    files["characteristic_reviews.csv.zst"] = zstd.compress(files.pop("characteristic_reviews.csv"))
    return files


@pytest.fixture(autouse=True)
def delivered(s3: str, delivery: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    client = boto3.client("s3", endpoint_url=s3, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    for name, body in delivery.items():
        client.put_object(Bucket=BUCKET, Key=f"2026-11/{name}", Body=body)
    # Many small requests, so that much can happen.
    monkeypatch.setattr("etl.sources.Sources.blocks.__defaults__", (20_000, None))
    monkeypatch.setattr(streams, "SPAN", 60_000)
    monkeypatch.setattr(streams, "PIECE", 4_000)


def reading(settings: Settings, store: FaultyStore) -> Settings:
    return dataclasses.replace(settings, s3_endpoint=store.endpoint)


async def content(database: Database) -> dict[str, list[Any]]:
    """All that a run leaves behind, without what no two runs share."""
    found: dict[str, list[Any]] = {}
    for table in TABLES:
        told = "import_rejected" if table == "import_reject" else table
        every = [row["row"] for row in await rows(database, f"select to_jsonb(t) as row from {told} t")]
        drop = OWN | {"id", "signatures"} if table == "import_reject" else OWN
        found[table] = sorted(
            (
                {
                    name: value
                    for name, value in row.items()
                    if name not in drop and name not in ("created_at", "opened_at", "due")
                }
                for row in every
            ),
            key=repr,
        )
    return found


def files_of(run: dict[str, Any]) -> dict[str, Any]:
    names = ("format", "state", "records", "inserted", "duplicates", "rejected", "repaired", "record_bytes", "repairs")
    return {name: {key: file[key] for key in names} for name, file in run["by_name"].items()}


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
async def test_an_import_through_faults_ends_as_one_without(
    database: Database, settings: Settings, database_urls: Urls, s3: str, seed: int
) -> None:
    with FaultyStore(s3) as store:
        run = await imported(database, reading(settings, store), SOURCE)
    assert run["state"] == "finished", run["error"]
    undisturbed, files = await content(database), files_of(run)
    assert undisturbed["review"]
    assert undisturbed["import_reject"]
    with psycopg.connect(database_urls.admin, autocommit=True) as admin:
        admin.execute(f"truncate import_run, {', '.join(TABLES)} cascade")
    with FaultyStore(s3, anyhow(seed, longest=15_000)) as store:
        run = await imported(database, reading(settings, store), SOURCE)
        # Where a broken answer is gone on from depends on what had come: which faults the dice give later, too.
    assert len({type(fault) for fault in store.met}) >= 3
    assert run["state"] == "finished", run["error"]
    assert files_of(run) == files
    assert await content(database) == undisturbed
    await assert_sound(database)


async def test_a_bucket_that_goes_away_fails_the_run_and_leaves_nothing(
    database: Database, settings: Settings, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "PATIENCE", (1, 5))
    with FaultyStore(s3, [*[None] * 12, *[SlowDown()] * 50]) as store:
        run = await imported(database, reading(settings, store), SOURCE)
    assert (run["state"], "stopped answering at byte" in run["error"]) == ("failed", True)
    assert await rows(database, "select 1 from review") == []
    await assert_sound(database)


async def test_a_run_that_waits_for_its_bucket_is_cancelled_at_once(
    database: Database, settings: Settings, s3: str
) -> None:
    with FaultyStore(s3, [*[None] * 12, *[Stall()] * 50]) as store:
        stalled = reading(settings, store)
        run_id = await request(database, stalled, SOURCE)
        task = asyncio.create_task(run_import(database, stalled, run_id, from_shell=True))
        while not store.met:
            await asyncio.sleep(0.02)
        began = time.monotonic()
        async with database.write() as writer:
            await importing.cancel(writer, SYSTEM, run_id)
        assert await task == "cancelled"
        assert time.monotonic() - began < 2
    assert (await run_of(database, run_id))["state"] == "cancelled"
    await assert_sound(database)
