"""A glance at a file: how it would be read, and what the rules say of its first records. Nothing is written.

It is for a person who decides whether a file is read as it was meant. Relations and what is stored are not looked at.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from etl.clean import Cleaner, Refusal
from etl.formats import NotOursError, NotUnderstoodError, Understood, by_name
from etl.guard import bare
from etl.opening import Head, Opening, head_of, header_of
from etl.parts import Opener
from etl.records import Fault, Record, unquoted
from etl.sources import BrokenError, Object, ReplacedError

RECORDS = 1_000  # of each file that go through the rules
SHOWN = 20
_BLOCK = 1 << 18  # bytes asked for at once: of a large file no more than its beginning is wanted
_LONGEST = 160  # letters of a value that are shown


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it stands in the file, and why the rules would refuse it; a constant stands in no file."""

    text: str
    refused: str | None = None
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Glance:
    """What a file's beginning says of it.

    `refusal` says why it is not read; `ours` is False where it is skipped for that, and True where it stops the run.
    `meant` is the format that it has, or that its name speaks for. `rows` are the first records by the format's
    columns, `records` how many were looked at, `refused` how many of those the rules would refuse, and `reasons` why:
    reason, column and count, the most frequent first. `whole` says that these are all its records.
    """

    object: Object
    header: tuple[str, ...] = ()
    meant: str = ""
    understood: Understood | None = None
    refusal: str = ""
    ours: bool = True
    rows: list[list[Cell]] = field(default_factory=list)
    records: int = 0
    refused: int = 0
    whole: bool = False
    reasons: list[tuple[str, str, int]] = field(default_factory=list)


def glance(opener: Opener, each: Object) -> Glance:
    """Look at the beginning of a file."""
    try:
        head = head_of(opener.sources, each, _BLOCK)
    except NotOursError as error:
        return Glance(each, refusal=str(error), ours=False)
    except (NotUnderstoodError, BrokenError, ReplacedError) as error:
        return Glance(each, refusal=str(error))
    header, by_its_name = tuple(header_of(head)), by_name(each.name)
    meant = by_its_name.name if by_its_name else ""
    try:
        opening = opener.open_head(head, each)
    except NotOursError as error:
        return Glance(each, header, meant, refusal=str(error), ours=False)
    except NotUnderstoodError as error:
        return Glance(each, header, meant, refusal=str(error))
    return _of_records(each, head, opening)


def _of_records(each: Object, head: Head, opening: Opening) -> Glance:
    understood = opening.understood
    cutter = opening.cutter()
    cleaner, reasons = Cleaner(understood), Counter[tuple[str, str]]()
    rows: list[list[Cell]] = []
    records = refused = 0
    pieces = cutter.feed(head.data[opening.offset :], final=head.whole)
    for piece in islice(pieces, RECORDS):
        records += 1
        why = _why(cleaner, piece)
        refused += bool(why)
        reasons.update((reason, column) for column, reason in why.items())
        if isinstance(piece, Record) and len(rows) < SHOWN:
            rows.append(_row(understood, piece.fields, why))
    return Glance(
        each,
        understood.header,
        understood.format.name,
        understood,
        rows=rows,
        records=records,
        refused=refused,
        whole=head.whole and next(pieces, None) is None,
        reasons=[(*kind, count) for kind, count in reasons.most_common()],
    )


def _why(cleaner: Cleaner, piece: Record | Fault) -> dict[str, str]:
    """Why the rules would refuse a record, by column; empty where they take it."""
    if isinstance(piece, Fault):
        return {"": piece.reason}
    outcome = cleaner.clean(piece.fields)
    return dict(zip(outcome.columns, outcome.reasons, strict=True)) if isinstance(outcome, Refusal) else {}


def _row(understood: Understood, fields: Sequence[bytes], why: dict[str, str]) -> list[Cell]:
    cells = []
    for name, position in zip(understood.format.column_names, understood.positions, strict=True):
        raw = unquoted(fields[position] if position >= 0 else understood.constants[name])
        text = (bare(raw) if understood.mended else raw).decode(understood.encoding, "replace")
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        cells.append(Cell(shown, why.get(name), constant=position < 0))
    return cells
