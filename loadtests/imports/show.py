"""The bench's figures, each with its bar and whether it holds: as a table, or as JSON for programs."""

import json
import os
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from loadtests.imports.bench import Bench
from loadtests.imports.cases import MEMORY, TITLES, Result
from loadtests.spread import Spread

_WIDTH = 150  # of the table, where the terminal is narrower or is none
_MB = 1_000_000


def results(
    found: list[Result], bench: Bench, *, scale: float, pairs: int, settings: dict[str, str], as_json: bool
) -> None:
    """Print what was measured, what was proved, and what was not as it must be."""
    if as_json:
        about = {"scale": scale, "pairs": pairs, "cpus": os.cpu_count(), "settings": settings}
        cases = [{**asdict(each), "holds": each.holds} for each in found]
        print(json.dumps({**about, "cases": cases, "proofs": bench.proofs, "failed": bench.failed}, indent=1))
        return
    table = Table("case", "seconds", "rows/s", "ratio", "bar", "aim", "holds", "peak MB", box=None)
    for each in found:
        table.add_row(
            TITLES[each.case],
            _spread(each.seconds, 1),
            f"{each.rows:,.0f}",
            f"{_spread(each.ratio, 2)} x {each.bar.limit}" if each.ratio and each.bar else "",
            f"{each.bar.most:.2f}" if each.bar and each.bar.most else "",
            f"{each.bar.aim:.2f}" if each.bar and each.bar.aim else "",
            "" if not each.demands else "yes" if each.holds else "NO",
            f"{each.memory / _MB:,.0f}" if each.memory else "",
        )
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)
    for each in found:
        if each.stages:
            told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in each.stages.items())
            print(f"{TITLES[each.case]}, stages: {told}")
        if each.apart:
            print(
                f"{TITLES[each.case]}, apart: {', '.join(f'{name} {value:,.1f}' for name, value in each.apart.items())}"
            )
    for case, proof in bench.proofs.items():
        print(f"{TITLES.get(case, case)}: {proof}")
    for failure in bench.failed:
        print(f"NOT AS IT MUST BE  {failure}")
    told = ", ".join(f"{name} {value}" for name, value in settings.items())
    print(
        f"Median, lowest and highest of {pairs} rounds at scale {scale:g}, on {os.cpu_count()} CPUs. Postgres: {told}."
    )
    print(f"A worker's memory must keep within {MEMORY / _MB:,.0f} MB.")


def scales(found: list[tuple[float, float, int]], *, as_json: bool) -> None:
    """Print how rows a second go with the scale."""
    if as_json:
        print(json.dumps([{"scale": scale, "rows": rows, "memory": memory} for scale, rows, memory in found], indent=1))
        return
    for scale, rows, memory in found:
        print(
            f"scale {scale:<6g} {rows:>12,.0f} rows/s   {rows / found[0][1]:.2f} x the first   {memory / _MB:,.0f} MB"
        )


def _spread(spread: Spread, digits: int) -> str:
    return f"{spread.median:,.{digits}f} ({spread.low:,.{digits}f} to {spread.high:,.{digits}f})"
