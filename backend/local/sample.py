"""The first delivery: made by the generator, put into the bucket, imported by the worker like any other."""

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from backend.domain.errors import Misconfigured
from backend.local.screen import Stage

if TYPE_CHECKING:
    from backend.store.database import Database

PRODUCTS = 4_000
REVIEWS = 100_000
SEED = 2020
FOLDER = "sample"
LOOK = 0.2  # seconds between two looks at the import


async def make(folder: Path, scratch: Path, photo_base_url: str, environment: Mapping[str, str]) -> None:
    """Write the ten files into `folder`, all or none; in a process of its own, because it takes a core for a while."""
    fresh = scratch / "sample.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "backend.local.sample", str(fresh), photo_base_url),
        env=environment,
        cwd="/",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        words = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise Misconfigured(f"The sample delivery could not be made: {words[-1]}.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(folder)


async def is_wanted(database_url: str) -> bool:
    """Whether a migrated database has nothing in it yet. A database that has is never given a sample."""
    import psycopg

    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute("select not exists (select from review) and not exists (select from product)")
        found = await cursor.fetchone()
    return found == (True,)


async def bring_in(environment: Mapping[str, str], source: str, stage: Stage) -> None:
    """Ask for the import as the console does, and watch until the worker has finished it.

    An earlier start that was cut off may have asked already: that run is watched, and another asked for if it fails.
    """
    from backend.domain.actors import SYSTEM
    from backend.services import importing
    from backend.settings import Settings
    from backend.store.database import Database

    settings = Settings.from_environment(environment)
    async with Database(settings) as database:
        async with database.read(fresh=True) as reader:
            earlier = await reader.fetch_value(EARLIER, {"source": source})
        if earlier is not None and await _watch(database, earlier, stage) is None:
            return
        async with database.write() as writer:
            run_id = await importing.request_run(writer, SYSTEM, source, settings=settings)
        if (failure := await _watch(database, run_id, stage)) is not None:
            why = failure.rstrip(".")
            raise Misconfigured(f"The sample could not be imported: {why}. Run `atelier reset`, then `atelier up`.")


async def _watch(database: "Database", run_id: int, stage: Stage) -> str | None:
    """Show a run until it ends; why it did not finish, or None."""
    while True:
        async with database.read(fresh=True) as reader:
            run = await reader.fetch_one(WATCH, {"id": run_id})
        if run is None:
            return "its run is gone"
        if run["state"] == "finished":
            stage.say(f"{run['inserted']:,} rows, {run['rejected']:,} rejected")
            return None
        if run["state"] in ("failed", "cancelled"):
            return run["error"] or f"it was {run['state']}"
        if run["merge_total"]:
            stage.progress(run["merged_rows"], run["merge_total"], "rows merged")
        elif run["bytes"]:
            stage.progress(int(run["bytes_read"]) // 1000, int(run["bytes"]) // 1000, "kB read")
        await asyncio.sleep(LOOK)


EARLIER = "select max(id) from import_run where source = %(source)s"
WATCH = """
select r.state, r.error, r.merged_rows, r.merge_total,
    coalesce(sum(f.bytes), 0) as bytes, coalesce(sum(f.bytes_read), 0) as bytes_read,
    coalesce(sum(f.inserted), 0)::bigint as inserted, coalesce(sum(f.rejected), 0)::bigint as rejected
from import_run as r left join import_file as f on f.run_id = r.id
where r.id = %(id)s
group by r.id
"""


if __name__ == "__main__":
    from etl import sample

    os.nice(5)  # the servers come first
    sample.write(Path(sys.argv[1]), products=PRODUCTS, reviews=REVIEWS, seed=SEED, photo_base_url=sys.argv[2])
