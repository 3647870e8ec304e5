"""`atelier etl mappings`: how files with another header than ours are understood, kept under a name."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click

from backend.domain.actors import SYSTEM
from backend.domain.errors import Invalid
from backend.services import importing
from backend.settings import Settings
from backend.store import migrations
from backend.store.database import Database, Reader, Row, Writer
from etl import mapping


@click.group()
def mappings() -> None:
    """Keep mappings: which column is which, what is constant, how dates are written (docs/imports.md)."""


@mappings.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def add(name: str, file: Path) -> None:
    """Check the mapping in FILE, which is TOML, and keep it as NAME; one of this name gets a new version."""
    definition = _read_toml(file)
    saved: Row = _write(
        lambda writer: importing.save_mapping(writer, SYSTEM, name, definition, check=mapping.from_dict)
    )
    click.echo(f"Mapping {saved['name']}, version {saved['version']}: `atelier etl run SOURCE --mapping {name}`.")


@mappings.command(name="list")
def list_() -> None:
    """List the saved mappings."""
    rows = _read(lambda reader: importing.list_mappings(reader, SYSTEM))
    for row in rows:
        formats = ", ".join(row["definition"])
        click.echo(f"{row['name']:<24} version {row['version']:<4} {row['updated_at']:%Y-%m-%d %H:%M} UTC  {formats}")
    if not rows:
        click.echo("No mappings yet: `atelier etl mappings add NAME FILE.toml` keeps one.")


@mappings.command()
@click.argument("name")
def show(name: str) -> None:
    """Print the definition of NAME, as JSON."""
    row = _read(lambda reader: importing.one_mapping(reader, SYSTEM, name))
    click.echo(json.dumps(row["definition"], indent=2, ensure_ascii=False))


@mappings.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget NAME. Runs that were asked for with it keep their copy."""
    _write(lambda writer: importing.remove_mapping(writer, SYSTEM, name))
    click.echo(f"Mapping {name} is removed.")


def asked(name_or_file: str | None) -> tuple[str | None, dict[str, Any]]:
    """What `--mapping` means: the name of a saved one, or a run's options with what a file holds."""
    if name_or_file is None:
        return None, {}
    file = Path(name_or_file)
    if file.suffix != ".toml" and file.name == name_or_file:
        return name_or_file, {}
    definition = _read_toml(file)
    mapping.from_dict(definition)
    return None, {"mapping": {"name": file.name, "definition": definition}}


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.") from error
    return mapping.parse(text)


def _read(ask: Callable[[Reader], Awaitable[Any]]) -> Any:
    async def asked_of() -> Any:
        async with Database(_settings()) as database, database.read(fresh=True) as reader:
            return await ask(reader)

    return asyncio.run(asked_of())


def _write(do: Callable[[Writer], Awaitable[Any]]) -> Any:
    async def done() -> Any:
        async with Database(_settings()) as database, database.write() as writer:
            return await do(writer)

    return asyncio.run(done())


def _settings() -> Settings:
    settings = Settings.from_environment()
    migrations.demand(settings.database_url)
    return settings
