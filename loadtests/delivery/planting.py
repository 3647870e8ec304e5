"""Dirt between the rows of a delivery: the kinds that the sample and the tests know, and broken relations."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from etl.sample.faults import FAULTS
from etl.sample.truth import Fate, Ledger, Outcome, Piece
from etl.sample.values import COLUMNS, VALUES, Fields, Shape, spoiled
from loadtests.delivery.assemble import Array
from loadtests.delivery.files import Characteristics, File, Products, Ratings, Reviews
from loadtests.delivery.shelves import Related, Styles

FAULTY = 0.05  # of the dirty rows: their structure is broken
TORN = 0.25  # of the dirty rows that belong to others: what they belong to is not there, or not theirs
NOWHERE = b"900000000"  # an id that nothing has
_FIELD = re.compile(rb'("(?:[^"]|"")*"|[^",\n]*)[,\n]')
OF_ANOTHER = Fate(Outcome.REJECTED, ("other_product",), ("characteristic_id",))
ITSELF = Fate(Outcome.REJECTED, ("itself",), ("related_product_id",))
SAME_NAME = Fate(Outcome.REJECTED, ("duplicate_name",), ("name",))
SHOUTED = Fate(Outcome.TAKEN, repairs=("name",))
T = TypeVar("T")
Torn = Callable[[Fields, Shape, int], list[Piece]]


class Planting:
    """Plants one file's dirt. `taken` tells afterwards which of the rows that others belong to are there."""

    def __init__(self, file: File, share: float, of: dict[str, "Planting"]) -> None:
        self._file = file
        self._share = share
        self._of = of
        self._shape = Shape(COLUMNS[file.format])
        self._torn: tuple[Torn, ...] = tuple(partial(self._without, columns) for columns in file.torn)
        if isinstance(file, Characteristics):
            self._torn = (self._shouted, self._same_name)
        elif isinstance(file, Ratings):
            self._torn = (*self._torn, self._of_another)
        elif isinstance(file, Related):
            self._torn = (*self._torn, self._itself)
        is_parent = isinstance(file, Products | Characteristics | Reviews | Styles)
        self.taken: Array = np.ones(file.rows if is_parent else 0, bool)

    def dirty(self, rows: Array, random: np.random.Generator) -> Array:
        """Which of a block's rows are spoilt: none that is new, and none that is orphaned by another's fate."""
        if not self._share:
            return np.zeros(len(rows), bool)
        chosen: Array = random.random(len(rows)) < self._share
        chosen &= (self.orphaned(rows) == 0) & ~self._file.new(rows)
        return chosen

    def orphaned(self, rows: Array) -> Array:
        """1 for a row whose first parent was not taken, 2 for one whose second was not, 3 for both; else 0."""
        orphaned = np.zeros(len(rows), np.int64)
        if self._share:
            for place, (column, fmt) in enumerate(self._file.parents):
                orphaned += (1 << place) * ~self._of[fmt].taken[self._file.parent(rows, column)]
        return orphaned

    def write(self, ledger: Ledger, block: memoryview, ends: Array, rows: Array, dirty: Array, dice: Array) -> None:
        """Write a block of rows; the dirty ones and the orphaned ones are planted. `dice` has two chances a row."""
        orphaned = self.orphaned(rows)
        at = begun = 0
        for index in np.flatnonzero(dirty | (orphaned > 0)).tolist():
            start, end = int(ends[index - 1]) if index else 0, int(ends[index])
            if start > at:
                ledger.rows(bytes(block[at:start]), index - begun)
            at, begun = end, index + 1
            row, line = int(rows[index]), bytes(block[start:end])
            if orphaned[index]:
                lost = [column for place, (column, _) in enumerate(self._file.parents) if orphaned[index] >> place & 1]
                taken = ledger.plant(((line, _orphan(lost)),))
            else:
                taken = ledger.plant(self._pieces(line, row, dice[index].tolist()))
            if len(self.taken):
                self.taken[row] = taken
        if len(rows) > begun:
            ledger.rows(bytes(block[at : int(ends[-1])]), len(rows) - begun)

    def fields(self, line: bytes) -> Fields:
        """The fields of a clean row."""
        return dict(zip(COLUMNS[self._file.format], _FIELD.findall(line), strict=True))

    def _pieces(self, line: bytes, row: int, dice: list[float]) -> list[Piece]:
        fields, (kind, which) = self.fields(line), dice
        if kind < FAULTY:
            return _one(FAULTS[self._file.format], which)(fields, self._shape)
        if self._torn and kind < FAULTY + TORN:
            return _one(self._torn, which)(fields, self._shape, row)
        value = _one(VALUES[self._file.format], which)
        return [spoiled(self._file.format, fields, self._shape, (value,))]

    def _shouted(self, fields: Fields, shape: Shape, _row: int) -> list[Piece]:
        return [(shape.line({**fields, "name": fields["name"].upper()}), SHOUTED)]

    def _same_name(self, fields: Fields, shape: Shape, row: int) -> list[Piece]:
        """The name that the product's characteristic before has; that one is delivered first."""
        file = self._file
        assert isinstance(file, Characteristics)
        if row == file.plan.first_trait[file.product_of[row]] or not self.taken[row - 1]:
            return self._shouted(fields, shape, row)
        names = file.texts.traits[int(file.plan.traits[file.product_of[row]])]
        before = names[0] + row - 1 - int(file.plan.first_trait[file.product_of[row]])
        pool = file.texts.pool
        name = pool.bytes[pool.starts[before] : pool.starts[before + 1]].tobytes()
        return [(shape.line({**fields, "name": name}), SAME_NAME)]

    def _without(self, columns: tuple[str, ...], fields: Fields, shape: Shape, _row: int) -> list[Piece]:
        return [(shape.line({**fields, **dict.fromkeys(columns, NOWHERE)}), _orphan(columns))]

    def _itself(self, fields: Fields, shape: Shape, _row: int) -> list[Piece]:
        return [(shape.line({**fields, "related_product_id": fields["current_product_id"]}), ITSELF)]

    def _of_another(self, fields: Fields, shape: Shape, row: int) -> list[Piece]:
        """A characteristic that is there, of the first product or the last."""
        file = self._file
        assert isinstance(file, Ratings)
        taken = self._of["characteristics"].taken
        last = len(taken) - 1
        other = 0 if file.plan.product_of[file.reviews(np.array([row]))[0]] else last
        if not taken[other]:
            return self._without(("characteristic_id",), fields, shape, row)
        return [(shape.line({**fields, "characteristic_id": b"%d" % (other + 1)}), OF_ANOTHER)]


def _orphan(columns: Sequence[str]) -> Fate:
    return Fate(Outcome.REJECTED, ("orphan",) * len(columns), tuple(columns))


def _one(group: tuple[T, ...], chance: float) -> T:
    return group[int(chance * len(group))]
