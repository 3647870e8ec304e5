"""Two reports of `atelier bench api` side by side."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from backend.domain.errors import Invalid

_WIDTH = 150
_ALIKE = ("scale", "pairs", "seconds", "settings")


def load(path: Path) -> dict[str, Any]:
    """A report. `Invalid` where the file is none."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict) or not {"machine", "results", *_ALIKE} <= told.keys():
        raise Invalid(f"{path} is no report: write one by `atelier bench api --json FILE`.")
    return told


def screen(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Each case's rate and latest answers, and its ratios to limits: those, unlike rates, outlive another machine."""
    for difference in _differences(first, second):
        print(f"Not alike: {difference}")
    table = Table(box=None, pad_edge=False)
    table.add_column("case")
    for name in ("figure", "first", "second", "second / first"):
        table.add_column(name, justify="right")
    theirs = {each["case"]: _figures(each) for each in second["results"]}
    for case in first["results"]:
        figures, others = _figures(case), theirs.get(case["case"], {})
        named = case["title"]
        for name, value in figures.items():
            if name in others:
                change = f"{others[name] / value:.3f}" if value else ""
                table.add_row(named, name, _number(value), _number(others[name]), change)
                named = ""
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)


def _figures(case: dict[str, Any]) -> dict[str, float]:
    figures = {"answers/s": case["rate"]["median"]}
    if case["p99"]:
        figures["p99 ms"] = case["p99"]["median"]
    for part, spent in case["cpu"].items():
        figures[f"{part} µs"] = spent
    for held in case["held"]:
        bar = held["bar"]
        if bar["limit"]:
            figures[f"{bar['of']} / {bar['limit']}"] = held["value"]["median"]
    return figures


def _differences(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    found = [f"{name}: {first[name]} and {second[name]}" for name in _ALIKE if first[name] != second[name]]
    machines = first["machine"], second["machine"]
    return found + [
        f"{name}: {machines[0][name]} and {machines[1].get(name)}"
        for name in machines[0]
        if machines[0][name] != machines[1].get(name)
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
