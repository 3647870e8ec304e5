"""One import from its source to the last row merged: reading in a thread, merging in transactions, one run at a time.

The run's state stands in Postgres. Cancelling it, pausing it, stopping the worker and losing it altogether differ only
in what is done with the rest: a cancelled run ends, any other goes on from its checkpoint: a paused one when it is
resumed, in the same worker, which keeps its turn meanwhile, the others when a worker takes them up again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import psycopg
import structlog
from psycopg.sql import Identifier

from backend.domain.errors import AtelierError, Conflict, Unavailable
from backend.domain.imports import PARENTS, SHELVES, FileState, RunState
from backend.jobs import again, building, loading, shelving
from backend.jobs.aside import Aside
from backend.jobs.originals import Originals, object_of, sources_of
from backend.jobs.pace import Readers
from backend.jobs.progress import Progress, Report
from backend.jobs.reading import Db, Files, Stop, StoppedError, demand_readable, pin, write_marked, write_refused
from backend.jobs.staging import Staging
from backend.jobs.turn import Lock, alone, state_of
from backend.services.importing import merge, orphans, progress, words
from backend.services.importing.staged import Run
from backend.settings import Settings
from backend.store import beside
from backend.store.database import Database, Row, Writer
from etl import mapping, stage
from etl.compiled import ready
from etl.parts import Opener
from etl.sources import Object, UnreachableError

log = structlog.get_logger()

PLAIN_BYTES = 10_000_000  # that are read in a second without machine code
WORTH_IT = 1.0  # seconds of reading that machine code is loaded for where nobody did ahead of need
BEAT = 0.5  # seconds between signs of life: a cancelled run ends within two seconds, a paused one rests


async def run_import(
    database: Database, settings: Settings, run_id: int, *, report: Report | None = None, from_shell: bool = False
) -> RunState:
    """Carry out a run, or what is left of it, and give the state it ended in.

    From the shell a second run is refused with `Conflict`, and stopping cancels; a worker waits, and leaves a stopped
    run for the next. What an operator can mend ends the run as failed; a database that went away is raised.
    """
    async with alone(database, settings, run_id, patient=not from_shell) as lock:
        state = None
        while state is None:
            async with database.write() as writer:
                run = await progress.begin(writer, run_id)
            if run is None:
                return await state_of(database, run_id)
            work = _Import(database, settings, run, lock, report or (lambda _progress: None))
            try:
                state = await work.go_on()
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
        self.options: dict[str, Any] = run["options"]
        self.dry = bool(self.options.get("dry_run"))
        self.retry = again.Retry.of(self.options)
        from_shell = bool(self.options.get("shell"))
        self.sources = sources_of(settings, from_shell=from_shell, heed=self.stop.heed)
        self.originals = Originals(settings, from_shell=from_shell)
        self._pinned: list[Object] = []
        self._cancelled: bool = run["cancel_asked"]
        self._paused: bool = run["pause_asked"]
        self._lost = False
        self.aside = Aside(settings, self.stop)

    async def go_on(self) -> RunState | None:
        """Carry it out, or rest where it is paused; the state it ended in, None where it is to go on anew."""
        if self._cancelled:
            return await self.end(RunState.CANCELLED, None)
        return await (self._rest() if self._paused else self._watched())

    async def _rest(self) -> None:
        """Until it is resumed or cancelled. It holds its turn, and no transaction."""
        await self._enter("pause")
        while self._paused and not self._cancelled:
            await asyncio.sleep(BEAT)
            await self._beat()
            if self._lost:
                raise Unavailable("The database went away during an import.")

    async def _watched(self) -> RunState | None:
        """Carry it out while a watcher gives signs of life and looks whether somebody cancels or pauses."""
        body = asyncio.create_task(self._carry_out())
        watcher = asyncio.create_task(self._watch(body))
        try:
            return await body
        except (asyncio.CancelledError, StoppedError):
            if self._lost:
                raise Unavailable("The database went away during an import.") from None
            if self._cancelled:
                return await self.end(RunState.CANCELLED, None)
            if not self._paused:
                raise asyncio.CancelledError from None
            return None
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
        """End the run: what was merged has its events, and nothing staged is left.

        In this order: a run that is taken up again needs what was staged; what an ended one leaves is swept up.
        """
        async with self.database.write() as writer:
            state = await progress.finish(writer, self.run, state, error)
        await self.aside.connected(lambda db: stage.drop(db, self.run))
        if self.settings.owner_url:
            await self.aside.connected(loading.drop_left, owner=True)
        return state

    async def _watch(self, body: asyncio.Task[RunState]) -> None:
        while not (self._cancelled or self._paused or self._lost):
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
            self._cancelled, self._paused = row or (False, False)

    async def _carry_out(self) -> RunState:
        files = await self._files()
        if not files:
            return await self.end(RunState.FINISHED, None)
        # Not longer than reading without it would take; and what is read in a moment does without.
        patience = sum(file["bytes"] for file in files) / PLAIN_BYTES
        if patience > WORTH_IT:
            ready.prepare(self.settings.home)
        await self.aside.thread(lambda: ready.wait(patience, self.stop.heed))
        if await self._loads(files):
            await self._load([file for file in files if file["format"] not in SHELVES])
            files = [file for file in files if file["format"] in SHELVES]
        if files:
            await self._read(files)
            async with self._meanwhile(self._refusing(stage.table("refused", self.run), tuple(files))):
                await self._relate(files)
                await self._merge(files)
            if not self.dry:
                await orphans.settle(self.database, self._merging())
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
        if not files and self.retry:
            async with self.database.write() as writer:
                await again.pin(writer, self.run, self.retry)
                files = await progress.files_of(writer, self.run)
        elif not files:
            pinned = await self.aside.thread(
                lambda: pin(self.sources, self.source, self.stop, mapping.from_options(self.options))
            )
            async with self.database.write() as writer:
                for each in pinned:
                    await progress.add_file(writer, self.run, await self._unless_loaded(writer, each.row()))
                files = await progress.files_of(writer, self.run)
            demand_readable(pinned, self.source)
        # Also those that are skipped: the parts of one file may be read by the header of another part.
        self._pinned = [object_of(file) for file in files]
        return [file for file in files if file["state"] not in (FileState.SKIPPED, FileState.FAILED)]

    async def _unless_loaded(self, writer: Writer, file: dict[str, Any]) -> dict[str, Any]:
        """The file, skipped where the very same object was loaded and reading it again could change nothing."""
        if file["state"] != FileState.WAITING or not file["etag"] or self.options.get("reread"):
            return file
        before = await progress.loaded_before(writer, self.run, file)
        if before is None:
            return file
        told = f"Run {before} has loaded this very object, and nothing of its kind was loaded since."
        return {**file, "state": FileState.SKIPPED.value, "error": told}

    async def _read(self, files: list[Row]) -> None:
        if self.checkpoint.get("read"):
            return
        await self._enter(self._reads, ahead=("relate", self._last("merge")))
        objects = [file for file in files if not orphans.is_of_orphans(file)]
        async with self.database.write() as writer:
            await progress.forget_reading(writer, self.run, objects)
        self.checkpoint = {stage: upto for stage, upto in self.checkpoint.items() if stage not in ("read", "related")}
        await self.aside.connected(lambda db: self._stage(db, objects))
        await self._reach("read")

    def _stage(self, db: psycopg.Connection[Any], files: list[Row]) -> None:
        if self.retry:
            retrying = again.Retrying(db, self.run, self.stop, self._on_bytes, self.retry, self.originals)
            retrying.read_all(files)
        else:
            Staging(self._reading(db), self.run, self.aside.connection).read_all(files)

    @property
    def _is_live(self) -> bool:
        """Whether what it loaded is in its place."""
        return "live" in self.checkpoint

    @property
    def _reads(self) -> str:
        """The stage that reads."""
        return "shelve" if self._is_live else "read"

    async def _loads(self, files: list[Row]) -> bool:
        """Whether the run loads an empty system: it has begun to, or it may. What only belongs to products is merged
        afterwards: a dry run, which leaves no product behind, judges all of it at once.
        """
        if self._is_live:
            return True
        shelved = sum(file["format"] in SHELVES for file in files)
        if self.checkpoint or self.retry or not self.settings.owner_url or not ready.is_ready():
            return False
        if shelved == len(files) or (self.dry and shelved):
            return False

        def possible(owner: psycopg.Connection[Any]) -> bool:
            return beside.is_filled(owner, self.run) or beside.is_possible(owner)

        return await self.aside.connected(possible, owner=True)

    async def _load(self, files: list[Row]) -> None:
        if self._is_live:
            return
        if not await self.aside.connected(lambda owner: beside.is_filled(owner, self.run), owner=True):
            await self._enter("read", ahead=(self._last("build"),))
            async with self.database.write() as writer:
                await progress.forget_reading(writer, self.run, files)
            await self.aside.connected(lambda db: self._copy(db, files))
        await self._enter(self._last("build"))
        async with self.database.write() as writer:
            await progress.reserve_events(writer, self.run)
        async with self._meanwhile(self._refusing(loading.REFUSED, files)) as refusing:
            if not self.dry:
                connect, on_step = partial(self.aside.connection, owner=True), partial(self._on_step, "build")
                await self.aside.thread(lambda: building.build(connect, on_step, self.stop, refusing))
        await self._demand_within_limits()
        if self.dry:
            await self.aside.connected(beside.count_files, owner=True)
        else:
            await self.aside.connected(lambda owner: beside.go_live(owner, self.run, words.BATCH), owner=True)
            self.checkpoint = {**self.checkpoint, "live": 1}

    def _copy(self, db: psycopg.Connection[Any], files: list[Row]) -> None:
        with self.aside.connection(owner=True) as owner:
            owner.autocommit = False
            connect_owner = partial(self.aside.connection, owner=True)
            load = loading.Load(self._reading(db), owner, self.run, self.aside.connection, connect_owner, dry=self.dry)
            load.read_all(files)

    def _reading(self, db: psycopg.Connection[Any]) -> Files:
        return Files(
            db, Opener(self.sources, self._pinned, mapping.from_options(self.options)), self.stop, self._on_bytes
        )

    def _on_bytes(self, done: int, total: int) -> None:
        self.report(Progress(self._reads, done, total))

    def _on_step(self, stage: str, owner: Db, done: int, total: int) -> None:
        owner.execute(progress.queries["advance_stage"], {"run_id": self.run, "done": done, "total": total})
        self.report(Progress(stage, done, total))

    @asynccontextmanager
    async def _meanwhile(self, work: Callable[[psycopg.Connection[Any]], None]) -> AsyncIterator[Future[None]]:
        """Do something in a thread while the `with` lasts; both are through when it ends. Gives what ends with it."""
        task, ended = asyncio.create_task(self.aside.connected(work)), Future[None]()
        task.add_done_callback(lambda _task: ended.set_result(None))
        try:
            yield ended
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            await asyncio.gather(task, return_exceptions=True)
        task.result()

    async def _relate(self, files: list[Row]) -> None:
        if self.checkpoint.get("related"):
            return
        await self._enter("relate")
        brings_parents = not self.retry or any(file["format"] in PARENTS for file in files)
        taken = await orphans.take_up(self.database, self._merging()) if brings_parents else []
        files += [file for file in taken if file["id"] not in {each["id"] for each in files}]
        await merge.relate(self.database, self._merging())
        await self._refuse_marked(files)
        await self._reach("related")

    async def _merge(self, files: list[Row]) -> None:
        await self._demand_within_limits()
        may_fill = self.settings.owner_url and not (self.dry or self.retry or shelving.TAKEN_OVER in self.checkpoint)
        if may_fill and await shelving.takes_over(self.database, self.aside, self._merging()):
            self.checkpoint = {**self.checkpoint, shelving.TAKEN_OVER: 1}
        stage = self._last("merge")
        await self._enter(stage)
        async with self.database.read(fresh=True) as reader:
            run = await reader.fetch_one(progress.queries["one_run"], {"run_id": self.run})
        assert run is not None
        total = run["merge_total"]
        await merge.ask_for_help(self.database, self._merging())
        async with Readers(self.database).watched() as readers:
            whole = await merge.merge(
                self.database, self._merging(), lambda rows: self.report(Progress(stage, rows, total)), readers.give_way
            )
        if not whole:
            raise Conflict("Somebody has dropped what this run had read: import it again.")
        if self.checkpoint.get(shelving.TAKEN_OVER) and not self.checkpoint.get("filled"):
            await self._enter("fill")
            await shelving.fill(self.aside, self._merging(), partial(self._on_step, "fill"), self.stop)
        # A review erased since the check makes orphans of what was delivered for it.
        await self._refuse_marked(files)
        if not self.dry:
            await merge.refresh_statistics(self.database, self._merging())

    async def _refuse_marked(self, files: Sequence[Row]) -> None:
        await self.aside.connected(
            lambda db: write_marked(db, self.aside.connection, self.sources, self.run, files, self.stop)
        )

    def _refusing(self, table: Identifier, files: Sequence[Row]) -> Callable[[Db], None]:
        return lambda db: write_refused(db, self.aside.connection, self.sources, table, files, self.stop)

    def _merging(self) -> Run:
        return Run(self.run)

    async def _demand_within_limits(self) -> None:
        async with self.database.write() as writer:
            run = {"id": self.run, "options": self.options}
            await progress.demand_within_limits(writer, run, loaded=self._is_live)

    def _last(self, stage: str) -> str:
        """The stage that would write; a dry run judges instead."""
        return "judge" if self.dry else stage

    async def _enter(self, name: str, *, ahead: Sequence[str] = ()) -> None:
        self.report(Progress(name))
        async with self.database.write() as writer:
            await progress.enter(writer, self.run, name, ahead)

    async def _reach(self, name: str) -> None:
        self.checkpoint = {**self.checkpoint, name: 1}
        async with self.database.write() as writer:
            await progress.reach(writer, self.run, name)
