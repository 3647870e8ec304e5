"""The two large jobs, asked for as the console asks and done by a worker: an import, and a bulk change."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

import psycopg

from backend.domain.actors import SYSTEM
from backend.domain.bulk import SetStatus
from backend.domain.states import ReviewState
from backend.jobs import again
from backend.jobs.originals import Originals
from backend.services import importing
from backend.services.bulk import receipts, running
from backend.services.importing import words
from backend.settings import Settings
from backend.store.database import Database, Row
from loadtests.api.place import FULL
from loadtests.bulk.bench import FREEZE
from loadtests.operator.place import Place

T = TypeVar("T")
_LOOK = 0.2  # seconds
_MOST = 3_600.0
_TRIED = 500  # records that a repair is tried on
_JOB = "select state, extract(epoch from finished_at - started_at)::float8 from job where id = %s"
_RUN = """
    select state, extract(epoch from finished_at - started_at)::float8, coalesce(error, '')
    from import_run where id = %s
"""
_LAST_LINE = "select text from job_line where job_id = %s order by id desc limit 1"
# In the middle, where reviews are as they were delivered, and none that somebody votes for meanwhile.
_CHOOSE = """
    create table chosen as
    select id, version from review
    where state = 'published' and not id = any (%(voted)s)
        and id > (select max(id) / 2 from review where id < 1000000000)
    order by id limit %(rows)s
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """A job's id, the seconds that it took by its own account, and the last line of its log."""

    id: int
    seconds: float
    said: str


class Jobs:
    """What is asked of the worker."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._settings = Settings.from_environment(place.environment(FULL))

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A worker for as long as the `with` lasts."""
        with (self._place.work / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "backend.cli", "worker"],
                env=self._place.environment(FULL) | {"ATELIER_LOG_LEVEL": "warning"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def choose(self, rows: int, voted: list[int]) -> None:
        """The reviews that the bulk change is about."""
        with psycopg.connect(self._place.server.url(FULL), autocommit=True) as db:
            db.execute(_CHOOSE, {"rows": rows, "voted": voted})
            db.execute("alter table chosen add primary key (id); analyze chosen; grant select on chosen to atelier_app")

    def index(self) -> float:
        """Index the words that are due, without the rests that readers get; the seconds it took."""
        began = time.perf_counter()
        asyncio.run(self._with(words.index))
        return time.perf_counter() - began

    def ask_import(self, source: str) -> int:
        """The run's id."""

        async def ask(database: Database) -> int:
            async with database.write() as writer:
                return await importing.request_run(writer, SYSTEM, source, settings=self._settings)

        return asyncio.run(self._with(ask))

    def ask_bulk(self) -> tuple[int, int]:
        """Hide what was chosen: the job's id, and the receipt's."""

        async def ask(database: Database) -> tuple[int, int]:
            async with database.write() as writer:
                bulk_id = await receipts.of_chosen(writer, SYSTEM, [1], ZoneInfo("UTC"))
                await receipts.add(writer, SYSTEM, bulk_id, SetStatus(ReviewState.HIDDEN, "spam"))
                await writer.execute("delete from bulk_part where bulk_id = %s", (bulk_id,))
                await writer.execute(FREEZE, {"bulk_id": bulk_id})
                await writer.execute(receipts.queries["settle"], {"bulk_id": bulk_id})
                total = (await receipts.one(writer, SYSTEM, bulk_id))["total"]
                return await running.start(writer, SYSTEM, bulk_id, "Bench.", str(total)), bulk_id

        return asyncio.run(self._with(ask))

    def ask_revert(self, bulk_id: int) -> int:
        """Take a bulk change back: the job's id."""

        async def ask(database: Database) -> int:
            async with database.write() as writer:
                return await running.start_revert(writer, SYSTEM, bulk_id)

        return asyncio.run(self._with(ask))

    def fitting(self, run_id: int) -> list[tuple[int, str]]:
        """Kinds of rejects, each with the repair that takes most of the first of them."""

        async def look(database: Database) -> list[tuple[int, str]]:
            originals, found = Originals(self._settings, from_shell=True), []
            async with database.read(fresh=True) as reader:
                for each in await importing.signatures(reader, SYSTEM, run_id):
                    kind = await importing.one_signature(reader, SYSTEM, run_id, each["id"])
                    tried = [
                        (await again.try_out(reader, SYSTEM, originals, kind, repair.name, most=_TRIED), repair.name)
                        for repair in again.repairs_for(kind)
                    ]
                    trial, name = max(tried, key=lambda one: one[0].taken, default=(None, ""))
                    if trial is not None and trial.taken:
                        found.append((kind["id"], name))
            return found

        return asyncio.run(self._with(look))

    def ask_repair(self, run_id: int, signature: int, name: str) -> int:
        """Try a kind of rejects again with a repair: the new run's id."""

        async def fits(kind: Row, wanted: str) -> None:
            again.demand_repair(kind, wanted)

        async def ask(database: Database) -> int:
            async with database.write() as writer:
                return await importing.request_repair(writer, SYSTEM, run_id, signature, name, fits=fits)

        return asyncio.run(self._with(ask))

    def run(self, run_id: int) -> Ended:
        """Wait for an import."""
        return self._ended(_RUN, run_id, "")

    def job(self, job_id: int) -> Ended:
        """Wait for a job."""
        return self._ended(_JOB, job_id, _LAST_LINE)

    def _ended(self, question: str, number: int, line: str) -> Ended:
        until = time.monotonic() + _MOST
        with psycopg.connect(self._place.server.url(FULL), autocommit=True) as db:
            while True:
                state, seconds, *error = db.execute(question.encode(), (number,)).fetchone() or ("gone", None)
                if state in ("finished", "failed", "cancelled", "gone") or time.monotonic() > until:
                    break
                time.sleep(_LOOK)
            said = db.execute(line.encode(), (number,)).fetchone() if line else None
        if state != "finished":
            return Ended(number, seconds or 0.0, f"It is {state}. {' '.join(error)}".strip())
        return Ended(number, seconds or 0.0, said[0] if said else "")

    async def _with(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async with Database(self._settings) as database:
            return await work(database)
