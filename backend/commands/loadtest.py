"""`atelier loadtest`: whether the running system holds under visitors."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import psycopg

from backend.domain.errors import Misconfigured
from backend.settings import Settings

MOST_REVIEWED = """
select p.id from product p left join product_rollup r on r.product_id = p.id
group by p.id order by coalesce(sum(r.stars_1 + r.stars_2 + r.stars_3 + r.stars_4 + r.stars_5), 0) desc, p.id
limit 5000
"""


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
