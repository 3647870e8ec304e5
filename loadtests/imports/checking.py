"""Whether a run's report is the truth: every planted record found where it stands, for its reasons, and no other."""

import mmap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg

from etl.records import KEPT_BYTES
from etl.sample.truth import Outcome, Planted
from etl.steps import STEPS
from loadtests.delivery import Delivery

REPAIRS = frozenset(step.name for step in STEPS if step.does in ("repair", "warn"))
# Orphans of an earlier delivery that are taken up now have files of their own, of which this one's truth knows nothing.
_DELIVERED = "select id, name from import_file where run_id = %s and not understood ? 'orphans'"
_REJECTS = """
select byte_offset, byte_length, line, reasons, "columns", raw
from import_rejected where file_id = %s order by byte_offset
"""
# Joined: looked for in an array, each review would be compared with thousands of places.
_TAKEN = (
    "select source_offset, source_length, source_line from review"
    " join unnest(%s::bigint[]) as planted (source_offset) using (source_offset) where source_file = %s"
)
_AT_ONCE = 20_000
Db = psycopg.Connection[Any]


@dataclass(slots=True)
class Found:
    """How the planted records of a run compare: `wrong` stand where they should, but not as they should."""

    planted: int = 0
    missing: int = 0
    wrong: int = 0
    too_many: int = 0
    miscounted: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.missing or self.wrong or self.too_many or self.miscounted)

    def __str__(self) -> str:
        told = (
            f"{self.planted:,} planted records, {self.missing:,} missing, {self.wrong:,} wrong,"
            f" {self.too_many:,} too many"
        )
        return "; ".join((told, *self.miscounted))


def compare(db: Db, run_id: int, delivery: Delivery, *, first: bool = True) -> Found:
    """Hold a run against its delivery's truth. Only a `first` delivery's reviews tell where they came from."""
    found = Found()
    files = db.execute(_DELIVERED, (run_id,)).fetchall()
    if len(files) != len(delivery.truth):
        found.miscounted.append(f"{len(files)} files instead of {len(delivery.truth)}")
    for file_id, name in files:
        stem = name.removesuffix(".gz")
        truth = delivery.truth[stem]
        _counts(db, file_id, stem, delivery, found, first=first)
        _rejects(db, file_id, delivery.folder / stem, truth.rejects, found)
        if first and stem == "reviews.csv":
            _reviews(db, file_id, [each for each in truth.planted if each.fate.outcome is Outcome.TAKEN], found)
    return found


def _counts(db: Db, file_id: int, name: str, delivery: Delivery, found: Found, *, first: bool) -> None:
    truth = delivery.truth[name]
    row = db.execute(
        "select records, duplicates, rejected, repaired, blank, headers, inserted, updated, unchanged, repairs"
        " from import_file where id = %s",
        (file_id,),
    ).fetchone()
    assert row is not None
    *counted, repairs = row
    new = truth.taken if first else delivery.new.get(name, 0)
    changed = 0 if first else delivery.changed.get(name, 0)
    names = ("records", "duplicates", "rejected", "repaired", "blank", "headers", "inserted", "updated", "unchanged")
    expected = (
        *(truth.records, truth.duplicates, truth.rejected.total(), truth.repaired_records, truth.blank, 1),
        *(new, changed, truth.taken - new - changed),
    )
    for what, is_, should in zip(names, counted, expected, strict=True):
        if is_ != should:
            found.miscounted.append(f"{name}: {is_:,} {what} instead of {should:,}")
    repaired = Counter({rule: count for rule, count in repairs.items() if rule in REPAIRS})
    if repaired != truth.repaired:
        found.miscounted.append(f"{name}: repairs {dict(repaired)} instead of {dict(truth.repaired)}")


def _rejects(db: Db, file_id: int, path: Path, planted: Iterable[Planted], found: Found) -> None:
    with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:

        def told() -> Iterator[tuple[int, tuple[object, ...]]]:
            for each in planted:
                raw = data[each.offset : each.offset + min(each.length, KEPT_BYTES)]
                yield each.offset, (each.length, each.line, each.fate.reasons, each.fate.columns, raw)

        with db.transaction(), db.cursor("rejects") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(_REJECTS, (file_id,), binary=True)
            kept = (
                (offset, (length, line, tuple(reasons), tuple(columns), raw))
                for offset, length, line, reasons, columns, raw in cursor
            )
            _merge(told(), kept, found)


def _merge(
    told: Iterator[tuple[int, tuple[object, ...]]], kept: Iterator[tuple[int, tuple[object, ...]]], found: Found
) -> None:
    """Two lists in ascending order of offset, side by side."""
    end: Iterator[tuple[int, tuple[object, ...]]] = iter([(1 << 62, ())])
    told, kept = chain(told, end), chain(kept, [(1 << 62, ())])
    should, is_ = next(told), next(kept)
    while should[0] != 1 << 62 or is_[0] != 1 << 62:
        if should[0] < is_[0]:
            found.planted += 1
            found.missing += 1
            should = next(told)
        elif should[0] > is_[0]:
            found.too_many += 1
            is_ = next(kept)
        else:
            found.planted += 1
            found.wrong += should[1] != is_[1]
            should, is_ = next(told), next(kept)


def _reviews(db: Db, file_id: int, taken: list[Planted], found: Found) -> None:
    """What was repaired, or came in another form, is there with the place it came from."""
    for at in range(0, len(taken), _AT_ONCE):
        some = taken[at : at + _AT_ONCE]
        rows = db.execute(_TAKEN, ([each.offset for each in some], file_id)).fetchall()
        places = {offset: (length, line) for offset, length, line in rows}
        for each in some:
            found.planted += 1
            place = places.get(each.offset)
            found.missing += place is None
            found.wrong += place is not None and place != (each.length, each.line)
