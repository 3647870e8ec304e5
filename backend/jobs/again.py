"""Rejects of an earlier run tried again with a named repair, in a run of their own: only those rows.

Their bytes were kept, so the delivery is not read again. What was mended goes the usual way: rules, staging, relations,
merge, balance. A row's lineage leads to this run's file, whose object, offset and line are those of the original.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from backend.domain.actors import Actor
from backend.domain.errors import AtelierError, Conflict, Invalid
from backend.jobs.originals import Originals
from backend.jobs.reading import Db, OnBytes, Stop
from backend.services import importing
from backend.store import sql
from backend.store.database import Reader, Row, Writer
from etl import clean, mapping, rejects, remedies, stage, tally
from etl.encode import Encoder, Rows
from etl.formats import NotOursError, NotUnderstoodError, Understood
from etl.opening import understood_again
from etl.rejects import Reject, Why, for_one, for_values
from etl.retry import Retrier
from etl.seen import Seen
from etl.tally import Tally

queries = sql.load("import_rejects")
AT_ONCE = 1_000
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Retry:
    """What a run tries again, as its options hold it: a signature of an earlier run, and the repair's name."""

    run: int
    signature: int
    remedy: str

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Retry | None":
        """None for a run that reads a delivery."""
        said = options.get("again")
        return cls(said["run"], said["signature"], said["with"]) if said else None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a repair would come to: of `tried` records (all there are unless `more`) how many the rules would take.

    `shown` holds what was mended in some of them, before and after; after is None where it could not be.
    """

    tried: int
    taken: int
    more: bool
    shown: list[tuple[bytes, bytes | None]]


def repairs_for(signature: Row) -> list[remedies.Remedy]:
    """The named repairs that fit a signature."""
    return remedies.fitting(signature["reason"], signature["column_name"])


def demand_repair(signature: Row, name: str) -> remedies.Remedy:
    """The repair of this name; raise `Invalid`, with those that fit, where it does not fit the signature."""
    found = remedies.remedy(name, signature["reason"], signature["column_name"])
    if found is None:
        fit = ", ".join(each.name for each in repairs_for(signature)) or "none"
        raise Invalid(f"There is no repair {name[:40]!r} for such rejects. Those that fit: {fit}.")
    return found


async def try_out(
    reader: Reader, actor: Actor, originals: Originals, signature: Row, name: str, *, most: int | None = None
) -> Trial:
    """Count what a repair would come to, over `most` records; nothing is written. Relations are not looked at."""
    retrier = _retrier(signature, demand_repair(signature, name))
    tried = taken = 0
    shown: list[tuple[bytes, bytes | None]] = []
    after = None
    while True:
        count = min(importing.MOST, most - tried) if most is not None else importing.MOST
        page = await importing.rejects_alike(reader, actor, signature, waiting=True, after=after, count=count)
        for _, outcome in await asyncio.to_thread(lambda rows: list(_tried(retrier, originals, rows)), page.rows):
            tried += 1
            if outcome is None:
                continue
            taken += isinstance(outcome.outcome, clean.Row)
            if len(shown) < MOST_SHOWN:
                shown.append((outcome.before, outcome.after))
        after = page.after
        if after is None or tried == most:
            return Trial(tried, taken, after is not None, shown)


def _retrier(file: Row, remedy: remedies.Remedy) -> Retrier:
    """For rejects of a file, whose row has the signature's column too."""
    return Retrier(_understood(file), remedy, file["column_name"])


def _understood(file: Row) -> Understood:
    told = file["understood"]
    if not told.get("header"):
        raise Conflict(f"{file['file_name']} was read before headers were kept: download its rejects and mend them.")
    try:
        return understood_again(told, file["file_name"], mapping.from_options(file["options"]))
    except (NotOursError, NotUnderstoodError) as error:
        raise Conflict(f"{file['file_name']} is no longer understood as it was. {error}") from error


def _tried(retrier: Retrier, originals: Originals, rows: list[Row]) -> Iterator[tuple[Row, Any]]:
    """Each reject with what became of it; None for one whose bytes are no longer all to be had."""
    for row in rows:
        try:
            raw = b"".join(originals.whole(row))
        except AtelierError:
            yield row, None
        else:
            yield row, retrier.try_again(raw)


def _why(refusal: clean.Refusal, shape: str | None) -> Why:
    """Of a record refused again; `shape` is that of the whole record where it could not be cut."""
    if shape is not None:
        return for_one(refusal.reasons[0], refusal.columns[0], shape)
    return for_values(refusal.reasons, refusal.columns, refusal.values)


async def pin(writer: Writer, run_id: int, retry: Retry) -> None:
    """List the one file that the run is about."""
    await writer.execute(queries["try_again"], {"run_id": run_id, "signature": retry.signature})


class Retrying:
    """Stages rejects of an earlier run in place of a delivery."""

    def __init__(self, db: Db, run_id: int, stop: Stop, on_bytes: OnBytes, retry: Retry, originals: Originals) -> None:
        self.db = db
        self.run_id = run_id
        self.stop = stop
        self.on_bytes = on_bytes
        self.retry = retry
        self.originals = originals

    def read_all(self, files: Sequence[Row]) -> None:
        """Try the rejects of the run's files, of which there is one."""
        stage.create(self.db, self.run_id)
        self.db.commit()
        total = sum(file["bytes"] for file in files)
        for file in files:
            self._read(file, total)
            self.db.execute("update import_file set state = 'read' where id = %s", (file["id"],))
            self.db.commit()
        stage.finish(self.db, self.run_id)
        self.db.commit()

    def _read(self, file: Row, total: int) -> None:
        signature = self._one("one_signature", {"signature": self.retry.signature, "run_id": self.retry.run})
        remedy = demand_repair(signature, self.retry.remedy)
        retrier = _retrier(signature, remedy)
        fmt = _understood(signature).format
        encoder, rows, so_far = Encoder(fmt, file["id"]), Rows(), Tally()
        seen = Seen()
        pinned = {name: file[name] for name in ("url", "etag", "bytes")}
        page = {"after_offset": signature["example_offset"], "after_id": 0}
        while found := self._page(signature, page):
            self.stop.heed()
            refused: list[Reject] = []
            for row, outcome in _tried(retrier, self.originals, [{**each, **pinned} for each in found]):
                so_far.records += 1
                so_far.record_bytes += row["byte_length"]
                place = (row["byte_offset"], row["byte_length"], row["line"])
                raw = bytes(row["raw"])
                if outcome is None:
                    refused.append(Reject(*place, Why(tuple(row["reasons"]), tuple(row["columns"])), raw))
                elif isinstance(came_to := outcome.outcome, clean.Refusal):
                    refused.append(Reject(*place, _why(came_to, outcome.shape), raw))
                elif not seen.add(int(str(came_to.values[0]))):
                    so_far.duplicates += 1
                else:
                    so_far.repaired += 1
                    so_far.repairs.update({remedy.name, *came_to.repairs})
                    repairs = [*came_to.repairs, "named"]
                    rows.add(encoder.row((place[0], place[2], place[1]), came_to.values, repairs))
            so_far.rejected += len(refused)
            so_far.bytes_read = file["bytes"] * so_far.records // max(signature["records"], so_far.records)
            if rows.used:
                stage.copy(self.db, fmt, self.run_id, rows.written())
                rows.clear()
            rejects.write(self.db, file["id"], refused)
            tally.save(self.db, file["id"], so_far)
            self.db.commit()
            self.on_bytes(so_far.bytes_read, total)
            page = {"after_offset": found[-1]["byte_offset"], "after_id": found[-1]["id"]}
        so_far.bytes_read = file["bytes"]
        tally.save(self.db, file["id"], so_far)

    def _page(self, signature: Row, page: dict[str, int]) -> list[Row]:
        with self.db.cursor(row_factory=dict_row) as cursor:
            asked = {
                "signature": signature["id"],
                "file_id": signature["file_id"],
                "run_id": signature["run_id"],
                "reason": None,
                "waiting": True,
                "by_run": self.run_id,  # it may have been broken off when it was nearly through
            }
            return cursor.execute(queries[importing.walk_of(signature)], {**asked, **page, "count": AT_ONCE}).fetchall()

    def _one(self, name: str, asked: dict[str, Any]) -> Row:
        with self.db.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(queries[name], asked).fetchone()
        if found is None:
            raise Conflict("The rejects to try again are no longer there.")
        return found
