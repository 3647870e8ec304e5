"""One import from its source to the last row merged: reading in a thread, merging in transactions, one run at a time.

The run's state stands in Postgres. Cancelling it, stopping the worker and losing it altogether differ only in what is
done with the rest: a cancelled run ends, any other goes on from its checkpoint when a worker takes it up again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
import structlog

from backend.domain.errors import AtelierError, Conflict, Unavailable
from backend.domain.imports import ENDED, FileState, RunState
from backend.jobs.reading import Reading, Stop, StoppedError, demand_readable, pin, sources_of
from backend.services.importing import merge, progress
from backend.settings import Settings
from backend.store.database import Database, Row
from etl import stage
from etl.sources import UnreachableError

log = structlog.get_logger()
T = TypeVar("T")

ADVISORY_LOCK = 7_226_002  # any number, the same for every import into a database
BEAT = 0.5  # seconds between signs of life: a cancelled run ends within two seconds


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is, in bytes while it reads and in rows while it merges. `total` is 0 where nobody knows."""

    stage: str
    done: int = 0
    total: int = 0


Report = Callable[[Progress], None]
Lock = psycopg.AsyncConnection[Any]


async def run_import(
    database: Database, settings: Settings, run_id: int, *, report: Report | None = None, from_shell: bool = False
) -> RunState:
    """Carry out a run, or what is left of it, and give the state it ended in.

    From the shell a second run is refused with `Conflict`, and stopping cancels; a worker waits, and leaves a stopped
    run for the next. What an operator can mend ends the run as failed; a database that went away is raised.
    """
    async with alone(database, settings, run_id, patient=not from_shell) as lock:
        async with database.write() as writer:
            run = await progress.begin(writer, run_id)
        if run is None:
            return await _state(database, run_id)
        work = _Import(database, settings, run, lock, report or (lambda _progress: None))
        try:
            state = await work.watched()
        except asyncio.CancelledError:
            if from_shell:
                await work.end(RunState.CANCELLED, "Stopped in the shell.")
            raise
        log.info("import ended", run=run_id, state=state.value)
        return state


async def give_up(database: Database, run_id: int, error: str) -> None:
    """End a run that could not even begin, or whose database went away under its shell."""
    with suppress(AtelierError, psycopg.Error):
        async with database.write() as writer:
            await progress.finish(writer, run_id, RunState.FAILED, error)


@asynccontextmanager
async def alone(database: Database, settings: Settings, run_id: int, *, patient: bool) -> AsyncIterator[Lock]:
    """Hold the lock that only one import has. It goes with its connection, so a dead worker holds none."""
    connection = await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True)
    async with connection:
        while not await _locked(connection):
            if not patient:
                raise Conflict("Another import is running. Wait for it, or cancel it in the console.")
            if await _state(database, run_id) in ENDED:
                break
            await asyncio.sleep(1)
        try:
            yield connection
        finally:
            # Closing alone would let it go a moment later, and the next run would be told that this one still runs.
            with suppress(psycopg.Error):
                await connection.execute("select pg_advisory_unlock(%s)", (ADVISORY_LOCK,))


async def _locked(connection: Lock) -> bool:
    row = await (await connection.execute("select pg_try_advisory_lock(%s)", (ADVISORY_LOCK,))).fetchone()
    return bool(row and row[0])


async def _state(database: Database, run_id: int) -> RunState:
    async with database.read(fresh=True) as reader:
        return RunState(await reader.fetch_value(progress.queries["state"], {"run_id": run_id}))


class _Import:
    def __init__(self, database: Database, settings: Settings, run: Row, lock: Lock, report: Report) -> None:
        self.database = database
        self.settings = settings
        self.run: int = run["id"]
        self.source: str = run["source"]
        self.checkpoint: dict[str, int] = run["checkpoint"]
        self.lock = lock
        self.report = report
        self.stop = Stop()
        self.sources = sources_of(settings, from_shell=bool(run["options"].get("shell")))
        self._cancelled = False
        self._lost = False
        self._connection: psycopg.Connection[Any] | None = None

    async def watched(self) -> RunState:
        """Carry it out while a watcher gives signs of life and looks whether somebody cancels."""
        body = asyncio.create_task(self._carry_out())
        watcher = asyncio.create_task(self._watch(body))
        try:
            return await body
        except (asyncio.CancelledError, StoppedError):
            if self._lost:
                raise Unavailable("The database went away during an import.") from None
            if not self._cancelled:
                raise asyncio.CancelledError from None
            return await self.end(RunState.CANCELLED, None)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable("The database went away during an import.") from error
        except UnreachableError as error:
            return await self.end(RunState.FAILED, error.detail)
        except Unavailable:
            raise
        except AtelierError as error:
            return await self.end(RunState.FAILED, error.detail)
        except Exception as error:
            # Its text may hold a customer's words: the run tells the kind alone, the log what is safe to tell.
            log.exception("import broke", run=self.run)
            return await self.end(
                RunState.FAILED, f"It broke on {type(error).__name__}. Please report this, with the log."
            )
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)

    async def end(self, state: RunState, error: str | None) -> RunState:
        """End the run: nothing staged is left, and what was merged has its events."""
        await self._aside(lambda db: stage.drop(db, self.run))
        async with self.database.write() as writer:
            return await progress.finish(writer, self.run, state, error)

    async def _watch(self, body: asyncio.Task[RunState]) -> None:
        while not (self._cancelled or self._lost):
            await asyncio.sleep(BEAT)
            await self._beat()
        body.cancel()

    async def _beat(self) -> None:
        """Give a sign of life on the connection that holds the lock: without it, somebody else may be importing."""
        try:
            cursor = await self.lock.execute(progress.queries["beat"], {"run_id": self.run})
            row = await cursor.fetchone()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self._lost = True
        else:
            self._cancelled = bool(row and row[0])

    async def _carry_out(self) -> RunState:
        files = await self._files()
        await self._read(files)
        await self._relate(files)
        await self._merge(files)
        await self._beat()
        if self._lost:
            raise Unavailable("The database went away during an import.")
        return await self.end(RunState.FINISHED, None)

    async def _files(self) -> list[Row]:
        """The run's files as pinned at its first start."""
        async with self.database.write() as writer:
            files = await progress.files_of(writer, self.run)
        if not files:
            await self._enter("pin")
            pinned = await self._in_thread(lambda: pin(self.sources, self.source, self.stop))
            async with self.database.write() as writer:
                for each in pinned:
                    await progress.add_file(writer, self.run, each.row())
                files = await progress.files_of(writer, self.run)
            demand_readable(pinned, self.source)
        return [file for file in files if file["state"] not in (FileState.SKIPPED, FileState.FAILED)]

    async def _read(self, files: list[Row]) -> None:
        if self.checkpoint.get("read") and await self._aside(lambda db: stage.intact(db, self.run)):
            return
        await self._enter("read")
        async with self.database.write() as writer:
            await progress.forget_reading(writer, self.run)
        self.checkpoint = {stage: upto for stage, upto in self.checkpoint.items() if stage not in ("read", "related")}
        await self._aside(lambda db: self._reading(db).read_all(files))
        await self._reach("read")

    async def _relate(self, files: list[Row]) -> None:
        if self.checkpoint.get("related"):
            return
        await self._enter("relate")
        await merge.relate(self.database, self._merging())
        await self._aside(lambda db: self._reading(db).write_marked(files))
        await self._reach("related")

    async def _merge(self, files: list[Row]) -> None:
        await self._enter("merge")
        async with self.database.read(fresh=True) as reader:
            run = await reader.fetch_one(progress.queries["one_run"], {"run_id": self.run})
        assert run is not None
        total = run["merge_total"]
        await merge.ask_for_help(self.database, self._merging())
        if not await merge.merge(
            self.database, self._merging(), lambda rows: self.report(Progress("merge", rows, total))
        ):
            raise Unavailable("What the import had read is lost: it is read again.")
        # A review erased since the check makes orphans of what was delivered for it.
        await self._aside(lambda db: self._reading(db).write_marked(files))
        await merge.refresh_statistics(self.database)

    def _merging(self) -> merge.Run:
        return merge.Run(self.run)

    def _reading(self, db: psycopg.Connection[Any]) -> Reading:
        return Reading(
            db, self.sources, self.run, self.stop, lambda done, total: self.report(Progress("read", done, total))
        )

    async def _enter(self, name: str) -> None:
        self.report(Progress(name))
        async with self.database.write() as writer:
            await progress.enter(writer, self.run, name)

    async def _reach(self, name: str) -> None:
        self.checkpoint = {**self.checkpoint, name: 1}
        async with self.database.write() as writer:
            await progress.reach(writer, self.run, name)

    async def _aside(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        """Do something with a connection of its own in a thread."""

        def connected() -> T:
            with psycopg.connect(self.settings.database_url) as db:
                self._connection = db
                try:
                    return work(db)
                finally:
                    self._connection = None

        return await self._in_thread(connected)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Do something in a thread; when this is cancelled, ask the thread to stop and wait until it has."""
        future = asyncio.get_running_loop().run_in_executor(None, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self.stop.ask()
            if connection := self._connection:
                with suppress(psycopg.Error):
                    await asyncio.to_thread(connection.cancel_safe, timeout=1)
            await asyncio.gather(future, return_exceptions=True)
            raise
