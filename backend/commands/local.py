"""`atelier up`, `deploy`, `status` and `reset`: the whole system on this machine."""

import asyncio

import click

from backend.settings import Settings


@click.command()
@click.option("--reload", "reloading", is_flag=True, help="Start the instances again when code or templates change.")
@click.option("--api", default=2, show_default=True, type=click.IntRange(1, 32), help="API instances.")
@click.option("--console", default=2, show_default=True, type=click.IntRange(1, 32), help="Console instances.")
@click.option("--replicas", default=1, show_default=True, type=click.IntRange(0, 4), help="Of the own database.")
def up(reloading: bool, api: int, console: int, replicas: int) -> None:
    """Start the whole system here and print its addresses."""
    from backend.local.system import Shape
    from backend.local.up import run

    asyncio.run(run(Settings.from_environment(), reloading=reloading, shape=Shape(api, console, replicas)))


@click.command()
def deploy() -> None:
    """Migrate the running system's database, then replace its instances by this code, one by one."""
    from backend.local.deploy import deploy as carry_out

    carry_out(Settings.from_environment(), click.echo)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def status(as_json: bool) -> None:
    """Show every part of the running system; exit status 1 where one is down."""
    from backend.local.status import look, show

    parts = asyncio.run(look(Settings.from_environment()))
    show(parts, as_json=as_json)
    if not all(part.well for part in parts):
        raise SystemExit(1)


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Empty the local system's state, after asking."""
    from backend.local.reset import empty, what_goes

    home = Settings.from_environment().home
    for path, size in what_goes(home):
        click.echo(f"{path}  {size / 1_000_000:,.0f} MB")
    if not yes:
        click.confirm("Delete all of this, with every review and delivery in it?", abort=True)
    empty(home)
    click.echo("Emptied. `atelier up` begins anew.")
