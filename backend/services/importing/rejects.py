"""Records that a run could not take: by signature, a page at a time, and as CSV to mend and load again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from backend.domain.actors import Actor
from backend.domain.errors import Invalid, NotFound
from backend.domain.roles import Permission
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("import_rejects")
_runs = sql.load("import_runs")
MOST = 500

Place = tuple[int, int, int]  # file, offset, id of the last reject seen


class Table(Protocol):
    """How one file's rejects are written as CSV; the ETL's."""

    def header(self) -> bytes: ...
    def row(self, reject: Mapping[str, Any]) -> bytes: ...


@dataclass(frozen=True, slots=True)
class RejectPage:
    """Rejects in the order of file and offset; `after` continues the list, None at its end."""

    rows: list[Row]
    after: Place | None


async def signatures(reader: Reader, actor: Actor, run_id: int, *, count: int | None = None) -> list[Row]:
    """The kinds of a run's rejects (the `count` most frequent first), each with its file and the bytes of one."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["signatures"], {"run_id": run_id, "count": count})


async def one_signature(reader: Reader, actor: Actor, run_id: int, signature: int) -> Row:
    """One kind of a run's rejects, with its file; raise `NotFound` where the run has none of this number."""
    actor.require(Permission.READ)
    found = await reader.fetch_one(queries["one_signature"], {"run_id": run_id, "signature": signature})
    if found is None:
        raise NotFound(f"Run {run_id} has no signature {signature}.")
    return found


async def rejects(
    reader: Reader,
    actor: Actor,
    run_id: int,
    *,
    file_id: int | None = None,
    reason: str | None = None,
    after: Place | None = None,
    count: int = 50,
) -> RejectPage:
    """A page of a run's rejects, of one file or reason where given; `after` is (file, offset, id) of the last one."""
    actor.require(Permission.READ)
    _demand_page(count)
    if file_id is not None:
        whole_file = {"id": None, "file_id": file_id, "run_id": run_id, "example_offset": 0}
        return await _walked(reader, "frequent", whole_file, reason=reason, waiting=False, after=after, count=count)
    file, offset, number = after or (None, None, None)
    rows = await reader.fetch_all(
        queries["rejects"],
        {
            "run_id": run_id,
            "reason": reason,
            "after_file": file,
            "after_offset": offset,
            "after_id": number,
            "count": count + 1,
        },
    )
    return _page(rows, count)


async def rejects_alike(
    reader: Reader,
    actor: Actor,
    signature: Row,
    *,
    reason: str | None = None,
    waiting: bool = False,
    after: Place | None = None,
    count: int = 50,
) -> RejectPage:
    """A page of the rejects of one signature (a row of `one_signature`); with `waiting`, of those nobody took since."""
    actor.require(Permission.READ)
    _demand_page(count)
    return await _walked(
        reader, walk_of(signature), signature, reason=reason, waiting=waiting, after=after, count=count
    )


async def _walked(
    reader: Reader, walk: str, signature: Row, *, reason: str | None, waiting: bool, after: Place | None, count: int
) -> RejectPage:
    _, offset, number = after or (0, signature["example_offset"], 0)
    rows = await reader.fetch_all(
        queries[walk],
        {
            "signature": signature["id"],
            "file_id": signature["file_id"],
            "run_id": signature["run_id"],
            "reason": reason,
            "waiting": waiting,
            "by_run": None,
            "after_offset": offset,
            "after_id": number,
            "count": count + 1,
        },
    )
    return _page(rows, count)


async def one_reject(reader: Reader, actor: Actor, run_id: int, reject: int) -> Row:
    """One reject with its file's name, address, ETag and size; raise `NotFound` where the run has no such."""
    actor.require(Permission.READ)
    found = await reader.fetch_one(queries["one_reject"], {"run_id": run_id, "reject": reject})
    if found is None:
        raise NotFound(f"Run {run_id} has no reject {reject}.")
    return found


async def file_to_mend(reader: Reader, actor: Actor, run_id: int, name: str | int | None) -> Row:
    """The file whose rejects are downloaded, by its name or number; None where only one has any."""
    actor.require(Permission.READ)
    files = await reader.fetch_all(_runs["files"], {"run_id": run_id})
    if name is None:
        files = [file for file in files if file["rejected"]]
        if len(files) > 1:
            told = ", ".join(file["name"] for file in files)
            raise Invalid(f"Run {run_id} has rejects of several files, each with its own columns: {told}. Name one.")
        if not files:
            raise NotFound(f"Run {run_id} has no rejects.")
        return files[0]
    for file in files:
        if name in (file["name"], file["id"]):
            return file
    raise NotFound(f"Run {run_id} has no file {name}.")


async def rejects_csv(
    reader: Reader,
    actor: Actor,
    file: Row,
    table: Callable[[Row], Table],
    *,
    reason: str | None = None,
    signature: Row | None = None,
) -> AsyncIterator[bytes]:
    """A file's rejects (of one reason or signature where given) as CSV to mend and load: its columns, then ours.

    `table` is the ETL's: it knows how rejects of a file are written so that loading takes them back.
    """
    to_csv = table(file)
    yield to_csv.header()
    after: Place | None = None
    while True:
        if signature is not None:
            page = await rejects_alike(reader, actor, signature, reason=reason, after=after, count=MOST)
        else:
            page = await rejects(
                reader, actor, file["run_id"], file_id=file["id"], reason=reason, after=after, count=MOST
            )
        # Aside: the rest of a long record may have to be fetched.
        yield b"".join(await asyncio.to_thread(lambda rows: [to_csv.row(row) for row in rows], page.rows))
        after = page.after
        if after is None:
            return


def walk_of(signature: Row) -> str:
    """The statement that finds rejects of a signature: by their places, where it has those, or by walking the file."""
    return "rare" if signature["placed"] else "frequent"


def _demand_page(count: int) -> None:
    if not 1 <= count <= MOST:
        raise Invalid(f"A page has 1 to {MOST} rejects.")


def _page(rows: list[Row], count: int) -> RejectPage:
    page = rows[:count]
    last = page[-1] if len(rows) > count else None
    return RejectPage(page, (last["file_id"], last["byte_offset"], last["id"]) if last else None)
