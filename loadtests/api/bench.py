"""Rounds of measurements: a case, what it is measured beside, the case again. Told are medians over the rounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from loadtests.api import cases
from loadtests.api.cases import MB, Bar, Case
from loadtests.api.measured import Measured
from loadtests.api.measuring import Measuring
from loadtests.api.subjects import Half
from loadtests.spread import Spread

Tell = Callable[[str], None]
Round = dict[str, Measured]


@dataclass(frozen=True, slots=True)
class Held:
    """A case held against a bar: the figure, or its ratio to the limit's, and what the limit reached."""

    bar: Bar
    value: Spread
    limit: Spread | None

    @property
    def holds(self) -> bool:
        return self.bar.holds(self.value.median)


@dataclass(frozen=True, slots=True)
class Result:
    """A case over its rounds. Times in ms, `cpu` in microseconds an answer by who used it, `memory` in bytes."""

    case: str
    title: str
    rate: Spread
    p50: Spread | None
    p90: Spread | None
    p99: Spread | None
    errors: int
    cpu: dict[str, float] = field(default_factory=dict)
    memory: int = 0
    held: tuple[Held, ...] = ()

    @property
    def holds(self) -> bool:
        return all(each.holds for each in self.held)


class Bench:
    """Measures cases, each in `pairs` rounds beside a first one that is thrown away."""

    def __init__(self, measuring: Measuring, pairs: int, tell: Tell) -> None:
        self._measuring = measuring
        self._pairs = pairs
        self._tell = tell

    def run(self, chosen: Mapping[str, Case]) -> list[Result]:
        """All of them, in their order."""
        return [self._case(name, case) for name, case in chosen.items()]

    def _case(self, name: str, case: Case) -> Result:
        if isinstance(case.subject, Half) and not self._measuring.has(case.subject.of):
            self._measure(case.subject.of)
        if case.once:
            return _result(name, case, [{name: self._measure(name, case)}])
        beside = [name, *dict.fromkeys(bar.limit for bar in case.bars if bar.limit)]
        rounds: list[Round] = []
        for number in range(self._pairs + 1):
            self._tell(f"{case.title}: round {number} of {self._pairs}" + ", thrown away" * (number == 0))
            order = beside if number % 2 == 0 else beside[::-1]
            rounds.append({each: self._measure(each, case if each == name else None) for each in order})
        return _result(name, case, rounds[1:])

    def _measure(self, name: str, case: Case | None = None) -> Measured:
        measured = self._measuring.measure(case.subject if case else cases.subject(name))
        self._measuring.reached(name, measured.rate)
        late = f", p99 {measured.p99:.1f} ms" if measured.p99 is not None else ""
        wrong = f", {measured.errors} errors" if measured.errors else ""
        self._tell(f"  {case.title if case else cases.title(name)}: {measured.rate:,.0f}/s{late}{wrong}")
        return measured


def _result(name: str, case: Case, rounds: list[Round]) -> Result:
    own = [each[name] for each in rounds]
    parts = dict.fromkeys(part for each in own for part in each.cpu)
    return Result(
        name,
        case.title,
        Spread.of([each.rate for each in own]),
        _times([each.p50 for each in own]),
        _times([each.p90 for each in own]),
        _times([each.p99 for each in own]),
        errors=sum(each.errors for each in own),
        cpu={part: Spread.of([each.cpu[part] * 1e6 for each in own]).median for part in parts},
        memory=max(each.memory for each in own),
        held=tuple(held for bar in case.bars if (held := _held(bar, name, rounds)) is not None),
    )


def _held(bar: Bar, name: str, rounds: list[Round]) -> Held | None:
    """None where the figure is not known, as memory is not without /proc."""
    own = [_figure(bar.of, each[name]) for each in rounds]
    if not bar.limit:
        known = [each for each in own if each is not None]
        return Held(bar, Spread.of(known), None) if known else None
    limits = [_figure(bar.of, each[bar.limit]) for each in rounds]
    pairs = [(mine, its) for mine, its in zip(own, limits, strict=True) if mine is not None and its]
    if not pairs:
        return None
    return Held(bar, Spread.of([mine / its for mine, its in pairs]), Spread.of([its for _, its in pairs]))


def _figure(of: str, measured: Measured) -> float | None:
    match of:
        case "rate":
            return measured.rate
        case "cpu":
            return sum(measured.cpu.get(part, 0.0) for part in ("instances", "nginx", "postgres")) or None
        case "memory":
            return measured.memory / MB or None
        case "errors":
            return float(measured.errors)
        case "growth":
            return measured.growth
    return measured.p99


def _times(rounds: list[float | None]) -> Spread | None:
    known = [each for each in rounds if each is not None]
    return Spread.of(known) if known else None
