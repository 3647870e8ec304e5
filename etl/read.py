"""Reading a file from its first byte to its last: understood, cut, cleaned, staged; every record accounted for."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from psycopg import Connection

from etl import tally
from etl.clean import Cleaner, Refusal
from etl.compiled import ready
from etl.encode import Encoder, Rows
from etl.forms import FormsOf
from etl.opening import Opening
from etl.quality import Quality
from etl.records import Fault, Record
from etl.rejects import Reject, for_one, for_values
from etl.seen import Seen
from etl.shapes import shape_of_fault
from etl.sources import Object, Sources
from etl.tally import Tally
from etl.write import Sink, Writer

if TYPE_CHECKING:
    from etl.compiled.ahead import Ahead


def read_file(
    db: Connection[Any],
    sources: Sources,
    each: Object,
    file_id: int,
    opening: Opening,
    seen: Seen,
    sink: Sink,
    on_block: Callable[[Tally], None],
) -> Tally:
    """Give a file's clean rows to `sink` and keep its rejects.

    `on_block` may raise to stop.
    """
    reading, quality = FileReading(opening, file_id, seen), Quality(opening.understood.format)

    def measured(rows: memoryview) -> None:
        quality.add(rows)
        sink(rows)

    with Writer(db, file_id, measured) as writer:

        def hand_over(refused: list[Reject]) -> None:
            writer.write(rows, refused, reading.tally.copy())
            on_block(reading.tally)

        for block in sources.blocks(each, on_read=reading.on_read):
            rows = writer.empty_rows()
            hand_over(reading.read(block, rows))
        rows = writer.empty_rows()
        hand_over(reading.read(b"", rows, final=True))
    tally.save_quality(db, file_id, quality.told())
    db.commit()
    return reading.tally


class FileReading:
    """One file being read: blocks go in, rows and rejects come out, and every byte is accounted for.

    The compiled pass takes rows as soon as it is there; the plain pass takes a step wherever that stops.
    Both write to the same rows and remember ids in the same place, so that it does not matter who took which.
    """

    def __init__(self, opening: Opening, file_id: int, seen: Seen, *, plain: bool = False) -> None:
        self.tally = Tally(headers=int(opening.headed), header_bytes=opening.offset - opening.blank_bytes)
        self._opening = opening
        self._file_id = file_id
        self._seen = seen
        self._plain = plain or not opening.understood.usual
        self._ahead: Ahead | None = None
        self._skip = opening.offset
        understood = opening.understood
        self._cleaner = Cleaner(understood)
        self._cutter = opening.cutter()
        self._encoder = Encoder(understood.format, file_id)
        self._forms = FormsOf(understood)

    def on_read(self, stored: int) -> None:
        """Note how many stored bytes were used up."""
        self.tally.bytes_read = stored

    def read(self, block: bytes, rows: Rows, *, final: bool = False) -> list[Reject]:
        """Read a block into `rows`; what was refused. The last call says `final`, and may bring no bytes."""
        if self._ahead is None and not self._plain:
            self._ahead = ready.ahead(self._opening.understood, self._file_id, self._seen)
        tally, ahead = self.tally, self._ahead
        tally.all_bytes += len(block)
        beyond = block[self._skip :] if self._skip else block
        self._skip = max(0, self._skip - len(block))
        pieces = self._cutter.feed(beyond, final=final, ahead=partial(ahead.take, out=rows) if ahead else None)
        refused: list[Reject] = ahead.refused if ahead else []
        # What the compiled pass refuses meanwhile comes in between.
        for piece in pieces:
            if reject := self._take(piece, rows):
                refused.append(reject)  # noqa: PERF401 - the list grows meanwhile
        if ahead is not None:
            ahead.settle(tally)
            ahead.refused = []
        refused.sort()
        tally.rejected += len(refused)
        tally.blank = self._opening.blank + self._cutter.blank
        tally.blank_bytes = self._opening.blank_bytes + self._cutter.blank_bytes
        return refused

    def _take(self, piece: Record | Fault, rows: Rows) -> Reject | None:
        tally = self.tally
        tally.records += 1
        tally.record_bytes += piece.length
        if isinstance(piece, Fault):
            shape = shape_of_fault(piece.reason, piece.raw, self._cutter.columns)
            return Reject(piece.offset, piece.length, piece.line, for_one(piece.reason, "", shape), piece.raw)
        row = self._cleaner.clean(piece.fields)
        if isinstance(row, Refusal):
            why = for_values(row.reasons, row.columns, row.values)
            return Reject(piece.offset, piece.length, piece.line, why, piece.raw)
        key = row.values[0]
        assert isinstance(key, int)
        if not self._seen.add(key):
            tally.duplicates += 1
            return None
        if row.repairs:
            tally.repaired += 1
            tally.repairs.update(set(row.repairs))
        self._forms.count(piece.fields, tally.forms)
        rows.add(self._encoder.row((piece.offset, piece.line, piece.length), row.values, row.repairs))
        return None
