"""Load tests as people read them: what was asked for, whether it held, its course, and two of them side by side."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from admin_ui import charts, formats, words
from admin_ui.charts import Chart
from admin_ui.words import Word
from backend.domain.load_tests import NEAR
from backend.store.database import Row

LIST = "/console/system/load-tests"
HALF = 4  # labels under a chart that has half the page
MATTERS = 0.1  # a time that differs by less, or by less than a millisecond, is told without a sign
FEW = 100  # requests: of fewer a p95 says too little to be compared
TIMES = ("p50", "p95", "p99")
# A threshold's name on a page, and what its limit is.
NAMES = {"errors": "Errors", "rate": "Requests/s", **{name: name for name in TIMES}}
BOUNDS = {"errors": "under", "rate": "at least"}


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of both tests as it is written, and how the first differs; empty where it does not."""

    name: str
    one: str
    other: str
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """One kind of request in both: a row each, None where a test had none.

    `differs` is by how much the p95 does, as a share; None where there were too few to say.
    """

    name: str
    one: Mapping[str, Any] | None
    other: Mapping[str, Any] | None
    differs: float | None
    slower: bool
    quicker: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """The latest tests and the live figures, a line a measure: its name, its values from left to right, its target."""

    tests: list[Row]
    title: str
    lines: list[tuple[str, list[str], str]]


def beside(tests: list[Row], live: Mapping[str, float | None]) -> Beside:
    """What stands on the system's page (system_load_tests.html).

    `live` has what is measured now: rate (requests/s), errors (a share), p50, p95 and p99 (ms).
    """
    lines = []
    for name in ("rate", "errors", *TIMES):
        limit = threshold(tests[0], name) if tests else None
        values = [measure(name, live[name])]
        values += [failed(test) if name == "errors" else measure(name, test[name]) for test in tests]
        lines.append((NAMES[name], values, bound(name, limit["limit"]) if limit else ""))
    return Beside(tests, asked(tests[0]) if tests else "", lines)


def state(test: Row) -> Word:
    """Whether it held."""
    if test["partial"]:
        return words.LOAD_TEST["partial"]
    return words.LOAD_TEST["held" if test["held"] else "missed"]


def title(test: Row) -> str:
    """What it came to, in a line."""
    rate = f"at {test['rate']:,.0f} requests/s"
    if test["partial"]:
        return f"Broken off {rate}"
    if test["held"]:
        return f"Every threshold held {rate}"
    missed = [NAMES[each["name"]] for each in test["thresholds"] if not each["held"]]
    return f"Missed {rate}: {' and '.join(missed) or 'nothing was asked'}"


def asked(test: Row) -> str:
    """What was asked for: steady, 40 users, 200 requests/s for 30 s."""
    options = test["options"]
    pace = f", {options['rate']:,.0f} requests/s" if options.get("rate") else ""
    return f"{words.SHAPES[test['shape']]}, {options['users']:,} users{pace} for {_long(options['seconds'])}"


def ms(value: float | None) -> str:
    """17 ms; a decimal below ten; a dash where nothing was measured."""
    if value is None:
        return "—"
    return f"{value:.1f} ms" if value < 10 else f"{value:,.0f} ms"  # noqa: PLR2004 -- below it the tenths matter


def rate(value: float | None) -> str:
    """812; a decimal below ten."""
    if value is None:
        return "—"
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"  # noqa: PLR2004 -- the same


def measure(name: str, value: float | None) -> str:
    """A value of a threshold, with its unit."""
    if name == "errors":
        return "—" if value is None else percent(value)
    return rate(value) if name == "rate" else ms(value)


def percent(value: float) -> str:
    """A share: 0.02 %."""
    return f"{100 * value:.2f} %"


def failed(row: Mapping[str, Any]) -> str:
    """The share of the requests that failed."""
    return formats.share(row["errors"], row["requests"])


def bound(name: str, limit: float) -> str:
    """What a threshold asks for, beside a figure: up to 100 ms."""
    return f"{BOUNDS.get(name, 'up to')} {measure(name, limit)}"


def threshold(test: Row, name: str) -> Mapping[str, Any] | None:
    """The threshold of this name, where the test had it."""
    return next((each for each in test["thresholds"] if each["name"] == name), None)


def of_ceiling(test: Row) -> float | None:
    """The share of what the tool can do by itself that was asked of the service; None where it was not measured."""
    return test["rate"] / test["ceiling"] if test["ceiling"] else None


def was_near(test: Row) -> bool:
    """Whether the times may be the tool's own."""
    return (of_ceiling(test) or 0.0) >= NEAR


def rates(test: Row) -> Chart:
    """Requests a second, ten seconds a column: those answered well under those that failed."""
    rows = []
    for moment in test["course"]:
        failing = math.ceil(moment["errors"] / 10)
        rows.append({**moment, "failed": failing, "good": max(0, round(moment["rate"]) - failing)})
    return charts.columns(rows, {"good": "b2", "failed": "bb"}, label=clock, title=_told, most_labels=HALF)


def times(test: Row) -> Chart:
    """The p95, as a line."""
    rows = [{**moment, "p95": math.ceil(moment["p95"] or 0)} for moment in test["course"]]
    return charts.columns(rows, {}, line="p95", label=clock, title=_told, most_labels=HALF)


def clock(moment: Mapping[str, Any]) -> str:
    """Minutes and seconds since the beginning."""
    minutes, seconds = divmod(moment["at"], 60)
    return f"{minutes}:{seconds:02}"


def unlike(one: Row, other: Row) -> list[str]:
    """What was asked for of one and not of the other: two such tests do not tell the same."""
    first = {"shape": one["shape"], "host": one["host"], **one["options"]}
    second = {"shape": other["shape"], "host": other["host"], **other["options"]}
    return [name for name in first if first[name] != second.get(name)]


def sides(one: Row, other: Row) -> list[Line]:
    """The figures of both, all requests together."""
    return [
        _line("Requests", one["requests"], other["requests"], formats.number),
        _line("Requests/s", one["rate"], other["rate"], rate),
        Line("Errors", failed(one), failed(other)),
        *(_line(name, one[name], other[name], ms) for name in TIMES),
        _line("Tool’s ceiling, requests/s", one["ceiling"], other["ceiling"], rate),
    ]


def pairs(one: Row, other: Row) -> list[Pair]:
    """Each kind of request of either, with its row in both: those whose p95 differs most first."""
    first, second = ({row["name"]: row for row in test["names"]} for test in (one, other))
    made = [_pair(name, first.get(name), second.get(name)) for name in dict.fromkeys((*first, *second))]
    return sorted(made, key=lambda pair: (-abs(pair.differs or 0.0), pair.name))


def _pair(name: str, one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> Pair:
    mine, theirs = (row["p95"] if row else None for row in (one, other))
    fewest = min(row["requests"] if row else 0 for row in (one, other))
    if not mine or not theirs or fewest < FEW:
        return Pair(name, one, other, None, slower=False, quicker=False)
    differs = mine / theirs - 1
    matters = abs(mine - theirs) >= 1
    return Pair(
        name, one, other, differs, slower=matters and differs >= MATTERS, quicker=matters and differs <= -MATTERS
    )


def _line(name: str, one: Any, other: Any, write: Callable[[Any], str]) -> Line:
    difference = ""
    if one is not None and other is not None and write(one) != write(other):
        difference = f"{'+' if one > other else '−'}{write(abs(one - other))}"
    return Line(name, write(one), write(other), difference)


def _long(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else formats.duration(seconds)  # noqa: PLR2004 -- a minute


def _told(moment: Mapping[str, Any]) -> str:
    return f"{clock(moment)}: {rate(moment['rate'])} requests/s, {moment['errors']:,} failed, p95 {ms(moment['p95'])}"
