"""The bench's figures, each beside its limits and its bars: as a table, and as JSON for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from loadtests.api.bench import Held, Result
from loadtests.api.cases import MB, Bar, title
from loadtests.spread import Spread

_WIDTH = 190  # of the table, where the terminal is narrower or is none
_UNITS = {"p99": "p99 ms", "errors": "errors", "memory": "MB of an instance", "growth": "growth of its memory"}


@dataclass(frozen=True, slots=True)
class Report:
    """One run. `wrong` says what was not as it must be; `checked` answers were read whole."""

    machine: dict[str, Any]
    scale: float
    pairs: int
    seconds: float
    settings: dict[str, str]
    results: list[Result]
    checked: int
    wrong: list[str]
    left_out: list[str] = field(default_factory=list)


def save(report: Report, path: Path) -> None:
    """As JSON; each case with whether it holds."""
    told = asdict(report)
    for case, result in zip(told["results"], report.results, strict=True):
        case["holds"] = result.holds
        for held, each in zip(case["held"], result.held, strict=True):
            held["holds"] = each.holds
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def screen(report: Report) -> None:
    """As a table: a row for each thing that a case stands beside."""
    table = Table(box=None, pad_edge=False)
    for name in ("case", "/s (lowest to highest)", "p50", "p90", "p99 ms", "errors", "app", "nginx", "pg µs", "MB"):
        table.add_column(name, justify="left" if name == "case" else "right")
    for name in ("beside", "/s", "ratio (lowest to highest)", "bar", "aim", "holds"):
        table.add_column(name, justify="left" if name == "beside" else "right")
    for result in report.results:
        for first, row in zip((_case(result), *[[""] * 10] * len(result.held)), _held(result), strict=False):
            table.add_row(*first, *row)
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)
    machine = report.machine
    print(
        f"Medians of {report.pairs} rounds of {report.seconds:g} s at scale {report.scale:g}, lowest and highest;"
        f" {machine['cores']} cores carry Postgres, Nginx, the application and the load: {machine['cpu']},"
        f" {machine['memory'] / 1e9:.0f} GB, {machine['kernel']}, commit {machine['commit']}."
    )
    print(f"app, nginx, pg: microseconds of CPU an answer. {_listed('Versions', machine['versions'])}.")
    print(f"{_listed('Postgres', report.settings)}. {report.checked:,} answers were read whole.")
    for name in report.left_out:
        print(f"Not measured: {name}")
    for failure in report.wrong:
        print(f"NOT AS IT MUST BE  {failure}")


def _case(result: Result) -> list[str]:
    return [
        result.title,
        spread(result.rate, 0),
        *(f"{each.median:.1f}" if each else "" for each in (result.p50, result.p90, result.p99)),
        f"{result.errors:,}",
        *(f"{result.cpu[part]:,.0f}" if part in result.cpu else "" for part in ("instances", "nginx", "postgres")),
        f"{result.memory / MB:,.0f}" if result.memory else "",
    ]


def _held(result: Result) -> Iterator[list[str]]:
    for held in result.held:
        yield [_beside(held), f"{held.limit.median:,.0f}" if held.limit and held.bar.of == "rate" else "", *_bar(held)]
    if not result.held:
        yield [""] * 6


def _beside(held: Held) -> str:
    if not held.bar.limit:
        return _UNITS[held.bar.of]
    return title(held.bar.limit) + (", CPU of a request" if held.bar.of == "cpu" else "")


def _bar(held: Held) -> list[str]:
    holds = ("yes" if held.holds else "NO") if held.bar.demands else ""
    digits = 3 if held.bar.limit or held.bar.of == "growth" else 1
    return [spread(held.value, digits), demand(held.bar), f"{held.bar.aim:g}" if held.bar.aim else "", holds]


def demand(bar: Bar) -> str:
    """What a bar demands, in signs."""
    if bar.least is not None:
        return f">= {bar.least:g}"
    return f"<= {bar.most:g}" if bar.most is not None else ""


def spread(told: Spread, digits: int) -> str:
    """The median, with the lowest and the highest."""
    return f"{told.median:,.{digits}f} ({told.low:,.{digits}f} to {told.high:,.{digits}f})"


def _listed(what: str, told: dict[str, str]) -> str:
    return f"{what}: {', '.join(f'{name} {value}' for name, value in told.items())}"
