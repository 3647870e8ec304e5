"""The console's figures as a table."""

from rich.console import Console
from rich.table import Table

from loadtests.console.bench import Report, Times

_WIDTH = 110  # of the table, where the terminal is narrower or is none
_COLUMNS = ("page", "first byte p50", "p95 ms", "limit", "holds", "ready p50", "p95 ms", "kB")


def screen(report: Report) -> None:
    """Each page beside its limit; what a decision costs; where it was measured."""
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name == "page" else "right", no_wrap=True)
    for page in report.pages:
        holds = "yes" if page.holds else "NO"
        size = f"{page.size / 1000:,.0f}"
        table.add_row(page.title, *_told(page.first_byte), str(page.most), holds, *_told(page.ready), size)
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)
    if report.decisions:
        p50, p95 = _told(report.decisions)
        print(f"{report.decided} decisions by keyboard: the next card stood there after {p50} ms, p95 {p95} ms.")
    told = report.machine
    print(
        f"{report.visits} visits of each page at scale {report.scale:g}, in Chromium; {told['cores']} cores carry all:"
        f" {told['cpu']}, {told['memory'] / 1e9:.0f} GB, commit {told['commit']}."
    )
    for what in report.missing:
        print(f"NOT AS IT MUST BE  {what}")


def _told(times: Times) -> tuple[str, str]:
    return f"{times.p50:,.1f}", f"{times.p95:,.1f}"
