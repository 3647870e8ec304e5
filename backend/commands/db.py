"""`atelier db`: the schema and its proofs."""

import asyncio

import click

from backend.services import checking
from backend.settings import Settings
from backend.store import migrations
from backend.store.database import Database


@click.group()
def db() -> None:
    """Migrate the database and prove its derived numbers."""


@db.command()
def upgrade() -> None:
    """Bring the database to this code's revision (what `alembic upgrade head` does)."""
    url = Settings.from_environment().owner_url
    before = migrations.current(url)
    migrations.upgrade(url)
    after = migrations.current(url)
    click.echo(f"At {after} already." if before == after else f"From {before or 'nothing'} to {after}.")


@db.command()
def current() -> None:
    """Show the database's revision and the one this code needs."""
    click.echo(f"database {migrations.current(Settings.from_environment().owner_url) or 'empty'}")
    click.echo(f"code     {migrations.head()}")


@db.command()
def check() -> None:
    """Prove rollups, search and cases against the reviews; exit status 1 names what drifted."""
    faults = asyncio.run(_check(Settings.from_environment()))
    for fault in faults:
        click.echo(f"{fault.what}: {fault.count:,} wrong, for example {fault.example}", err=True)
    if faults:
        raise SystemExit(1)
    click.echo("Every derived number agrees with the reviews.")


async def _check(settings: Settings) -> list[checking.Fault]:
    migrations.demand(settings.database_url)
    async with Database(settings) as database, database.read(fresh=True) as reader:
        return await checking.check(reader)
