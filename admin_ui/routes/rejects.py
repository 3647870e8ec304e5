"""What a run refused: by signature, with its bytes, as a download to mend, tried again with a named repair."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from admin_ui import rendering
from admin_ui.routes.asking import LARGEST_ID, AnyRequest, a_word, an_id, form
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import AtelierError, NotFound
from backend.services import importing
from backend.store.database import Reader, Row

LIST = "/console/imports"
PAGE = 25
KINDS = 200
LARGEST_REJECT = (1 << 63) - 1
# Records that a repair is tried on before somebody applies it.
TRIED = 5_000


async def telling(request: AnyRequest, reader: Reader, visit: Visit, run: Row) -> dict[str, Any]:
    """What the run's page says of its rejects: their kinds, and the records of the one that is open."""
    asked, run_id = request.query_params, run["id"]
    originals, repairs = request.app.state.originals, request.app.state.repairs
    file_id, number = _number(asked.get("file", "")), _number(asked.get("signature", ""))
    after, remedy = asked.get("after", ""), asked.get("with", "")
    kinds = await importing.signatures(reader, visit.actor, run_id, count=KINDS) if run["ended"] else []
    kind = await importing.one_signature(reader, visit.actor, run_id, number) if number else None
    page, fitting, trial, failure = importing.RejectPage([], None), [], None, ""
    if kind is not None:
        page = await importing.rejects_alike(reader, visit.actor, kind, after=_place(after), count=PAGE)
        fitting = await repairs.fitting(kind)
        if remedy:
            try:
                trial = await repairs.try_out(reader, visit.actor, kind, remedy, TRIED)
            except AtelierError as error:
                failure = error.detail
    elif file_id or not kinds:
        reason = a_word(asked.get("reason", ""))
        page = await importing.rejects(
            reader, visit.actor, run_id, file_id=file_id, reason=reason, after=_place(after), count=PAGE
        )
    return {
        "kinds": [{**each, "value": _example(originals, each)} for each in kinds if file_id in (None, each["file_id"])],
        "kind": kind,
        "most_kinds": KINDS,
        "rejects": page,
        "file_id": file_id,
        "after": after,
        "repairs": fitting,
        "repairs_installed": repairs.installed,
        "remedy": remedy,
        "trial": trial,
        "trial_failure": failure,
    }


@get("/imports/{run_id:str}/rejects.csv")
async def download(request: AnyRequest, visit: SignedIn, run_id: FromPath[str]) -> Stream:
    """A file's rejects, or those of one signature, as CSV to mend and load."""
    number = an_id(run_id, "run")
    asked = request.query_params
    signature, file_id = _number(asked.get("signature", "")), _number(asked.get("file", ""))
    async with request.app.state.database.read() as reader:
        kind = await importing.one_signature(reader, visit.actor, number, signature) if signature else None
        file = await importing.file_to_mend(reader, visit.actor, number, kind["file_id"] if kind else file_id)

    async def parts() -> AsyncIterator[bytes]:
        async with request.app.state.database.read() as again:
            async for part in importing.rejects_csv(
                again, visit.actor, file, request.app.state.originals.table, signature=kind
            ):
                yield part

    which = f"-signature-{kind['id']}" if kind else f"-file-{file['id']}"
    return _attachment(parts(), f"run-{number}{which}-rejects.csv", "text/csv")


@get("/imports/{run_id:str}/rejects/{reject:str}")
async def original(request: AnyRequest, visit: SignedIn, run_id: FromPath[str], reject: FromPath[str]) -> Stream:
    """All bytes of one reject as they were delivered, from the object where they are more than were kept."""
    number, wanted = an_id(run_id, "run"), _number(reject, LARGEST_REJECT)
    if wanted is None:
        raise NotFound(f"Run {number} has no reject {reject[:40]}.")
    async with request.app.state.database.read() as reader:
        row = await importing.one_reject(reader, visit.actor, number, wanted)
    pieces: Iterator[bytes] = request.app.state.originals.whole(row)
    # The first is fetched before anything is answered: an object that was replaced is an error, not half a file.
    first = await asyncio.to_thread(next, pieces, b"")

    async def all_of_it() -> AsyncIterator[bytes]:
        yield first
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece

    return _attachment(all_of_it(), f"run-{number}-reject-{wanted}.bin", "application/octet-stream")


@post("/imports/{run_id:str}/repairs")
async def repair(request: AnyRequest, visit: SignedIn, run_id: FromPath[str]) -> Response[Any]:
    """Try the rejects of a signature again with a named repair, and go on to watch that run."""
    number = an_id(run_id, "run")
    asked = await form(request)
    signature = _number(asked.get("signature")) or 0
    async with request.app.state.database.write() as writer:
        new = await importing.request_repair(
            writer, visit.actor, number, signature, asked.get("with"), fits=request.app.state.repairs.demand
        )
    return rendering.go_to(request, f"{LIST}/{new}")


def _attachment(content: AsyncIterator[bytes], name: str, kind: str) -> Stream:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Stream(content, media_type=kind, headers=headers)


def _example(originals: Any, kind: Row) -> bytes:
    """The value that was refused in the example, or how the record begins."""
    raw = bytes(kind["example"] or b"")
    header = (kind["understood"].get("columns") or {}).get(kind["column_name"])
    found: bytes = originals.table(kind).values(raw).get(header, b"") if header else raw
    return found


def _number(text: str, largest: int = LARGEST_ID) -> int | None:
    """A number of a row; None for what is none."""
    is_one = text.isascii() and text.isdigit() and len(text) <= len(str(largest))
    return int(text) if is_one and 0 < int(text) <= largest else None


def _place(text: str) -> importing.Place | None:
    parts = text.split(".")
    if len(parts) == 3 and all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):  # noqa: PLR2004
        file, offset, number = (int(part) for part in parts)
        return (file, offset, number) if file <= LARGEST_ID else None
    return None


handlers = [download, original, repair]
