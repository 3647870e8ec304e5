"""`atelier etl rejects`, `signatures` and `repair`: what a run could not take, and what can be done about it."""

import asyncio
import sys

import click

from backend.commands.running import carry_out, end, print_report, read, ready_settings
from backend.domain.actors import SYSTEM
from backend.jobs import again
from backend.jobs.originals import Originals
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database, Reader, Row, Writer

# Records that a repair is tried on before it is applied; all of them with `--count`.
TRIED_FIRST = 10_000
SHOWN = 70


@click.command()
@click.argument("run_id", type=int)
@click.option("--file", "name", help="The file whose rejects are printed. Needed where several have any.")
@click.option("--reason", help="Only records with this reason.")
@click.option("--signature", type=int, help="Only records of this signature (see `signatures`).")
@click.option("--raw", type=int, metavar="ID", help="Instead, all original bytes of one reject.")
def rejects(run_id: int, name: str | None, reason: str | None, signature: int | None, raw: int | None) -> None:
    """Print the records that RUN_ID could not take, as CSV to mend and load again.

    The file's own columns in their own order come first, then what was wrong. Mended, it is imported by `etl run`.
    """
    settings = ready_settings()
    originals = Originals(settings, from_shell=True)
    if raw is not None:
        asyncio.run(read(settings, lambda reader: _print_raw(reader, originals, run_id, raw)))
    else:
        asyncio.run(read(settings, lambda reader: _print_csv(reader, originals, run_id, name, reason, signature)))


async def _print_raw(reader: Reader, originals: Originals, run_id: int, number: int) -> None:
    reject = await importing.one_reject(reader, SYSTEM, run_id, number)
    for piece in originals.whole(reject):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


async def _print_csv(
    reader: Reader, originals: Originals, run_id: int, name: str | None, reason: str | None, signature: int | None
) -> None:
    await importing.one_run(reader, SYSTEM, run_id)
    kind = None
    wanted: str | int | None = name
    if signature is not None:
        kind = await importing.one_signature(reader, SYSTEM, run_id, signature)
        wanted = kind["file_id"]
    file = await importing.file_to_mend(reader, SYSTEM, run_id, wanted)
    async for part in importing.rejects_csv(reader, SYSTEM, file, originals.table, reason=reason, signature=kind):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


@click.command()
@click.argument("run_id", type=int)
def signatures(run_id: int) -> None:
    """List the kinds of records that RUN_ID could not take, the most frequent first.

    Each line: its number, how many records, how many of them later runs took, file, column, reason, shape.
    """
    settings = ready_settings()
    asyncio.run(read(settings, lambda reader: _print_signatures(reader, run_id)))


async def _print_signatures(reader: Reader, run_id: int) -> None:
    await importing.one_run(reader, SYSTEM, run_id)
    for each in await importing.signatures(reader, SYSTEM, run_id):
        repairs = ", ".join(repair.name for repair in again.repairs_for(each))
        click.echo(
            f"{each['id']:>6} {each['records']:>12,} {each['resolved']:>12,}  {each['file_name']:<28}"
            f" {each['column_name'] or '-':<18} {each['reason']:<14} {each['shape']:<26} {repairs}".rstrip()
        )


@click.command()
@click.argument("run_id", type=int)
@click.option("--signature", type=int, required=True, help="Which rejects (see `signatures`).")
@click.option("--with", "name", required=True, help="The repair's name (see `signatures`).")
@click.option("--count", "only_count", is_flag=True, help="Only say what it would come to, over all of them.")
def repair(run_id: int, signature: int, name: str, only_count: bool) -> None:
    """Try rejects of RUN_ID again with a named repair, in a run of their own: only those rows.

    It says first what the repair makes of some of them. Exit status as of `etl run`.
    """
    settings = ready_settings()
    asyncio.run(_print_trial(settings, run_id, signature, name, None if only_count else TRIED_FIRST))
    if only_count:
        return
    done, seconds = carry_out(settings, lambda writer: _request(writer, run_id, signature, name))
    print_report(done, seconds)
    end(done)


async def _request(writer: Writer, run_id: int, signature: int, name: str) -> int:
    async def fits(kind: Row, wanted: str) -> None:
        again.demand_repair(kind, wanted)

    return await importing.request_repair(writer, SYSTEM, run_id, signature, name, fits=fits, queue=False)


async def _print_trial(settings: Settings, run_id: int, signature: int, name: str, most: int | None) -> None:
    async with Database(settings) as database, database.read(fresh=True) as reader:
        kind = await importing.one_signature(reader, SYSTEM, run_id, signature)
        originals = Originals(settings, from_shell=True)
        trial = await again.try_out(reader, SYSTEM, originals, kind, name, most=most)
    for before, after in trial.shown:
        click.echo(f"  {_shown(before)}  ->  {_shown(after) if after is not None else 'not known'}", err=True)
    some = "the first " if trial.more else ""
    click.echo(f"{trial.taken:,} of {some}{trial.tried:,} records would be taken by the rules.", err=True)


def _shown(value: bytes) -> str:
    text = value[: SHOWN + 1].decode("utf-8", "backslashreplace")
    clean = "".join(char if char.isprintable() else " " for char in text)
    return repr(clean if len(clean) <= SHOWN else f"{clean[:SHOWN]}…")
