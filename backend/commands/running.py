"""Runs carried out in the shell's own process: a bar while they go on, a report at their end."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import click
from rich import progress as rich
from rich.console import Console
from rich.table import Table

from backend.domain.actors import SYSTEM
from backend.domain.imports import RunState
from backend.jobs import imports, indexes
from backend.jobs.progress import Progress
from backend.services import importing
from backend.services.importing import words
from backend.settings import Settings
from backend.store import migrations
from backend.store.database import Database, Row, Writer

EXITS = {RunState.FINISHED: 0, RunState.FAILED: 1, RunState.CANCELLED: 3, RunState.REVERSED: 0}
COUNTS = ("inserted", "updated", "unchanged", "duplicates", "rejected", "repaired", "blank")
STAGES = {
    "pin": "Looking at the files",
    "read": "Reading and cleaning",
    "relate": "Checking relations",
    "merge": "Merging",
    "build": "Building indexes",
    "fill": "Filling the catalogue",
    "shelve": "Reading the catalogue",
    "judge": "Judging",
    "reverse": "Rolling back",
    "index": "Indexing words",
}


def ready_settings() -> Settings:
    """The settings, with a database that this code knows."""
    settings = Settings.from_environment()
    migrations.demand(settings.database_url)
    return settings


def carry_out(
    settings: Settings, request: Callable[[Writer], Awaitable[int]], *, index: bool = True
) -> tuple[Row, float]:
    """Ask for a run by `request` and carry it out here: how it ended, and in how many seconds.

    Its words are indexed, too, unless `index` leaves that to a worker.
    """
    began = time.monotonic()
    done = asyncio.run(_run(settings, request, index=index))
    return done, round(time.monotonic() - began, 3)


async def _run(settings: Settings, request: Callable[[Writer], Awaitable[int]], *, index: bool) -> Row:
    task = asyncio.current_task()
    assert task is not None
    # A supervisor's SIGTERM stops it as cleanly as Ctrl-C.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with Database(settings) as database:
        async with database.write() as writer:
            run_id = await request(writer)
        try:
            with Bar() as bar:
                await imports.run_import(database, settings, run_id, report=bar.show, from_shell=True)
                if index:
                    await index_words(database, settings, bar)
        except Exception as error:
            await imports.give_up(database, run_id, str(error))
            raise
        async with database.read(fresh=True) as reader:
            return await importing.one_run(reader, SYSTEM, run_id)


async def index_words(database: Database, settings: Settings, bar: "Bar") -> None:
    """Index what is due. The run is live already: stopped here, what is left is a worker's."""
    await indexes.make_due(settings, lambda done, of: bar.show(Progress("build", done, of)))
    async with database.read(fresh=True) as reader:
        total = await words.left(reader)
    done = 0

    def on_batch(reviews: int) -> None:
        nonlocal done
        done += reviews
        bar.show(Progress("index", done, total))

    if total:
        bar.show(Progress("index", 0, total))
        await words.index(database, on_batch, gently=True)


class Bar:
    """The progress bar, on standard error so that the report stays clean."""

    def __init__(self) -> None:
        self._progress = rich.Progress(
            rich.TextColumn("{task.description:<21}"),
            rich.BarColumn(),
            rich.TextColumn("{task.percentage:>3.0f} %"),
            rich.TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._stage = ""
        self._task: rich.TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_stage()
        self._progress.stop()

    def show(self, progress: Progress) -> None:
        if progress.stage != self._stage:
            self._end_stage()
            self._stage = progress.stage
            self._task = self._progress.add_task(STAGES.get(progress.stage, progress.stage), total=None)
        if self._task is not None and progress.total:
            self._progress.update(self._task, completed=progress.done, total=progress.total)

    def _end_stage(self) -> None:
        if self._task is not None:
            total = self._progress.tasks[-1].total or 1
            self._progress.update(self._task, completed=total, total=total)


def print_report(done: Row, seconds: float) -> None:
    """A line a file with its balance, and one for the run."""
    table = Table(box=None, pad_edge=False)
    table.add_column("file")
    for name in ("records", *COUNTS):
        table.add_column(name, justify="right")
    for file in done["files"]:
        if file["error"]:
            table.add_row(file["name"], f"[{file['state']}] {file['error']}".replace("[", "\\["), *[""] * len(COUNTS))
        else:
            table.add_row(file["name"], *(f"{file[name]:,}" for name in ("records", *COUNTS)))
    console = Console(width=None if Console().is_terminal else 160)
    console.print(table)
    total = sum(file["records"] for file in done["files"])
    changed = sum(file["inserted"] + file["updated"] for file in done["files"])
    nothing = " Nothing changed." if done["state"] == RunState.FINISHED and not changed and not done["dry_run"] else ""
    console.print(f"Run {done['id']} {done['state']}: {total:,} records in {seconds:.1f} s.{nothing}")
    if done["dry_run"]:
        console.print("Dry run: nothing was written.")


def end(done: Row) -> None:
    """Say why it failed, where it did, and end with the status that tells how it ended."""
    if done["error"]:
        click.echo(f"atelier: {done['error']}", err=True)
    raise SystemExit(EXITS[RunState(done["state"])])


async def read(settings: Settings, ask: Callable[[Any], Any]) -> Any:
    """What `ask` reads."""
    async with Database(settings) as database, database.read(fresh=True) as reader:
        return await ask(reader)
