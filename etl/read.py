"""Reading a file from its first byte to its last: understood, cut, cleaned, staged; every record accounted for."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from etl import rejects
from etl.clean import Cleaner, Refusal
from etl.formats import NotOursError, NotUnderstoodError, Understood, by_name, understand
from etl.records import LONGEST_RECORD, Cut, Cutter, Fault, Record, cut, unquoted
from etl.rejects import Reject
from etl.seen import Seen
from etl.sources import Object, Sources
from etl.stage import Lines

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(slots=True)
class Tally:
    """What became of a file's records while it was read. `bytes_read` counts stored bytes, the others unpacked ones."""

    bytes_read: int = 0
    records: int = 0
    duplicates: int = 0
    rejected: int = 0
    repaired: int = 0
    repairs: Counter[str] = field(default_factory=Counter)
    headers: int = 0
    blank: int = 0
    record_bytes: int = 0
    blank_bytes: int = 0
    header_bytes: int = 0
    all_bytes: int = 0

    @property
    def accounts(self) -> bool:
        """Whether records, header and blank lines together are every byte of the file."""
        return self.record_bytes + self.blank_bytes + self.header_bytes == self.all_bytes


@dataclass(frozen=True, slots=True)
class Opening:
    """How a file begins: what it is, and where its first record stands."""

    understood: Understood
    offset: int
    line: int
    blank: int
    blank_bytes: int


def open_file(sources: Sources, each: Object) -> Opening:
    """Read the header; raise `NotOursError` for none of the five files, `NotUnderstoodError` for a broken one."""
    head = b""
    for block in sources.blocks(each):
        head += block
        if len(head) > LONGEST_RECORD:
            break
    if not head:
        raise NotOursError("It is empty.")
    if head.startswith(_UTF16):
        raise NotUnderstoodError("It is in UTF-16, which is not read: save it as UTF-8.")
    begin = len(_BOM) if head.startswith(_BOM) else 0
    at, blank = begin, 0
    while (end := head.find(b"\n", at)) >= 0 and not head[at:end].strip():
        at, blank = end + 1, blank + 1
    kind, stop, fields = cut(head, at, final=len(head) <= LONGEST_RECORD)
    if kind is not Cut.RECORD:
        if by_name(each.name) is None:
            raise NotOursError("It does not begin with a header of columns.")
        raise NotUnderstoodError("Its header cannot be read: a quote stands in an impossible place.")
    names = [unquoted(field).decode("utf-8", "replace").strip() for field in fields]
    understood = understand(names, each.name)
    understood.notes["encoding"] = "UTF-8 with BOM" if begin else "UTF-8"
    line = 1 + head.count(b"\n", 0, stop)
    return Opening(understood, stop, line, blank, at - begin)


def read_file(
    db: Connection[Any],
    sources: Sources,
    each: Object,
    file_id: int,
    run_id: int,
    opening: Opening,
    seen: Seen,
    on_block: Callable[[Tally], None],
) -> Tally:
    """Stage a file's clean rows and keep its rejects, a block and a commit at a time. `on_block` may raise to stop."""
    fmt = opening.understood.format
    cleaner = Cleaner(opening.understood)
    cutter = Cutter(len(opening.understood.header), opening.understood.keys, offset=opening.offset, line=opening.line)
    lines = Lines(fmt, run_id, file_id)
    tally = Tally(headers=1, header_bytes=opening.offset - opening.blank_bytes)

    def on_read(stored: int) -> None:
        tally.bytes_read = stored

    for pieces in _pieces(sources, each, cutter, opening.offset, tally, on_read):
        refused: list[Reject] = []
        for piece in pieces:
            tally.records += 1
            tally.record_bytes += piece.length
            if isinstance(piece, Fault):
                refused.append(Reject(piece.offset, piece.length, piece.line, [piece.reason], [""], piece.raw))
            elif reject := _take(piece, cleaner, seen, lines, tally):
                refused.append(reject)
        tally.rejected += len(refused)
        tally.blank = opening.blank + cutter.blank
        tally.blank_bytes = opening.blank_bytes + cutter.blank_bytes
        lines.write(db)
        rejects.write(db, file_id, refused)
        save(db, file_id, tally)
        db.commit()
        on_block(tally)
    return tally


def _pieces(
    sources: Sources, each: Object, cutter: Cutter, skip: int, tally: Tally, on_read: Callable[[int], None]
) -> Iterator[Iterator[Record | Fault]]:
    for block in sources.blocks(each, on_read=on_read):
        tally.all_bytes += len(block)
        beyond = block[skip:] if skip else block
        skip = max(0, skip - len(block))
        yield cutter.feed(beyond)
    yield cutter.feed(b"", final=True)


def _take(record: Record, cleaner: Cleaner, seen: Seen, lines: Lines, tally: Tally) -> Reject | None:
    row = cleaner.clean(record.fields)
    if isinstance(row, Refusal):
        return Reject(record.offset, record.length, record.line, row.reasons, row.columns, record.raw)
    key = row.values[0]
    assert isinstance(key, int)
    if not seen.add(key):
        tally.duplicates += 1
        return None
    if row.repairs:
        tally.repaired += 1
        tally.repairs.update(set(row.repairs))
    lines.add((record.offset, record.line, record.length), row.hash, row.values)
    return None


def save(db: Connection[Any], file_id: int, tally: Tally) -> None:
    """Write the tally to the file's row, so that any instance can show how far it is."""
    db.execute(
        """
        update import_file set bytes_read = %s, records = %s, duplicates = %s, rejected = %s, repaired = %s,
            repairs = %s, headers = %s, blank = %s, record_bytes = %s, blank_bytes = %s, header_bytes = %s
        where id = %s
        """,
        (
            tally.bytes_read,
            tally.records,
            tally.duplicates,
            tally.rejected,
            tally.repaired,
            Jsonb(dict(tally.repairs)),
            tally.headers,
            tally.blank,
            tally.record_bytes,
            tally.blank_bytes,
            tally.header_bytes,
            file_id,
        ),
    )
