"""`atelier serve` and `atelier worker`: one process each, ended by SIGTERM after what is under way is done."""

import asyncio
import os
from pathlib import Path

import click

from backend.settings import Settings
from backend.store import migrations


@click.command()
@click.option("--role", type=click.Choice(["api", "console", "all"]), default="all", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--share-port", is_flag=True, help="Let the next instance listen there before this one ends.")
@click.option(
    "--socket",
    type=click.Path(path_type=Path),
    help="Listen at this path, too: a Unix socket for an Nginx on this machine.",
)
def serve(role: str, host: str, port: int, share_port: bool, socket: Path | None) -> None:
    """Run one instance of the API, the console, or both."""
    import uvicorn

    from backend.app import create_app
    from backend.observe import logs
    from backend.protocol import OnePiece
    from backend.serving import Instance, shared

    settings = Settings.from_environment()
    logs.configure(settings.log_level)
    migrations.demand(settings.database_url)
    config = uvicorn.Config(
        create_app(settings, role),
        host=host,
        port=port,
        loop="uvloop",
        http=OnePiece,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # Who called is what `trusted_proxies` makes of the headers, in one place (api/callers.py).
        proxy_headers=False,
        # Longer than Nginx keeps its connections: it is Nginx that closes them, or a request could meet a closing one.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )
    server = Instance(config, socket)
    server.run([shared(host, port)] if share_port else None)
    if not server.started:
        raise SystemExit(1)


@click.command()
def worker() -> None:
    """Run the background jobs: imports and housekeeping."""
    from backend.jobs.worker import run_worker
    from backend.observe import logs

    settings = Settings.from_environment()
    logs.configure(settings.log_level)
    migrations.demand(settings.database_url)
    # Beside requests on one machine: theirs is the larger share of its processors, and all of it where nobody asks.
    os.nice(5)
    asyncio.run(run_worker(settings))
