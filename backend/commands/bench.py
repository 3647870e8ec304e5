"""`atelier bench` and `atelier loadtest`: how fast the running system is, and whether it holds under visitors."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import psycopg

from backend.domain.errors import Misconfigured
from backend.settings import Settings

if TYPE_CHECKING:
    from loadtests.ratios import Result
    from loadtests.spread import Spread

MOST_REVIEWED = """
select p.id from product p left join product_rollup r on r.product_id = p.id
group by p.id order by coalesce(sum(r.stars_1 + r.stars_2 + r.stars_3 + r.stars_4 + r.stars_5), 0) desc, p.id
limit 5000
"""
MOST_SCALE = 10
WIDTH = 150  # of the table, where the terminal is narrower or is none


@click.group()
def bench() -> None:
    """Measure, as ratios to limits of the same run."""


@bench.command()
@click.option("--seconds", default=5.0, show_default=True, type=click.FloatRange(1), help="Of each measurement.")
@click.option("--pairs", default=5, show_default=True, type=click.IntRange(1, 100), help="Rounds beside the first.")
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def api(seconds: float, pairs: int, as_json: bool) -> None:
    """The public API's reads through Nginx, beside a static file and beside pgbench."""
    from backend.local import account
    from backend.local.state import Home
    from loadtests import generator
    from loadtests.ratios import Bench
    from tests.postgres import BINARIES

    settings, address = _running()
    with psycopg.connect(settings.reader_url) as connection:
        row = connection.execute("select max(id) from product where id < 1000000000").fetchone()
    if row is None or row[0] is None:
        raise Misconfigured("There are no products to ask for: import a delivery first.")
    measuring = Bench(
        url=address,
        folder=account.settle(Home(settings.home)).folder / "photos",
        served="/sample-photos",
        database=settings.reader_url,
        pgbench=BINARIES / "pgbench",
        products=row[0],
        seconds=seconds,
        rounds=pairs,
    )
    results = measuring.run(lambda what: click.echo(what, err=True))
    if as_json:
        about = {"generator": generator.name(), "cpus": os.cpu_count(), "seconds": seconds, "rounds": pairs}
        click.echo(json.dumps({**about, "cases": [asdict(result) for result in results]}, indent=1))
    else:
        _show(results, generator.name())


@bench.command()
@click.option(
    "--scale", default=1.0, show_default=True, type=click.FloatRange(0.0005, MOST_SCALE), help="1 is 32 million rows."
)
@click.option("--pairs", default=3, show_default=True, type=click.IntRange(1, 100), help="Rounds beside the first.")
@click.option("--only", help="Cases to measure, separated by commas; what they are measured by comes with them.")
@click.option("--read", is_flag=True, help="The same as --only read,load.")
@click.option("--scales", help="Imports into an empty system at these scales, and nothing else: 0.01,0.1,1,2.")
@click.option("--replica", is_flag=True, help="With a replica, whose catching up is timed apart.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    help="Keep the generated deliveries here, for the next time.",
)
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def etl(
    scale: float,
    pairs: int,
    only: str | None,
    read: bool,
    scales: str | None,
    replica: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Imports, beside plain COPY of the same rows and the keys of the usual schema, in a Postgres of their own.

    Exit status 1 where a bar does not hold at full scale, or where a report is not the truth at any.
    """
    from backend.observe import logs
    from loadtests.imports import show
    from loadtests.imports.bench import Bench
    from loadtests.imports.cases import wanted
    from loadtests.imports.place import Place

    cases = wanted(_cases("read,load" if read else only))
    steps = _scales(scales)
    logs.configure("warning", sys.stderr)
    with Place(folder, max((scale, *steps)), replica=replica) as place:
        bench = Bench(place, cases, scale, lambda what: click.echo(what, err=True))
        if steps:
            show.scales(bench.at_scales(steps), as_json=as_json)
            return
        results = bench.run(pairs)
    show.results(results, bench, scale=scale, pairs=pairs, settings=place.settings, as_json=as_json)
    if bench.failed or (scale >= 1 and not all(result.holds for result in results)):
        raise SystemExit(1)


def _cases(only: str | None) -> tuple[str, ...]:
    from loadtests.imports.cases import ALL

    names = tuple(only.split(",")) if only else ()
    if unknown := [name for name in names if name not in ALL]:
        raise click.BadParameter(f"{', '.join(unknown)}: there are {', '.join(ALL)}.", param_hint="--only")
    return names


def _scales(told: str | None) -> tuple[float, ...]:
    try:
        scales = tuple(float(each) for each in told.split(",")) if told else ()
    except ValueError:
        scales = (0.0,)
    if any(not 0 < each <= MOST_SCALE for each in scales):
        raise click.BadParameter(f"numbers up to {MOST_SCALE}, separated by commas.", param_hint="--scales")
    return scales


@click.command()
@click.option("--users", default=50, show_default=True, type=click.IntRange(1), help="Visitors at once.")
@click.option("--seconds", default=30, show_default=True, type=click.IntRange(5), help="How long they come.")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1), help="Of Locust.")
@click.option("--p95", default=150.0, show_default=True, help="Milliseconds that 95 % of the answers must keep within.")
@click.option("--p99", default=250.0, show_default=True, help="Milliseconds that 99 % must keep within.")
def loadtest(users: int, seconds: int, processes: int, p95: float, p99: float) -> None:
    """Send visitors to the running system; exit status 1 where errors (1 %) or times pass their thresholds."""
    from loadtests import locustfile_path

    settings, address = _running()
    with psycopg.connect(settings.reader_url) as connection:
        products = [str(row[0]) for row in connection.execute(MOST_REVIEWED)]
    if not products:
        raise Misconfigured("There are no products to ask for: import a delivery first.")
    reports = settings.home / "loadtests"
    reports.mkdir(exist_ok=True)
    report = reports / f"{time.strftime('%Y-%m-%d-%H%M%S')}.html"
    with tempfile.TemporaryDirectory(prefix="atelier-loadtest-") as folder:
        ids = Path(folder) / "products"
        ids.write_text("\n".join(products), encoding="utf-8")
        command = [
            *(sys.executable, "-m", "locust", "-f", str(locustfile_path()), "--headless", "--only-summary"),
            *("--host", address, "--users", str(users), "--spawn-rate", str(max(1, users // 5))),
            *("--run-time", f"{seconds}s", "--html", str(report)),
            *(("--processes", str(processes)) if processes > 1 else ()),
        ]
        limits = {"LOADTEST_PRODUCTS": str(ids), "LOADTEST_P95": str(p95), "LOADTEST_P99": str(p99)}
        done = subprocess.run(command, env={**os.environ, **limits}, stdin=subprocess.DEVNULL, check=False)
    click.echo(f"Report: {report}")
    if done.returncode:
        raise SystemExit(1)
    click.echo("Every threshold held.")


def _running() -> tuple[Settings, str]:
    """The settings and the public address of the system that runs here; load goes to no other."""
    from backend.local.environment import attached
    from backend.local.state import Home

    home = Settings.from_environment().home
    told: dict[str, Any] = attached(home)
    address = Home(home).read("run/system.json").get("address")
    if not told or not address:
        raise Misconfigured("No system runs here: start it by `atelier up` first.")
    return Settings.from_environment({**os.environ, **told}), str(address)


def _show(results: "list[Result]", generator: str) -> None:
    from rich.console import Console
    from rich.table import Table

    def rate(spread: "Spread") -> str:
        return f"{spread.median:,.0f} ({spread.low:,.0f} to {spread.high:,.0f})"

    def share(spread: "Spread") -> str:
        return f"{spread.median:.3f} ({spread.low:.3f} to {spread.high:.3f})"

    table = Table("case", "answers/s", "p99 ms", "a 2 kB file/s", "ratio", "pgbench/s", "ratio", box=None)
    for result in results:
        cells = (rate(result.rate), f"{result.p99.median:.1f}", rate(result.file), share(result.of_file))
        table.add_row(result.case, *cells, rate(result.postgres), share(result.of_postgres))
    console = Console()
    console.width = max(console.width, WIDTH)
    console.print(table)
    click.echo(f"Median of the rounds, lowest and highest; by {generator}, on the {os.cpu_count()} CPUs it measures.")
