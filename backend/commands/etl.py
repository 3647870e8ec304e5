"""`atelier etl`: imports from the shell, with the same code and the same result as through the worker."""

import asyncio
import json
import signal
from pathlib import Path

import click

from backend.commands import mappings, rejects
from backend.commands.running import COUNTS, Bar, carry_out, end, index_words, print_report, read, ready_settings
from backend.domain.actors import SYSTEM
from backend.domain.imports import RunState
from backend.jobs import rollbacks
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database, Row

REPORTED = ("bytes", "records", *COUNTS, "repairs", "forms")


@click.group()
def etl() -> None:
    """Import deliveries: from a bucket, a folder or a file."""


for each in (mappings.mappings, rejects.rejects, rejects.signatures, rejects.repair):
    etl.add_command(each)


@etl.command()
@click.argument("source")
@click.option("--mapping", metavar="NAME_OR_FILE", help="Which column is which: a saved mapping, or a file of TOML.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
@click.option("--again", is_flag=True, help="Read also what was loaded before and has not changed since.")
@click.option("--dry-run", is_flag=True, help="Say what it would do, and write nothing.")
@click.option("--max-rejects", metavar="LIMIT", help="Stop before writing where more are refused: 1000, or 2.5%.")
@click.option("--max-file-rejects", metavar="LIMIT", help="The same for each file by itself.")
@click.option("--index/--no-index", default=True, help="Index the words for search too, or leave that to a worker.")
def run(
    source: str,
    mapping: str | None,
    as_json: bool,
    again: bool,
    dry_run: bool,
    max_rejects: str | None,
    max_file_rejects: str | None,
    index: bool,
) -> None:
    """Import SOURCE: s3://bucket/prefix, file:///folder, or a path.

    Exit status: 0 finished, 1 failed, 3 cancelled, 130 stopped with Ctrl-C.
    """
    settings = ready_settings()
    if "://" not in source:
        source = Path(source).absolute().as_uri()
    options = importing.options(again=again, dry_run=dry_run, most=max_rejects, most_of_file=max_file_rejects)
    saved, given = mappings.asked(mapping)
    done, seconds = carry_out(
        settings,
        lambda writer: importing.request_run(
            writer, SYSTEM, source, {**options, **given}, settings=settings, mapping=saved, queue=False
        ),
        index=index,
    )
    if as_json:
        files = [{"file": file["name"], **{name: file[name] for name in REPORTED}} for file in done["files"]]
        report = {"run": done["id"], "state": done["state"], "dry_run": done["dry_run"], "seconds": seconds}
        click.echo(json.dumps({**report, "files": files}))
    else:
        print_report(done, seconds)
    end(done)


@etl.command()
@click.argument("run_id", type=int)
def rollback(run_id: int) -> None:
    """Take back what RUN_ID has changed, but for rows that somebody changed since.

    Exit status: 0 rolled back, 3 cancelled, 130 stopped with Ctrl-C; what is left goes on when it is asked for again.
    """
    settings = ready_settings()
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
            with Bar() as bar:
                await rollbacks.run_rollback(database, settings, run_id, report=bar.show, from_shell=True)
                await index_words(database, settings, bar)
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
    """Write a sample delivery into FOLDER: ten files with about 1 % dirt, the same for the same options."""
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
    settings = ready_settings()
    for each in asyncio.run(read(settings, lambda reader: importing.list_runs(reader, SYSTEM, count=count))):
        click.echo(
            f"{each['id']:>6}  {each['state']:<9}  {each['requested_at']:%Y-%m-%d %H:%M}"
            f"  {each['records']:>12,} records  {each['rejected']:>10,} rejected  {each['source']}"
            f"{'  (dry run)' if each['dry_run'] else ''}"
        )
