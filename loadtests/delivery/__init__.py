"""A delivery of any size, as real ones are: quoted, skewed, with as much dirt as asked for, whose truth is known.

The same arguments give the same bytes, and the clean rows of a dirty delivery are those of the clean one. Products and
characteristics come first, as the others' fates hang on theirs.
"""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from etl.sample.faults import cut_off
from etl.sample.truth import BLANK, FileTruth, Ledger, Truth
from etl.sample.values import COLUMNS, Shape
from loadtests.delivery import kept
from loadtests.delivery.files import FILES, Characteristics, File, Photos, Products, Reviews
from loadtests.delivery.plan import REVIEWS, Plan, Variant
from loadtests.delivery.planting import Planting
from loadtests.delivery.shelves import SHELVES
from loadtests.delivery.texts import Texts

__all__ = ["NAMES", "REVIEWS", "Delivery", "write"]

NAMES = tuple(each.name for each in (*FILES, *SHELVES))
_ROWS = 1 << 14  # in a block
_NO_ID = b"999999998"  # of the record that a file breaks off in
_MARK = b"\xef\xbb\xbf"
_BLANK_ROWS = 3_601  # at the end of the products
_BUFFER = 1 << 22


@dataclass(frozen=True, slots=True)
class Delivery:
    """Ten files in a folder. Of a next delivery `new` and `changed` count rows by file; all others are the same."""

    folder: Path
    truth: Truth
    new: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        return sum((self.folder / name).stat().st_size for name in NAMES)

    @property
    def records(self) -> int:
        return sum(file.records for file in self.truth.values())


def write(
    folder: Path,
    *,
    scale: float = 1.0,
    dirt: float = 0.01,
    seed: int = 2026,
    next_one: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Delivery:
    """Write the ten files into `folder` and give their truth; one that is there already, of the same making, is kept.

    `dirt` is the share of spoilt rows in each file, 0 for none. `next_one` makes the delivery that follows: the same
    with 1 % of the reviews changed, a few new and a few missing. Scale 1 is the full set: 58 million rows.
    """
    stamp = kept.stamp(scale=scale, dirt=dirt, seed=seed, next_one=next_one)
    if (found := kept.load(folder, stamp)) is not None:
        return Delivery(folder, *found)
    tell(f"Writing {folder.name}: scale {scale:g}, {dirt:.0%} dirt")
    kept.forget(folder)
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    plan, texts = Plan(Variant(scale, seed, next_one)), Texts(seed)
    written = Delivery(folder, {})
    of: dict[str, Planting] = {}
    for kind in (*FILES, *SHELVES):
        file = kind(plan, texts)
        of[file.format] = Planting(file, dirt, of)
        with (folder / file.name).open("wb", buffering=_BUFFER) as out:
            truth = written.truth[file.name] = FileTruth()
            _write(file, of, Ledger(truth, out.write), written, dirty=dirt > 0)
    kept.save(folder, stamp, written.truth, written.new, written.changed)
    return written


def _write(file: File, of: dict[str, Planting], ledger: Ledger, written: Delivery, *, dirty: bool) -> None:
    plan, planting, out = file.plan, of[file.format], np.empty(0, np.uint8)
    new = changes = 0
    ledger.head(_MARK + file.header.upper() if dirty and isinstance(file, Characteristics) else file.header)
    for first in range(0, file.rows, _ROWS):
        rows = np.arange(first, min(first + _ROWS, file.rows))
        chosen, choose, dice = (
            np.random.default_rng([plan.variant.seed, number, len(file.header), first]) for number in (2, 3, 4)
        )
        spoilt, there = planting.dirty(rows, choose), file.written(rows)
        changed = np.zeros(len(rows), bool)
        if plan.variant.next:
            new += int((file.new(rows) & (planting.orphaned(rows) == 0)).sum())
            changed = plan.changed[rows] & ~spoilt & ~file.new(rows) if isinstance(file, Reviews) else changed
            changes += int((changed & there).sum())
        if not there.any():
            continue  # all of them are of the delivery that follows
        parts = file.parts(rows, chosen, changed)
        out, ends = file.layout.rows(file.texts.pool, parts[there], out)
        block = out[: int(ends[-1])].data
        if first == 0:
            last = bytes(block[: int(ends[0])])
        chances = dice.random((len(rows), 2))[there]
        planting.write(ledger, block, ends, rows[there], spoilt[there], chances)
    written.new[file.name], written.changed[file.name] = new, changes
    if dirty and isinstance(file, Products):
        ledger.plant([(b"," * (len(COLUMNS[file.format]) - 1) + b"\r\n", BLANK)] * _BLANK_ROWS)
    elif dirty and isinstance(file, Reviews | Photos):
        ledger.plant([cut_off(file.format, {**planting.fields(last), "id": _NO_ID}, Shape(COLUMNS[file.format]))])
