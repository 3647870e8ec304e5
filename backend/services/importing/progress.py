"""What a run tells the database while it goes on: its stage, its checkpoint, its signs of life, its end."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from backend.domain import limits
from backend.domain.errors import Invalid
from backend.domain.imports import FileState, RunState
from backend.services.importing import words
from backend.store import sql
from backend.store.database import Row, Writer

queries = sql.load("import_runs")


async def begin(writer: Writer, run_id: int) -> Row | None:
    """Set a run going, for the first time or again; None where it has ended."""
    return await writer.fetch_one(queries["begin"], {"run_id": run_id})


async def files_of(writer: Writer, run_id: int) -> list[Row]:
    """The run's files as they stand."""
    return await writer.fetch_all(queries["files"], {"run_id": run_id})


async def enter(writer: Writer, run_id: int, stage: str | None, ahead: Sequence[str] = ()) -> None:
    """End the stage it was in and enter the next; None for none. `ahead` are those that follow, once it is known."""
    await writer.execute(queries["enter_stage"], {"run_id": run_id, "stage": stage, "ahead": list(ahead)})


async def reach(writer: Writer, run_id: int, stage: str) -> None:
    """Keep that a stage is done, in the transaction that did it."""
    await writer.execute(queries["reach"], {"run_id": run_id, "stage": stage})


async def has_reached(writer: Writer, run_id: int, stage: str) -> bool:
    """Whether a stage is done."""
    return bool(await writer.fetch_value(queries["has_reached"], {"run_id": run_id, "stage": stage}))


async def count_merged(writer: Writer, run_id: int, rows: int) -> int:
    """Count rows as merged, in the transaction that merged them; how many are, whoever did it."""
    merged: int = await writer.fetch_value(queries["count_merged"], {"run_id": run_id, "rows": rows})
    return merged


async def forget_reading(writer: Writer, run_id: int, files: Sequence[Row]) -> None:
    """Files are read again from their beginning: take back their counts and rejects, not what was merged or loaded."""
    await writer.execute(queries["forget_reading"], {"run_id": run_id})
    again = {file["id"] for file in files}
    for file in await files_of(writer, run_id):
        if file["id"] in again and file["state"] not in (FileState.SKIPPED, FileState.FAILED):
            await empty_file(writer, file["id"])
            await set_file_state(writer, file["id"], FileState.WAITING)


async def demand_within_limits(writer: Writer, run: Row, *, loaded: bool = False) -> None:
    """Raise `Invalid` where a run, or one of its files, has refused more than its options let it.

    Nothing was written, or nothing but what was `loaded` before.
    """
    files = [file for file in await files_of(writer, run["id"]) if file["state"] == FileState.READ]
    rejected, records = (sum(file[name] for file in files) for name in ("rejected", "records"))
    limit = limits.of_option(run["options"].get("most_rejects")) or limits.USUAL
    written = "Of reviews and products all was written, of these files nothing." if loaded else "Nothing was written."
    told = f"{written} Look at the rejects; --max-rejects sets another limit."
    if limit.is_passed(rejected, records):
        raise Invalid(f"{rejected:,} of {records:,} records were refused, more than {limit}. {told}")
    each = limits.of_option(run["options"].get("most_file_rejects"))
    for file in files if each else ():
        if each is not None and each.is_passed(file["rejected"], file["records"]):
            raise Invalid(
                f"{file['rejected']:,} of the {file['records']:,} records of {file['name']} were refused,"
                f" more than {each}. {told}"
            )


async def reserve_events(writer: Writer, run_id: int) -> None:
    """Reserve the number of each file's event, before the first of its changes is made."""
    await writer.execute(queries["reserve_events"], {"run_id": run_id})


async def empty_file(writer: Writer, file_id: int) -> None:
    """Take back what reading a file counted and rejected."""
    await writer.execute(queries["empty_file"], {"file_id": file_id})
    await writer.execute(queries["drop_rejects"], {"file_id": file_id})


async def add_file(writer: Writer, run_id: int, file: Mapping[str, Any]) -> int:
    """List an object of the delivery, with how it was understood; its id."""
    values = {**file, "run_id": run_id, "understood": Jsonb(file["understood"])}
    file_id: int = await writer.fetch_value(queries["add_file"], values)
    return file_id


async def loaded_before(writer: Writer, run_id: int, file: Mapping[str, Any]) -> int | None:
    """The run that has loaded the very same object, where reading it again could change nothing."""
    found: int | None = await writer.fetch_value(queries["loaded_before"], {**file, "run_id": run_id})
    return found


async def set_file_state(writer: Writer, file_id: int, state: FileState, error: str | None = None) -> None:
    await writer.execute(queries["set_file_state"], {"file_id": file_id, "state": state.value, "error": error})


async def finish(writer: Writer, run_id: int, state: RunState, error: str | None = None) -> RunState:
    """End a run, with an event for each file that may have changed something.

    One that should be finished but does not balance is failed.
    """
    # First of all: it waits for whoever is merging one of them, who needs the run's row afterwards.
    await writer.execute(queries["forget_ranges"], {"run_id": run_id})
    await enter(writer, run_id, None)
    if state is RunState.FINISHED:
        await writer.execute(queries["set_files_merged"], {"run_id": run_id})
        if wrong := await writer.fetch_all(queries["unbalanced"], {"run_id": run_id}):
            told = ", ".join(
                f"{row['name']} ({row['records']} read, {row['accounted']} accounted for)" for row in wrong
            )
            state, error = RunState.FAILED, f"It does not balance: {told}. Please report this."
        elif set_aside := [row for row in await files_of(writer, run_id) if row["state"] == FileState.FAILED]:
            told = " ".join(row["error"] for row in set_aside)
            done = "judged" if await writer.fetch_value(queries["is_dry"], {"run_id": run_id}) else "merged"
            state, error = RunState.FAILED, f"{told} The other files were {done}."
    await writer.execute(queries["record_events"], {"run_id": run_id})
    await writer.execute(queries["finish"], {"run_id": run_id, "state": state.value, "error": error})
    await words.ask(writer)
    return state
