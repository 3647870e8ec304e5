"""A run of the whole: the place, the system, the cases that this code and this scale have, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loadtests.api import cases, machine, system, wrk
from loadtests.api.bench import Bench
from loadtests.api.cases import CASES, Case
from loadtests.api.measuring import Measuring
from loadtests.api.place import SMALL, SMALL_SCALE, Place
from loadtests.api.show import Report
from loadtests.api.subjects import Reads
from loadtests.api.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked for: `only` names cases, none for all; `seconds` are a measurement's, `soak` the steady load's."""

    scale: float
    pairs: int
    seconds: float
    soak: float
    folder: Path | None = None
    grid: bool = False
    only: tuple[str, ...] = ()


def run(plan: Plan, tell: Callable[[str], None]) -> Report:
    """Measure. `Misconfigured` where something that is needed is not here."""
    wrk.demand()
    chosen, left_out = choose(plan, cached=system.caches())
    with Place(plan.scale, plan.folder, tell) as place, System(place) as running:
        measuring = Measuring(place, running, plan.seconds, plan.soak)
        results = Bench(measuring, plan.pairs, tell).run(chosen)
    return Report(
        machine=machine.facts(),
        scale=plan.scale,
        pairs=plan.pairs,
        seconds=plan.seconds,
        settings=place.settings,
        results=results,
        checked=measuring.checked,
        wrong=measuring.wrong,
        left_out=left_out,
    )


def choose(plan: Plan, *, cached: bool) -> tuple[dict[str, Case], list[str]]:
    """The cases to measure, and why others are not."""
    if plan.grid:
        return cases.grid(cached=cached), []
    chosen = {name: CASES[name] for name in CASES if name in (plan.only or CASES)}
    left_out = []
    for name, case in [*chosen.items()]:
        why = ""
        if isinstance(case.subject, Reads) and case.subject.shape.cached and not cached:
            why = "this code's Nginx keeps no answers"
        if plan.scale <= SMALL_SCALE and any(
            isinstance(beside := cases.subject(bar.limit), Reads) and beside.shape.database == SMALL
            for bar in case.bars
            if bar.limit
        ):
            why = f"the data is no larger than at {SMALL_SCALE:g}"
        if why:
            left_out.append(f"{case.title}: {why}")
            del chosen[name]
    return chosen, left_out
