"""An empty system is loaded beside the live tables and swapped in: the same as by staging, and nothing shows before."""

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backend.domain.actors import SYSTEM
from backend.jobs.imports import run_import
from backend.jobs.progress import Progress
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database, Row
from etl import sample
from etl.compiled import ready
from tests.jobs.delivery import HEADERS, assert_sound, imported, request, review, rows, run_of, write
from tests.jobs.test_cancel_and_resume import expected, report_of

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("machine_code")]
Another = Callable[[], AbstractContextManager[Settings]]

LIVE = (
    "product", "characteristic", "review", "product_rollup", "moderation_case", "import_rejected", "import_signature",
    "import_orphan", "event", "feature", "style", "sku", "style_photo", "related", "product_page", "catalogue_orphan",
)  # fmt: skip
CATALOGUE = """
select 'column' as kind, table_name || '.' || column_name as name, row(ordinal_position, column_default, is_nullable,
    data_type, generation_expression)::text as told
from information_schema.columns where table_schema = 'public'
union all
select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
union all
select 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'public'::regnamespace
union all
select 'grants', relname, (select string_agg(acl::text, ' ' order by acl::text) from unnest(relacl) as acl)
from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'S')
union all
select 'options', relname, reloptions::text from pg_class where relnamespace = 'public'::regnamespace
union all
select 'owner', relname, pg_get_userbyid(relowner) from pg_class where relnamespace = 'public'::regnamespace
union all
select 'comment', objoid::regclass || '.' || objsubid, description from pg_description
where classoid = 'pg_class'::regclass
    and objoid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
union all
select 'sequence of', objid::regclass::text, refobjid::regclass || '.' || refobjsubid
from pg_depend where classid = 'pg_class'::regclass and deptype = 'a'
    and objid in (select oid from pg_class where relkind = 'S')
order by 1, 2, 3
"""


async def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every table that an import writes, without the times and numbers that differ from one run to the next."""
    told = {}
    for table in LIVE:
        found = await rows(
            database,
            "select to_jsonb(t) - array['id', 'at', 'opened_at', 'due', 'created_at', 'signatures', 'offsets'] as row,"
            f" to_jsonb(t) ->> 'id' as id from {table} as t",
        )
        kept = [{**row["row"], **({"id": row["id"]} if table in LIVE[:3] else {})} for row in found]
        told[table] = sorted(kept, key=repr)
    return told


@pytest.mark.parametrize("small", [1 << 20, 0], ids=["in memory", "mapped"])
async def test_it_is_the_same_as_by_staging(
    database: Database,
    settings: Settings,
    tmp_path: Path,
    another_system: Another,
    monkeypatch: pytest.MonkeyPatch,
    small: int,
) -> None:
    """Whether what the load knows stays in memory or is mapped, and its pages are let go at once."""
    from etl.compiled import arrays

    monkeypatch.setattr(arrays, "SMALL", small)
    monkeypatch.setattr(arrays, "MOST", 0)
    monkeypatch.setattr(arrays, "_AT_ONCE", 7)
    truth = sample.write(tmp_path / "d", products=100, reviews=1_000, seed=3)
    assert truth["characteristics.csv"].rejected["duplicate_name"]
    run = await imported(database, settings, tmp_path / "d")
    steps = ["pin", "read", "build", "shelve", "relate", "merge", "fill"]
    assert [stage["name"] for stage in run["stages"]] == steps
    assert report_of(run) == expected(truth)
    monkeypatch.setattr(ready, "_made", None)
    with another_system() as other:
        async with Database(other) as plain:
            # Who does not own the tables merges also into an empty system.
            staged = await imported(plain, replace(other, owner_url=other.database_url), tmp_path / "d")
            assert [stage["name"] for stage in staged["stages"]] == ["pin", "read", "relate", "merge"]
            assert report_of(staged) == report_of(run)
            assert await everything(plain) == await everything(database)


async def test_parts_and_characteristics_in_any_order_come_to_what_they_belong_to(
    database: Database, settings: Settings, tmp_path: Path, another_system: Another
) -> None:
    sample.write(tmp_path / "a", products=60, reviews=600, seed=3)
    await imported(database, settings, tmp_path / "a")
    dice = random.Random(1)
    for path in (tmp_path / "a").iterdir():
        head, *lines = path.read_bytes().splitlines(keepends=True)
        if path.name in ("characteristics.csv", "characteristic_reviews.csv", "reviews_photos.csv"):
            last = [] if lines[-1].endswith(b"\n") else [lines.pop()]
            dice.shuffle(lines)
            lines += last
        write(tmp_path / "b", **{path.stem: head + b"".join(lines)})
    columns = "id, product_id, rating, state, photo_ids, photo_urls, ratings, visible, delivered_hash"
    numbers = "product_id, stars_1, stars_2, stars_3, stars_4, stars_5, recommended, not_recommended, characteristics"
    shown = f"select {columns} from review order by id", f"select {numbers} from product_rollup order by product_id"
    with another_system() as other:
        async with Database(other) as shuffled:
            await imported(shuffled, other, tmp_path / "b")
            for query in shown:
                # Which of two with one id comes first may differ: those are not compared.
                ours, theirs = await rows(database, query), await rows(shuffled, query)
                assert len(ours) == len(theirs)
                same = sum(one == other_one for one, other_one in zip(ours, theirs, strict=True))
                assert same > 0.97 * len(ours)


async def test_readers_see_nothing_and_then_all(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "d", reviews=[review(number) for number in range(1, 200)])
    seen: list[tuple[str, int]] = []

    def report(progress: Progress) -> None:
        with psycopg.connect(settings.reader_url) as reader:
            (count,) = reader.execute("select count(*) from review").fetchone() or (None,)
        seen.append((progress.stage, count))

    await imported(database, settings, folder, report)
    assert {count for _, count in seen} == {0}
    assert {stage for stage, _ in seen} >= {"read", "build"}
    assert await rows(database, "select count(*) from review") == [{"count": 199}]


async def test_the_run_says_what_is_ahead_and_how_many_indexes_are_built(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    told: list[tuple[list[str], dict[str, Any]]] = []

    def report(progress: Progress) -> None:
        with psycopg.connect(settings.reader_url) as reader:
            (stages,) = reader.execute("select stages from import_run").fetchone() or ([],)
        ahead: list[str] = next((stage["ahead"] for stage in reversed(stages) if stage["ahead"]), [])
        told.append((ahead, stages[-1] if stages and progress.stage == "build" else {}))

    await imported(database, settings, write(tmp_path / "d", reviews=[review(1)]), report)
    assert {"build"} == {name for ahead, _ in told for name in ahead}
    counted = [(stage["done"], stage["total"]) for _, stage in told if "total" in stage]
    assert counted == [(done, counted[0][1]) for done in range(counted[0][1] + 1)]
    run = await imported(database, settings, write(tmp_path / "e", reviews=[review(2)]))
    assert [stage["ahead"] for stage in run["stages"]] == [[], ["relate", "merge"], [], []]


async def test_the_tables_are_what_they_were(database: Database, settings: Settings, tmp_path: Path) -> None:
    before = await rows(database, CATALOGUE)
    await imported(
        database,
        settings,
        write(
            tmp_path / "d", product=["1,Sock,,,,3"], reviews=[review(1)], skus=["1,1,XS,8"], styles=["1,1,Grey,,140,1"]
        ),
    )
    assert await rows(database, "select 1 from pg_namespace where nspname = 'beside'") == []
    assert await rows(database, CATALOGUE) == before


async def test_what_is_written_meanwhile_is_not_lost(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "d", reviews=[review(number) for number in range(1, 50)])

    def report(progress: Progress) -> None:
        if progress.stage == "build" and progress.done == progress.total > 0:
            with psycopg.connect(settings.database_url) as writer:
                writer.execute("insert into product (id) values (77) on conflict do nothing")

    run = await imported(database, settings, folder, report)
    assert run["state"] == "failed"
    assert "import again" in run["error"]
    assert await rows(database, "select id from product") == [{"id": 77}]
    assert await rows(database, "select 1 from review") == []
    assert (await imported(database, settings, folder))["state"] == "finished"
    assert await rows(database, "select count(*) from review") == [{"count": 49}]


async def test_who_maintains_a_table_is_waited_for_and_no_reader_with_them(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    held: list[bool] = []

    def read_while_held(holder: psycopg.Connection[Any]) -> None:
        """As vacuum holds it, longer than it takes the run to come there. Nobody waits for a lock meanwhile."""
        with holder, psycopg.connect(settings.reader_url, options="-c lock_timeout=300ms", autocommit=True) as reader:
            for _ in range(20):
                reader.execute("select from review limit 1")
                held.append(run_waits(reader))
                time.sleep(0.1)

    def run_waits(reader: psycopg.Connection[Any]) -> bool:
        waiting = "select from pg_locks where not granted and relation = 'review'::regclass"
        return reader.execute(waiting).fetchone() is not None

    def report(progress: Progress) -> None:
        if progress.stage == "build" and progress.done == progress.total > 0:
            holder = psycopg.connect(settings.owner_url)
            holder.execute("lock table review in share update exclusive mode")
            reading.append(pool.submit(read_while_held, holder))

    reading: list[Future[None]] = []
    with ThreadPoolExecutor(1) as pool:
        run = await imported(database, settings, write(tmp_path / "d", reviews=[review(1)]), report)
    reading[0].result()
    assert any(held), "the run came there while it was held"
    assert run["state"] == "finished"


async def test_who_does_not_own_the_tables_stages(database: Database, settings: Settings, tmp_path: Path) -> None:
    ours = replace(settings, owner_url=settings.database_url)
    run = await imported(database, ours, write(tmp_path / "d", reviews=[review(1)]))
    assert [stage["name"] for stage in run["stages"]] == ["pin", "read", "relate", "merge"]
    assert await rows(database, "select id from review") == [{"id": 1}]


async def stopped_at(database: Database, settings: Settings, run_id: int, stage: str) -> Row:
    """Let a run go on until a stage, and lose its worker there."""

    class Lost(BaseException):
        pass

    def report(progress: Progress) -> None:
        if progress.stage == stage:
            raise Lost

    with pytest.raises(Lost):
        await run_import(database, settings, run_id, report=report)
    return await run_of(database, run_id)


async def test_a_load_that_was_copied_goes_on_with_its_indexes(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    lines = [review(1), review(2, product_id=2), "3,broken"]
    folder = write(
        tmp_path / "d", reviews=lines, reviews_photos=["1,1,https://a.example/1.jpg", "2,9,https://a.example/2.jpg"]
    )
    run_id = await request(database, settings, folder)
    assert (await stopped_at(database, settings, run_id, "build"))["state"] == "running"
    # Nothing of the delivery is needed any more but the bytes of what belongs to nothing.
    reported: list[str] = []
    state = await run_import(database, settings, run_id, report=lambda progress: reported.append(progress.stage))
    assert (state, "read" in reported) == ("finished", False)
    run = await run_of(database, run_id)
    told = {name: (file["inserted"], file["rejected"]) for name, file in run["by_name"].items()}
    assert told == {"reviews.csv": (2, 1), "reviews_photos.csv": (1, 1)}


@pytest.mark.parametrize("stage", ["shelve", "merge", "fill"])
async def test_what_comes_behind_a_load_goes_on_behind_it(
    database: Database, settings: Settings, tmp_path: Path, stage: str
) -> None:
    folder = write(
        tmp_path / "d",
        product=["1,Sock,,,,3"],
        reviews=[review(1)],
        features=["1,1,Fabric,Wool", "2,9,Of,nobody"],
    )
    run_id = await request(database, settings, folder)
    await stopped_at(database, settings, run_id, stage)
    assert await rows(database, "select features.n from (select count(*) as n from feature) as features, review") == [
        {"n": 0}
    ]
    reported: list[str] = []
    state = await run_import(database, settings, run_id, report=lambda progress: reported.append(progress.stage))
    assert (state, {"read", "build"} & set(reported)) == ("finished", set())
    told = {
        name: (file["inserted"], file["rejected"]) for name, file in (await run_of(database, run_id))["by_name"].items()
    }
    assert told == {"product.csv": (1, 0), "reviews.csv": (1, 0), "features.csv": (1, 1)}
    await assert_sound(database)


async def test_a_load_that_ended_early_leaves_nothing(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "d", reviews=[review(1)])
    run_id = await request(database, settings, folder)
    await stopped_at(database, settings, run_id, "build")
    async with database.write() as writer:
        await importing.cancel(writer, SYSTEM, run_id)
    assert await run_import(database, settings, run_id) == "cancelled"
    assert await rows(database, "select 1 from pg_namespace where nspname = 'beside'") == []
    assert await rows(database, "select 1 from review") == []
    assert (await run_of(database, run_id))["by_name"]["reviews.csv"]["inserted"] == 0


async def test_a_dry_run_tells_and_writes_nothing(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "d",
        reviews=[review(1), review(1), "x"],
        reviews_photos=["1,1,https://a.example/1.jpg", "2,9,https://a.example/2.jpg"],
        characteristics=["1,1,Fit"],
    )
    async with database.write() as writer:
        options = importing.options(dry_run=True)
        run_id = await importing.request_run(writer, SYSTEM, folder.as_uri(), options, settings=settings, queue=False)
    assert await run_import(database, settings, run_id) == "finished"
    told = {
        name: (file["inserted"], file["duplicates"], file["rejected"])
        for name, file in (await run_of(database, run_id))["by_name"].items()
    }
    assert told == {"reviews.csv": (1, 1, 1), "reviews_photos.csv": (1, 0, 1), "characteristics.csv": (1, 0, 0)}
    for table in ("review", "product", "characteristic", "product_rollup"):
        assert await rows(database, f"select 1 from {table}") == []


def test_headers_are_those_of_the_files() -> None:
    assert set(HEADERS) == set(sample.FILES)
