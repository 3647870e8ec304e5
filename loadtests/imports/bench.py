"""Rounds of measurements in alternating order: the yardstick, and imports of several kinds beside it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from statistics import median

import psycopg

from loadtests import delivery
from loadtests.delivery import Delivery
from loadtests.imports import alone, bucket, checking, packing, runs, yardstick
from loadtests.imports.cases import BARS, CASES, TITLES, Result
from loadtests.imports.place import Place
from loadtests.imports.reading import Reading
from loadtests.imports.runs import Done
from loadtests.spread import Spread

DIRT, MORE_DIRT = 0.01, 0.05
TRUTH_SCALE = 1_000_000 / delivery.REVIEWS
LATER = frozenset({"same", "changed"})  # imports into a filled system
Tell = Callable[[str], None]


@dataclass(slots=True)
class Measured:
    """One round: seconds by case, and the imports among them."""

    seconds: dict[str, float] = field(default_factory=dict)
    imports: dict[str, Done] = field(default_factory=dict)


class Bench:
    """Measures the `cases` at a scale; the first round is thrown away, and is the one in which results are proved."""

    def __init__(self, place: Place, cases: frozenset[str], scale: float, tell: Tell) -> None:
        self._place = place
        self._cases = cases
        self._scale = scale
        self._tell = tell
        self.proofs: dict[str, str] = {}
        self.failed: list[str] = []

    def run(self, rounds: int) -> list[Result]:
        """All cases, `rounds` times beside the first."""
        steps = [
            self._reviews, self._yardstick, self._imports, self._gzip, self._s3, self._more_dirt,
            self._yardstick_of_ten, self._ten,
        ]  # fmt: skip
        measured: list[Measured] = []
        for number in range(rounds + 1):
            self._tell(f"Round {number} of {rounds}" + (", thrown away" if number == 0 else ""))
            measured.append(Measured())
            for step in steps if number % 2 == 0 else steps[::-1]:
                step(measured[-1], proving=number == 0)
        if "truth" in self._cases:
            self._truth()
        return [self._result(case, measured[1:]) for case in CASES if case in self._cases]

    def at_scales(self, scales: tuple[float, ...]) -> list[tuple[float, float, int]]:
        """Imports into an empty system: the scale, rows a second, and the peak of memory, for each scale."""
        found = []
        for scale in (min(scales), *scales):
            given = alone.reviews_of(self._delivery("dirty", scale, dirt=DIRT))
            with self._place.database() as name:
                done = self._import(name, given.folder.as_uri(), f"scale {scale:g}")
            found.append((scale, done.records / done.seconds, done.memory))
        return found[1:]

    def _delivery(self, name: str, scale: float | None = None, *, dirt: float, next_one: bool = False) -> Delivery:
        scale = self._scale if scale is None else scale
        folder = self._place.folder / f"{name}-{scale:g}"
        return delivery.write(folder, scale=scale, dirt=dirt, next_one=next_one, tell=self._tell)

    @property
    def _clean(self) -> Delivery:
        return self._delivery("clean", dirt=0)

    @property
    def _whole(self) -> Delivery:
        return self._delivery("dirty", dirt=DIRT)

    @property
    def _dirty(self) -> Delivery:
        return alone.reviews_of(self._whole)

    def _reviews(self, measured: Measured, *, proving: bool) -> None:  # noqa: ARG002 - nothing to prove
        steps: dict[str, Callable[[], float]] = {
            "copy": lambda: yardstick.copy(self._place, self._clean.folder),
            "read": lambda: Reading(self._place, self._dirty.folder).alone(),
            "load": lambda: Reading(self._place, self._dirty.folder).with_load(),
        }
        for case, step in steps.items():
            if case in self._cases:
                measured.seconds[case] = step()
                self._said(case, measured.seconds[case])

    def _yardstick(self, measured: Measured, *, proving: bool) -> None:  # noqa: ARG002
        self._copied("yardstick", yardstick.OF_REVIEWS, measured)

    def _yardstick_of_ten(self, measured: Measured, *, proving: bool) -> None:  # noqa: ARG002
        self._copied("yardstick-ten", tuple(yardstick.FILES), measured)

    def _copied(self, case: str, tables: Sequence[str], measured: Measured) -> None:
        if case in self._cases:
            parts = yardstick.measure(self._place, self._clean.folder, tables)
            measured.seconds[case] = sum(parts.values())
            self._said(case, measured.seconds[case])

    def _imports(self, measured: Measured, *, proving: bool) -> None:
        if "empty" not in self._cases:
            return
        with self._place.database() as name:
            first = self._dirty
            self._measure("empty", measured, name, first, proving=proving)
            if "same" not in self._cases:
                return
            _touch(first)
            self._measure("same", measured, name, Delivery(first.folder, first.truth), proving=proving)
            if "changed" not in self._cases:
                return
            following = alone.reviews_of(self._delivery("next", dirt=DIRT, next_one=True))
            _touch(following)
            self._measure("changed", measured, name, following, proving=proving)
            if "again" in self._cases:
                self._measure("again", measured, name, following, proving=False)

    def _gzip(self, measured: Measured, *, proving: bool) -> None:
        if "gzip" in self._cases:
            packed = packing.pack(self._whole, alone.NAMES, self._tell)
            with self._place.database() as name:
                self._measure("gzip", measured, name, self._dirty, source=packed.as_uri(), proving=proving)

    def _s3(self, measured: Measured, *, proving: bool) -> None:
        if "s3" in self._cases:
            with self._place.database() as name, bucket.serving(self._dirty.folder) as (source, settings):
                self._measure("s3", measured, name, self._dirty, source=source, proving=proving, **settings)

    def _more_dirt(self, measured: Measured, *, proving: bool) -> None:
        if "dirt" in self._cases:
            with self._place.database() as name:
                given = alone.reviews_of(self._delivery("dirtier", dirt=MORE_DIRT))
                self._measure("dirt", measured, name, given, proving=proving)

    def _ten(self, measured: Measured, *, proving: bool) -> None:
        if "ten" in self._cases:
            with self._place.database() as name:
                self._measure("ten", measured, name, self._whole, proving=proving)

    def _truth(self) -> None:
        """A million reviews, and what belongs to them, 5 % of all rows dirty, once."""
        given = self._delivery("truth", min(self._scale, TRUTH_SCALE), dirt=MORE_DIRT)
        with self._place.database() as name:
            self._prove("truth", name, self._import(name, given.folder.as_uri(), "truth"), given)

    def _measure(
        self,
        case: str,
        measured: Measured,
        database: str,
        given: Delivery,
        *,
        proving: bool,
        source: str | None = None,
        **settings: str,
    ) -> None:
        done = self._import(database, source or given.folder.as_uri(), case, **settings)
        measured.seconds[case], measured.imports[case] = done.seconds, done
        if proving:
            self._prove(case, database, done, given)

    def _import(self, database: str, source: str, what: str, **settings: str) -> Done:
        done = runs.run(self._place, database, source, settings)
        self._said(what, done.seconds)
        return done

    def _prove(self, case: str, database: str, done: Done, given: Delivery) -> None:
        """Hold the run against the truth, and every derived number against the reviews."""
        with psycopg.connect(self._place.server.url(database), autocommit=True) as db:
            found = checking.compare(db, done.run, given, first=case not in LATER)
        drifted = ""
        try:
            runs.atelier(self._place, database, "db", "check")
        except runs.BrokenRunError as error:
            drifted = error.detail
        self.proofs[case] = f"{found}; {drifted or 'db check clean'}"
        if drifted or not found.holds:
            self.failed.append(f"{case}: {self.proofs[case]}")
        self._tell(f"  {case}: {self.proofs[case]}")

    def _said(self, case: str, seconds: float) -> None:
        self._tell(f"  {TITLES.get(case, case)}: {seconds:.2f} s")

    def _result(self, case: str, rounds: list[Measured]) -> Result:
        seconds = [each.seconds[case] for each in rounds]
        bar = BARS.get(case)
        ratio = Spread.of([each.seconds[case] / each.seconds[bar.limit] for each in rounds]) if bar else None
        imports = [each.imports[case] for each in rounds if case in each.imports]
        rows = imports[0].records if imports else self._clean.truth["reviews.csv"].records
        if case == "yardstick":
            rows = alone.reviews_of(self._clean).records
        elif case == "yardstick-ten":
            rows = self._clean.records
        return Result(
            case,
            Spread.of(seconds),
            rows / median(seconds),
            ratio,
            bar,
            max((each.memory for each in imports), default=0),
            _medians([each.stages for each in imports]),
            _medians([each.apart for each in imports]),
        )


def _touch(given: Delivery) -> None:
    """Give the files other ETags."""
    for name in given.truth:
        os.utime(given.folder / name)


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(each.get(name, 0.0) for each in rounds) for name in dict.fromkeys(chain(*rounds))}
