"""`atelier bench`: how fast the API, the console and imports are, each in a place of its own."""

import sys
from pathlib import Path

import click

MOST_SCALE = 10
_FOLDER = click.Path(path_type=Path, file_okay=False, resolve_path=True)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def bench() -> None:
    """Measure, as ratios to limits of the same run."""


@bench.command()
@click.option(
    "--scale",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.0005, MOST_SCALE),
    help="1 is 5.8 million reviews of a million products.",
)
@click.option("--pairs", default=5, show_default=True, type=click.IntRange(1, 100), help="Rounds beside the first.")
@click.option("--seconds", default=5, show_default=True, type=click.IntRange(1), help="Of each measurement.")
@click.option("--soak", default=300, show_default=True, type=click.IntRange(1), help="Seconds of the steady load.")
@click.option("--only", help="Cases to measure, separated by commas; what they stand beside comes with them.")
@click.option("--grid", is_flag=True, help="Every kind of read, by every law, at 16 and 96 connections, instead.")
@click.option("--folder", type=_FOLDER, help="Keep the loaded data here, and find it the next time.")
@click.option("--json", "file", type=_FILE, help="Write the same there, for programs and for `compare`.")
def api(
    scale: float,
    pairs: int,
    seconds: int,
    soak: int,
    only: str | None,
    grid: bool,
    folder: Path | None,
    file: Path | None,
) -> None:
    """The public API through Nginx, beside Nginx, Postgres and the usual design, in a place of its own.

    Exit status 1 where a bar does not hold at full scale, or where an answer or a count is wrong at any.
    """
    from loadtests.api import run, show

    plan = run.Plan(scale=scale, pairs=pairs, seconds=seconds, soak=soak, folder=folder, grid=grid, only=_names(only))
    report = run.run(plan, lambda what: click.echo(what, err=True))
    show.screen(report)
    if file:
        show.save(report, file)
    if report.failed or (scale >= 1 and not all(result.holds for result in report.results)):
        raise SystemExit(1)


@bench.command()
@click.option(
    "--scale",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.0005, MOST_SCALE),
    help="1 is 5.8 million reviews of a million products.",
)
@click.option("--visits", default=20, show_default=True, type=click.IntRange(1), help="Of each page, beside the first.")
@click.option("--decisions", default=100, show_default=True, type=click.IntRange(0), help="In the queue, by keyboard.")
@click.option("--only", help="Pages to visit, separated by commas.")
@click.option("--folder", type=_FOLDER, help="The data that `bench api` keeps: keep it here, or find it.")
@click.option("--json", "file", type=_FILE, help="Write the same there, for programs.")
def console(
    scale: float, visits: int, decisions: int, only: str | None, folder: Path | None, file: Path | None
) -> None:
    """The console's pages in a browser, in a place of its own: until the first byte, and until they are ready.

    Exit status 1 where a page's p95 is beyond its limit at full scale, or where it does not answer at any.
    """
    from loadtests.console import bench as pages
    from loadtests.console import show
    from loadtests.console.pages import PAGES

    chosen = _known(only, tuple(PAGES))
    report = pages.run(scale, visits, decisions, chosen, folder, lambda what: click.echo(what, err=True))
    show.screen(report)
    if file:
        report.save(file)
    if report.missing or (scale >= 1 and not report.holds):
        raise SystemExit(1)


def _names(only: str | None) -> tuple[str, ...]:
    from loadtests.api.cases import CASES

    return _known(only, tuple(CASES))


@bench.command()
@click.argument("first", type=_FILE)
@click.argument("second", type=_FILE)
def compare(first: Path, second: Path) -> None:
    """Two reports of `bench api --json` side by side."""
    from loadtests.api import compare

    compare.screen(compare.load(first), compare.load(second))


@bench.command()
@click.option(
    "--scale", default=1.0, show_default=True, type=click.FloatRange(0.0005, MOST_SCALE), help="1 is 58 million rows."
)
@click.option("--pairs", default=3, show_default=True, type=click.IntRange(1, 100), help="Rounds beside the first.")
@click.option("--only", help="Cases to measure, separated by commas; what they are measured by comes with them.")
@click.option("--read", is_flag=True, help="The same as --only read,load.")
@click.option("--scales", help="Imports into an empty system at these scales, and nothing else: 0.01,0.1,1,2.")
@click.option("--replica", is_flag=True, help="With a replica, whose catching up is timed apart.")
@click.option(
    "--folder",
    type=_FOLDER,
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

    return _known(only, ALL)


def _known(only: str | None, names: tuple[str, ...]) -> tuple[str, ...]:
    chosen = tuple(only.split(",")) if only else ()
    if unknown := [name for name in chosen if name not in names]:
        raise click.BadParameter(f"{', '.join(unknown)}: there are {', '.join(names)}.", param_hint="--only")
    return chosen


def _scales(told: str | None) -> tuple[float, ...]:
    try:
        scales = tuple(float(each) for each in told.split(",")) if told else ()
    except ValueError:
        scales = (0.0,)
    if any(not 0 < each <= MOST_SCALE for each in scales):
        raise click.BadParameter(f"numbers up to {MOST_SCALE}, separated by commas.", param_hint="--scales")
    return scales


@bench.command()
@click.option(
    "--scale",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.0005, MOST_SCALE),
    help="1 is a million of 5.8 million reviews.",
)
@click.option("--pairs", default=3, show_default=True, type=click.IntRange(1, 100))
@click.option("--spread", is_flag=True, help="Every fifth review or so, instead of the first ones by id.")
@click.option(
    "--folder", type=_FOLDER, help="Keep the loaded data here, and find it the next time (as `bench api` does)."
)
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def bulk(scale: float, pairs: int, spread: bool, folder: Path | None, as_json: bool) -> None:
    """Hiding a million reviews by a bulk change, beside one plain UPDATE of the same rows, in turns.

    Exit status 1 where a bar does not hold at full scale, or where a number is wrong at any.
    """
    from backend.observe import logs
    from loadtests.api.place import Place
    from loadtests.bulk.bench import Bench

    logs.configure("warning", sys.stderr)
    with Place(scale, folder, lambda what: click.echo(what, err=True)) as place:
        report = Bench(place, lambda what: click.echo(what, err=True)).run(pairs, spread=spread)
    click.echo(report.as_json() if as_json else report.in_words())
    if report.faults or (scale >= 1 and not report.holds):
        raise SystemExit(1)


@bench.command()
@click.option(
    "--scale",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.0005, MOST_SCALE),
    help="1 is a delivery of 58 million rows.",
)
@click.option(
    "--seconds", default=300, show_default=True, type=click.IntRange(1), help="Of the traffic beside the jobs."
)
@click.option("--rate", default=1_000, show_default=True, type=click.IntRange(1), help="Requests a second.")
@click.option("--folder", type=_FOLDER, help="Keep the generated deliveries here, for the next time.")
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def operator(scale: float, seconds: int, rate: int, folder: Path | None, as_json: bool) -> None:
    """An operator's day: a delivery until it is live and repaired, then an import and a bulk change beside traffic.

    Exit status 1 where somebody met an error, where the traffic waited too long at full scale, or a number is wrong.
    """
    from backend.observe import logs
    from loadtests.operator import bench as day

    logs.configure("warning", sys.stderr)
    report = day.run(scale, seconds, rate, folder, lambda what: click.echo(what, err=True))
    click.echo(report.as_json() if as_json else report.in_words())
    if report.wrong or (scale >= 1 and not report.holds):
        raise SystemExit(1)
