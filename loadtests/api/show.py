"""The bench's figures, each beside its limits and its bars: as a table, and as JSON for programs."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from loadtests.api.bench import Held, Result
from loadtests.api.cases import MB, Bar, title
from loadtests.spread import Spread

_WIDTH = 175  # of the table, where the terminal is narrower or is none
_COLUMNS = (
    *("case", "/s", "p50", "p90", "p99 ms", "errors", "app", "nginx", "pg µs", "MB"),
    *("figure or ratio", "bar", "aim", "holds"),
)
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

    @property
    def failed(self) -> bool:
        """Whether an answer was wrong or was none, whatever its speed."""
        return bool(self.wrong) or any(result.errors for result in self.results)


def save(report: Report, path: Path) -> None:
    """As JSON; each case with whether it holds."""
    told = asdict(report)
    for case, result in zip(told["results"], report.results, strict=True):
        case["holds"] = result.holds
        for held, each in zip(case["held"], result.held, strict=True):
            held["holds"] = each.holds
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def screen(report: Report) -> None:
    """As a table: each case, and below it what it stands beside."""
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name == "case" else "right", no_wrap=True)
    for result in report.results:
        table.add_row(*_case(result))
        for held in result.held:
            table.add_row(*_held(held))
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)
    machine = report.machine
    print(
        f"Medians of {report.pairs} rounds of {report.seconds:g} s at scale {report.scale:g}, lowest and highest;"
        f" {machine['cores']} cores carry Postgres, Nginx, the application and the load: {machine['cpu']},"
        f" {machine['memory'] / 1e9:.0f} GB, {machine['kernel']}, commit {machine['commit']}."
    )
    print(
        "app, nginx, pg: microseconds of CPU an answer; MB: of an instance."
        f" {_listed('Versions', machine['versions'])}."
    )
    print(f"{_listed('Postgres', report.settings)}.")
    print(f"{report.checked:,} answers were read and held against what they must be.")
    for name in report.left_out:
        print(f"Not measured: {name}")
    for failure, count in Counter(report.wrong).items():
        print(f"NOT AS IT MUST BE  {failure}" + (f" ({count} times)" if count > 1 else ""))


def _case(result: Result) -> list[str]:
    return [
        result.title,
        spread(result.rate, 0),
        *(f"{each.median:.1f}" if each else "" for each in (result.p50, result.p90, result.p99)),
        f"{result.errors:,}",
        *(f"{result.cpu[part]:,.0f}" if part in result.cpu else "" for part in ("instances", "nginx", "postgres")),
        f"{result.memory / MB:,.0f}" if result.memory else "",
    ]


def _held(held: Held) -> list[str]:
    bar = held.bar
    beside = f"{title(bar.limit)}{', CPU' * (bar.of == 'cpu')}" if bar.limit else _UNITS[bar.of]
    limit = spread(held.limit, 0) if held.limit and bar.of == "rate" else ""
    digits = 3 if bar.limit or bar.of == "growth" else 1
    holds = ("yes" if held.holds else "NO") if bar.demands else ""
    ratio = [spread(held.value, digits), demand(bar), f"{bar.aim:g}" if bar.aim else "", holds]
    return [f"  / {beside}" if bar.limit else f"  {beside}", limit, *[""] * 8, *ratio]


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
