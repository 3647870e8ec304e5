"""`atelier keys`: the keys of the API's clients."""

import asyncio

import click
from rich.console import Console
from rich.table import Table

from backend.domain.actors import SYSTEM
from backend.services import keys as service
from backend.settings import Settings
from backend.store.database import Database, Row

_SCOPES = "; ".join(f"{scope} {may}" for scope, may in service.SCOPES.items())


@click.group()
def keys() -> None:
    """Make, list and revoke the API's keys."""


@keys.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(list(service.SCOPES)), help=_SCOPES)
def add(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key for the client NAME and print it, once."""
    key_id, token = asyncio.run(_add(Settings.from_environment(), name, list(scopes)))
    click.echo(f"Key {key_id} of {name.strip()}. Keep it now: it is not shown again.", err=True)
    click.echo(token)


@keys.command(name="list")
def list_() -> None:
    """Show every key: whose it is, what it may, since when, until when."""
    rows = asyncio.run(_list(Settings.from_environment()))
    table = Table("id", "name", "scopes", "made", "revoked", box=None)
    for row in rows:
        revoked = f"{row['revoked_at']:%Y-%m-%d %H:%M} UTC" if row["revoked_at"] else ""
        table.add_row(
            str(row["id"]), row["name"], ", ".join(row["scopes"]), f"{row['created_at']:%Y-%m-%d %H:%M} UTC", revoked
        )
    Console().print(table if rows else "No keys yet: `atelier keys add NAME` makes one.")


@keys.command()
@click.argument("key_id", type=click.IntRange(1, 2**31 - 1))
def revoke(key_id: int) -> None:
    """End the key KEY_ID. Running instances stop believing it within 5 seconds."""
    asyncio.run(_revoke(Settings.from_environment(), key_id))
    click.echo(f"Key {key_id} is revoked.")


async def _add(settings: Settings, name: str, scopes: list[str]) -> tuple[int, str]:
    async with Database(settings) as database, database.write() as writer:
        return await service.add(writer, SYSTEM, name, scopes)


async def _list(settings: Settings) -> list[Row]:
    async with Database(settings) as database, database.read(secret=True) as reader:
        return await service.list_keys(reader, SYSTEM)


async def _revoke(settings: Settings, key_id: int) -> None:
    async with Database(settings) as database, database.write() as writer:
        await service.revoke(writer, SYSTEM, key_id)
