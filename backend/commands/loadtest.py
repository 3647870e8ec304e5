"""`atelier loadtest`: whether the running system holds under those who use it."""

import asyncio
import fcntl
import math
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from backend.domain.actors import SYSTEM
from backend.domain.errors import Misconfigured
from backend.domain.load_tests import SHAPES, LoadTest
from backend.services import load_tests
from backend.settings import Settings
from backend.store.database import Database

if TYPE_CHECKING:
    from loadtests.furnishing import Ground

INTERRUPTED = 130
MOST_SECONDS = 24 * 3600
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Seconds(click.ParamType[float]):
    """30s, 5m, 1h; a number by itself is in seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = re.fullmatch(r"(\d{1,6})([smh]?)", str(value))
        seconds = int(found[1]) * _UNITS[found[2]] if found else 0
        if not 3 <= seconds <= MOST_SECONDS:  # noqa: PLR2004 -- less has no second that is whole
            self.fail(f"{value}: write 30s, 5m or 1h, from 3s to 24h.", param, ctx)
        return float(seconds)


@click.command()
@click.option("--host", help="Send it there instead of to the system that runs here: only reads, as shoppers do.")
@click.option("--shape", default="steady", show_default=True, type=click.Choice(SHAPES), help="How it rises and falls.")
@click.option("--users", type=click.IntRange(1, 20_000), help="At once; 20 where no rate is asked for.")
@click.option(
    "--rate", default=0.0, type=click.FloatRange(0, 100_000), help="Requests a second of shoppers and clients."
)
@click.option("--time", "seconds", type=Seconds(), help="30s, 5m, 1h; without it, what suits the shape.")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="Of Locust.")
@click.option("--journeys", help="storefront,clients,moderators: these alone; without it, all.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Which products are asked for most.")
@click.option("--products", help="FIRST-LAST: the ids there are, at a --host whose database is not at hand.")
@click.option("--p95", default=100.0, show_default=True, help="Milliseconds that 95 % of the answers must keep within.")
@click.option("--p99", default=250.0, show_default=True, help="Milliseconds that 99 % must keep within.")
@click.option("--ceiling/--no-ceiling", default=True, help="Whether the tool itself is measured first.")
@click.option("--store", is_flag=True, help="Keep the result of another host, too.")
def loadtest(
    host: str | None,
    shape: str,
    users: int | None,
    rate: float,
    seconds: float | None,
    processes: int,
    journeys: str | None,
    seed: int,
    products: str | None,
    p95: float,
    p99: float,
    ceiling: bool,
    store: bool,
) -> None:
    """Send shoppers, clients and moderators to the running system.

    Exit status 1 where errors (1 %), times or the rate miss their thresholds; 130 after Ctrl-C.
    """
    from loadtests import curves, mix, run, show
    from loadtests.plan import Plan
    from loadtests.thresholds import Limits

    address = _address(host) if host else ""
    chosen, given = _chosen(journeys, foreign=bool(host)), _range(products) if products else None
    running = None if host else _running()
    settings = running[0] if running else _elsewhere(wanted=store or not given)
    ground = asyncio.run(_survey(settings)) if settings else None
    plan = Plan(
        host=running[1] if running else address,
        shape=shape,
        journeys=chosen,
        users=users or (math.ceil(rate / mix.EACH) if rate else 20),
        rate=rate,
        seconds=seconds or float(curves.SECONDS[shape]),
        processes=processes,
        seed=seed,
        products=given or (ground.products if ground else (1, 1)),
        reviews=ground.reviews if ground else (1, 1),
        writes=running is not None,
    )
    folder = (settings or Settings.from_environment()).home / "loadtests"
    with _alone(folder), _tidied(running[0] if running else None, ground) as furnishable:
        outcome = run.run(
            plan,
            furnishable,
            Limits(p95=p95, p99=p99),
            folder,
            lambda what: click.echo(what, err=True),
            revision=ground.revision if running and ground else "",
            with_ceiling=ceiling,
        )
    test = outcome.test
    show.screen(test)
    click.echo(f"Report: {outcome.report}")
    if settings and test.total.requests and (running or store):
        number = asyncio.run(_store(settings, test))
        click.echo(f"Kept as load test {number}: {plan.host if running else ''}/console/system/load-tests/{number}")
    if test.partial:
        click.echo("Broken off: these are the figures until then.")
        raise SystemExit(INTERRUPTED)
    if not test.held:
        raise SystemExit(1)


def _running() -> tuple[Settings, str]:
    """The settings and the public address of the system that runs here; load goes to no other unless it is named."""
    from backend.local.environment import attached
    from backend.local.state import Home

    home = Path(os.environ.get("ATELIER_HOME") or ".atelier").absolute()
    told: dict[str, Any] = attached(home)
    address = Home(home).read("run/system.json").get("address")
    if not told or not address:
        raise Misconfigured("No system runs here: start it by `atelier up` first, or name one by --host.")
    return Settings.from_environment({**os.environ, **told}), str(address)


def _elsewhere(*, wanted: bool) -> Settings | None:
    """The database that knows the ids of another host, and keeps its result, where either is wanted."""
    if not wanted:
        return None
    settings = Settings.from_environment()
    if not settings.database_url:
        raise Misconfigured("Say which ids there are by --products, or name the database by ATELIER_DATABASE_URL.")
    return settings


def _address(host: str) -> str:
    parts = urlsplit(host)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.username or parts.query:
        raise click.BadParameter("write an address such as https://reviews.example.org.", param_hint="--host")
    return host.rstrip("/")


def _chosen(journeys: str | None, *, foreign: bool) -> tuple[str, ...]:
    """The journeys that were asked for; those that need a key or an account only where both can be made."""
    from loadtests.mix import JOURNEYS

    possible = tuple(name for name, journey in JOURNEYS.items() if not (foreign and journey.furnished))
    chosen = tuple(dict.fromkeys(journeys.split(","))) if journeys else possible
    if unknown := [name for name in chosen if name not in possible]:
        raise click.BadParameter(f"{', '.join(unknown)}: there are {', '.join(possible)}.", param_hint="--journeys")
    return chosen


def _range(told: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,10})-(\d{1,10})", told)
    if not found or not 1 <= int(found[1]) <= int(found[2]) < 2**31:
        raise click.BadParameter("write the first and the last id, such as 1-1000000.", param_hint="--products")
    return int(found[1]), int(found[2])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One load test at a time, and SIGTERM is Ctrl-C: what was made for it is taken away again."""
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _stop)
    with (folder / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misconfigured("A load test runs here already: wait for its end, or stop it.") from None
        yield


@contextmanager
def _tidied(settings: Settings | None, ground: "Ground | None") -> Iterator[Settings | None]:
    """The system that is ours to furnish; whatever ends the test, nobody sees afterwards what it wrote there."""
    from loadtests import furnishing

    try:
        yield settings
    finally:
        if settings and ground:
            asyncio.run(furnishing.hide_written(settings, ground.before))


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


async def _survey(settings: Settings) -> "Ground":
    from loadtests import furnishing

    async with Database(settings) as database:
        return await furnishing.survey(database)


async def _store(settings: Settings, test: LoadTest) -> int:
    async with Database(settings) as database, database.write() as writer:
        return await load_tests.store(writer, SYSTEM, test)
