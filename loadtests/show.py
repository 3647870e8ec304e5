"""A load test's figures as a table, its thresholds, and how near the tool itself came to its end."""

from rich.console import Console
from rich.table import Table

from backend.domain.load_tests import NEAR, Figures, LoadTest, Threshold

_WIDTH = 110  # of the table, where the terminal is narrower or is none
_COLUMNS = ("request", "count", "a second", "errors", "p50 ms", "p95 ms", "p99 ms")


def screen(test: LoadTest) -> None:
    """All of it, as one reads it from above."""
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name == "request" else "right", no_wrap=True)
    for figures in test.names:
        table.add_row(*_row(figures))
    table.add_section()
    table.add_row(*_row(test.total), style="bold")
    console = Console(highlight=False)
    console.width = max(console.width, _WIDTH)
    console.print(table)
    print()
    for fault in test.faults:
        print(f"{fault.count:,} × {fault.name}: {fault.what}")
    for threshold in test.thresholds:
        print(told(threshold))
    print(beside_ceiling(test))


def told(threshold: Threshold) -> str:
    """A threshold in a line: what was reached, what must hold, and whether it did."""
    unit = {"errors": "{:.2%}", "rate": "{:,.0f} requests/s"}.get(threshold.name, "{:,.0f} ms")
    reached = "nothing" if threshold.reached is None else unit.format(threshold.reached)
    bound = {"errors": "under", "rate": "at least"}.get(threshold.name, "at most")
    held = "held" if threshold.held else "MISSED"
    return f"{held:<7}{threshold.name}: {reached}, {bound} {unit.format(threshold.limit)}"


def beside_ceiling(test: LoadTest) -> str:
    """How much of what the tool can do this was; a warning where it may be the tool that was measured."""
    if not test.ceiling:
        return "The tool's own ceiling was not measured."
    share = test.total.rate / test.ceiling
    said = (
        f"The tool's own ceiling beside it: {test.ceiling:,.0f} requests/s of a server that does nothing;"
        f" this was {share:.0%} of it."
    )
    return said if share < NEAR else f"{said} So near to it the times are the tool's, too: use more --processes."


def _row(figures: Figures) -> tuple[str, ...]:
    times = ("—" if time is None else f"{time:,.3g}" if time < 100 else f"{time:,.0f}" for time in _times(figures))
    return figures.name, f"{figures.requests:,}", f"{figures.rate:,.1f}", f"{figures.errors:,}", *times


def _times(figures: Figures) -> tuple[float | None, ...]:
    return figures.p50, figures.p95, figures.p99
