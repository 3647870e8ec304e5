"""`atelier etl`: imports from the shell, with the same code and the same result as through the worker."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from backend.domain.actors import SYSTEM
from backend.domain.imports import RunState
from backend.jobs import imports, rollbacks
from backend.observe import logs
from backend.services import importing
from backend.services.importing import words
from backend.settings import Settings
from backend.store import migrations
from backend.store.database import Database, Row
from etl.compiled import ready

EXITS = {RunState.FINISHED: 0, RunState.FAILED: 1, RunState.CANCELLED: 3, RunState.REVERSED: 0}
COUNTS = ("inserted", "updated", "unchanged", "duplicates", "rejected", "repaired", "blank")
REPORTED = ("bytes", "records", *COUNTS)
STAGES = {
    "pin": "Looking at the files",
    "read": "Reading and cleaning",
    "relate": "Checking relations",
    "merge": "Merging",
    "reverse": "Rolling back",
    "index": "Indexing words",
}


@click.group()
def etl() -> None:
    """Import deliveries: from a bucket, a folder or a file."""


@etl.command()
@click.argument("source")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
@click.option("--index/--no-index", default=True, help="Index the words for search too, or leave that to a worker.")
def run(source: str, as_json: bool, index: bool) -> None:
    """Import SOURCE: s3://bucket/prefix, file:///folder, or a path.

    Exit status: 0 finished, 1 failed, 3 cancelled, 130 stopped with Ctrl-C.
    """
    settings = Settings.from_environment()
    logs.configure("warning", sys.stderr)
    migrations.demand(settings.database_url)
    ready.prepare(settings.home)
    if "://" not in source:
        source = Path(source).absolute().as_uri()
    began = time.monotonic()
    done = asyncio.run(_run(settings, source, index=index))
    seconds = round(time.monotonic() - began, 3)
    if as_json:
        files = [{"file": file["name"], **{name: file[name] for name in REPORTED}} for file in done["files"]]
        click.echo(json.dumps({"run": done["id"], "state": done["state"], "seconds": seconds, "files": files}))
    else:
        _print_report(done, seconds)
    if done["error"]:
        click.echo(f"atelier: {done['error']}", err=True)
    raise SystemExit(EXITS[RunState(done["state"])])


async def _run(settings: Settings, source: str, *, index: bool) -> Row:
    task = asyncio.current_task()
    assert task is not None
    # A supervisor's SIGTERM stops it as cleanly as Ctrl-C.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with Database(settings) as database:
        async with database.write() as writer:
            run_id = await importing.request_run(writer, SYSTEM, source, settings=settings, queue=False)
        try:
            with _Bar() as bar:
                await imports.run_import(database, settings, run_id, report=bar.show, from_shell=True)
                if index:
                    await _index(database, bar)
        except Exception as error:
            await imports.give_up(database, run_id, str(error))
            raise
        async with database.read(fresh=True) as reader:
            return await importing.one_run(reader, SYSTEM, run_id)


async def _index(database: Database, bar: "_Bar") -> None:
    """The run is live already: stopped here, what is left is a worker's."""
    async with database.read(fresh=True) as reader:
        total = await words.left(reader)
    done = 0

    def on_batch(reviews: int) -> None:
        nonlocal done
        done += reviews
        bar.show(imports.Progress("index", done, total))

    if total:
        bar.show(imports.Progress("index", 0, total))
        await words.index(database, on_batch, gently=True)


class _Bar:
    """The progress bar, on standard error so that the report stays clean."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<21}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._stage = ""
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_stage()
        self._progress.stop()

    def show(self, progress: imports.Progress) -> None:
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


def _print_report(done: Row, seconds: float) -> None:
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
    nothing = " Nothing changed." if done["state"] == RunState.FINISHED and total and not changed else ""
    console.print(f"Run {done['id']} {done['state']}: {total:,} records in {seconds:.1f} s.{nothing}")


@etl.command()
@click.argument("run_id", type=int)
def rollback(run_id: int) -> None:
    """Take back what RUN_ID has changed, but for rows that somebody changed since.

    Exit status: 0 rolled back, 3 cancelled, 130 stopped with Ctrl-C; what is left goes on when it is asked for again.
    """
    settings = Settings.from_environment()
    logs.configure("warning", sys.stderr)
    migrations.demand(settings.database_url)
    done = asyncio.run(_roll_back(settings, run_id))
    for file in done["files"]:
        if file["reversed"] or file["reverse_kept"] or file["reverse_failed"]:
            click.echo(
                f"{file['name']:<28} {file['reversed']:>12,} reversed {file['reverse_kept']:>10,} kept"
                f" {file['reverse_failed']:>8,} failed"
            )
            for who, rows in sorted(file["kept_by"].items()):
                click.echo(f"{'':<28} {rows:>12,} kept because of {who}")
    click.echo(f"Run {run_id} is {done['state']}.")
    if done["error"]:
        click.echo(f"atelier: {done['error']}", err=True)
    raise SystemExit(0 if done["state"] == RunState.REVERSED else 3)


async def _roll_back(settings: Settings, run_id: int) -> Row:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with Database(settings) as database:
        async with database.write() as writer:
            await importing.roll_back(writer, SYSTEM, run_id, queue=False)
        try:
            with _Bar() as bar:
                await rollbacks.run_rollback(database, settings, run_id, report=bar.show, from_shell=True)
                await _index(database, bar)
        except Exception as error:
            await rollbacks.give_up(database, run_id, str(error))
            raise
        async with database.read(fresh=True) as reader:
            return await importing.one_run(reader, SYSTEM, run_id)


@etl.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--products", type=click.IntRange(1, 10_000_000), default=20_000, show_default=True)
@click.option("--reviews", type=click.IntRange(0, 100_000_000), default=100_000, show_default=True)
@click.option("--seed", type=int, default=2026, show_default=True)
@click.option("--photo-base-url", default="http://127.0.0.1:8080/sample-photos", show_default=True)
def sample(folder: Path, products: int, reviews: int, seed: int, photo_base_url: str) -> None:
    """Write a sample delivery into FOLDER: five files with about 1 % dirt, the same for the same options."""
    from etl import sample as generator

    truth = generator.write(folder, products=products, reviews=reviews, seed=seed, photo_base_url=photo_base_url)
    for name, file in truth.items():
        click.echo(
            f"{name:<28} {file.records:>10,} records, of which {file.rejected.total():,} must be rejected,"
            f" {file.duplicates:,} are duplicates"
        )


@etl.command()
@click.option("--count", type=click.IntRange(1, 200), default=20, show_default=True)
def runs(count: int) -> None:
    """List the latest runs, newest first."""
    settings = Settings.from_environment()
    migrations.demand(settings.database_url)
    for each in asyncio.run(_read(settings, lambda reader: importing.list_runs(reader, SYSTEM, count=count))):
        click.echo(
            f"{each['id']:>6}  {each['state']:<9}  {each['requested_at']:%Y-%m-%d %H:%M}"
            f"  {each['records']:>12,} records  {each['rejected']:>10,} rejected  {each['source']}"
        )


@etl.command()
@click.argument("run_id", type=int)
@click.option("--reason", help="Only records with this reason.")
def rejects(run_id: int, reason: str | None) -> None:
    """Print the records that RUN_ID could not take, as CSV."""
    settings = Settings.from_environment()
    migrations.demand(settings.database_url)
    asyncio.run(_read(settings, lambda reader: _print_rejects(reader, run_id, reason)))


async def _print_rejects(reader: Any, run_id: int, reason: str | None) -> None:
    await importing.one_run(reader, SYSTEM, run_id)
    async for text in importing.rejects_csv(reader, SYSTEM, run_id, reason=reason):
        click.echo(text, nl=False)


async def _read(settings: Settings, ask: Callable[[Any], Any]) -> Any:
    async with Database(settings) as database, database.read(fresh=True) as reader:
        return await ask(reader)
