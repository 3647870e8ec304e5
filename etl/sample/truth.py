"""What a run must say about a generated delivery: the counts of each file, and every planted record by its place."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import overload


class Outcome(StrEnum):
    """How a planted record ends. What is repaired is taken."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Fate:
    """What must become of a record: its outcome, all its reasons beside their columns, its repairs.

    `whole` says that it parses to the full column count with integer keys: after a fault, reading goes on there.
    """

    outcome: Outcome
    reasons: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    whole: bool = True


TAKEN = Fate(Outcome.TAKEN)
DUPLICATE = Fate(Outcome.DUPLICATE)
BLANK = Fate(Outcome.BLANK, whole=False)
FIELDS = Fate(Outcome.REJECTED, ("fields",), ("",), whole=False)
STRUCT = Fate(Outcome.REJECTED, ("struct",), ("",), whole=False)
Piece = tuple[bytes, Fate]


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted record in its file: bytes from `offset`, the physical line it begins on (from 1), its fate."""

    offset: int
    length: int
    line: int
    fate: Fate


class Plantings(Sequence[Planted]):
    """Planted records in the order of the file: 26 bytes each, so that millions of them do no harm."""

    def __init__(self) -> None:
        self.offsets, self.lengths, self.lines = array("q"), array("q"), array("q")
        self.numbers = array("h")  # of each one's fate
        self.fates: list[Fate] = []
        self._known: dict[Fate, int] = {}

    def append(self, offset: int, length: int, line: int, fate: Fate) -> None:
        number = self._known.get(fate)
        if number is None:
            number = self._known[fate] = len(self.fates)
            self.fates.append(fate)
        self.offsets.append(offset)
        self.lengths.append(length)
        self.lines.append(line)
        self.numbers.append(number)

    def lengthen(self, length: int) -> None:
        """The last one goes on for so many bytes more."""
        self.lengths[-1] += length

    @overload
    def __getitem__(self, index: int) -> Planted: ...
    @overload
    def __getitem__(self, index: slice) -> list[Planted]: ...
    def __getitem__(self, index: int | slice) -> Planted | list[Planted]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        return Planted(self.offsets[index], self.lengths[index], self.lines[index], self.fates[self.numbers[index]])

    def __len__(self) -> int:
        return len(self.offsets)

    def __iter__(self) -> Iterator[Planted]:
        for offset, length, line, number in zip(self.offsets, self.lengths, self.lines, self.numbers, strict=True):
            yield Planted(offset, length, line, self.fates[number])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plantings) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(slots=True)
class FileTruth:
    """One file's balance as planted, and each planted record.

    `rejected` counts records by their reasons (a space between several), `repaired` by rule, as a run's report does;
    `repaired_records` are the records with a repair.
    """

    records: int = 0
    duplicates: int = 0
    blank: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    repaired_records: int = 0
    planted: Plantings = field(default_factory=Plantings)

    @property
    def taken(self) -> int:
        """Records that end in the database: inserted by a first delivery, unchanged by the same one again."""
        return self.records - self.duplicates - self.rejected.total()

    @property
    def rejects(self) -> Iterator[Planted]:
        """The planted records that must be found among the rejects, in the order of the file."""
        return (each for each in self.planted if each.fate.outcome is Outcome.REJECTED)

    def count(self, fate: Fate) -> None:
        """Add a record, or a blank line, to the balance."""
        if fate.outcome is Outcome.BLANK:
            self.blank += 1
            return
        self.records += 1
        if fate.outcome is Outcome.REJECTED:
            self.rejected[" ".join(fate.reasons)] += 1
        elif fate.outcome is Outcome.DUPLICATE:
            self.duplicates += 1
        elif fate.repairs:
            self.repaired_records += 1
            self.repaired.update(fate.repairs)


class Ledger:
    """Writes a file piece by piece and keeps the truth about it.

    Where the end of a fault cannot be known it takes with it all that follows, up to the next whole record.
    """

    def __init__(self, truth: FileTruth, write: Callable[[bytes], object]) -> None:
        self.truth = truth
        self.offset = 0
        self.line = 1
        self._write = write
        self._open = False

    def head(self, data: bytes) -> None:
        """What stands before the first record."""
        self._pass(data)

    def rows(self, data: bytes, count: int = 1) -> None:
        """So many whole records that are taken as they are."""
        self._open = False
        self.truth.records += count
        self._pass(data)

    def plant(self, pieces: Iterable[Piece]) -> bool:
        """Write pieces with their fates; whether one of them is taken."""
        taken = False
        for data, fate in pieces:
            if self._open and not fate.whole:
                self.truth.planted.lengthen(len(data))
            else:
                self._open = fate is STRUCT
                self.truth.planted.append(self.offset, len(data), self.line, fate)
                self.truth.count(fate)
                taken = taken or fate.outcome is Outcome.TAKEN
            self._pass(data)
        return taken

    def _pass(self, data: bytes) -> None:
        self._write(data)
        self.offset += len(data)
        self.line += data.count(b"\n")


Truth = dict[str, FileTruth]
