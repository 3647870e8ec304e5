"""`atelier screening`: the rules that reviews are screened with before anybody sees them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from backend.domain.actors import SYSTEM
from backend.domain.errors import FieldError, Invalid
from backend.domain.screening import NUMBERS, Action, Kind, made
from backend.services import screening as service
from backend.settings import Settings
from backend.store.database import Database, Row, Writer

_NUMBERS = "; ".join(
    f"{kind}: {', '.join(f'{name}={bound.usual}' for name, bound in numbers.items())}"
    for kind, numbers in NUMBERS.items()
    if numbers
)


@click.group()
def screening() -> None:
    """List, set and remove the rules that reviews are screened with."""


@screening.command(name="list")
def list_() -> None:
    """Show every rule: what it looks for, and what becomes of a review that it matches."""
    rows: list[Row] = _write(lambda writer: service.list_rules(writer, SYSTEM))
    table = Table("name", "kind", "action", "settings", "", box=None)
    for row in rows:
        table.add_row(row["name"], row["kind"], row["action"], _told(row["settings"]), "" if row["active"] else "off")
    Console().print(table if rows else "No rules: every review is published. `atelier screening set` makes one.")


@screening.command(name="set")
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in Kind]), help="What it looks for.")
@click.option(
    "--action",
    required=True,
    type=click.Choice([action.value for action in Action]),
    help="What becomes of a match; publish only notes it.",
)
@click.option("--with", "numbers", multiple=True, metavar="NAME=NUMBER", help=f"A setting. {_NUMBERS}.")
@click.option("--word", "words", multiple=True, help="A word or phrase of a rule of words; several times.")
@click.option("--file", "file", type=click.File(encoding="utf-8"), help="Its words or phrases, one a line.")
@click.option("--off", is_flag=True, help="Keep it without using it.")
def set_(
    name: str, kind: str, action: str, numbers: tuple[str, ...], words: tuple[str, ...], file: Any, off: bool
) -> None:
    """Make the rule NAME, or put it in the place of the one of this name."""
    listed = [line.strip() for line in file.read().splitlines() if line.strip()] if file else []
    rule = made(name, Kind(kind), Action(action), dict(map(_pair, numbers)), [*words, *listed])
    _write(lambda writer: service.set_rule(writer, SYSTEM, rule, active=not off))
    click.echo(f"Rule {name} is {'kept, but off' if off else 'set'}: {kind}, {action}.")


@screening.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget the rule NAME. What it held stays held."""
    _write(lambda writer: service.remove_rule(writer, SYSTEM, name))
    click.echo(f"Rule {name} is removed.")


def _pair(text: str) -> tuple[str, str]:
    name, sign, number = text.partition("=")
    if not sign:
        raise Invalid("The rule cannot be made.", errors=(FieldError("with", f"{text!r} is not NAME=NUMBER."),))
    return name, number


def _told(settings: dict[str, Any]) -> str:
    words = settings.get("words")
    parts = [f"{name}={value}" for name, value in settings.items() if name != "words"]
    return ", ".join([*parts, *([f"{len(words):,} words"] if words else [])])


def _write(do: Callable[[Writer], Awaitable[Any]]) -> Any:
    async def done() -> Any:
        async with Database(Settings.from_environment()) as database, database.write() as writer:
            return await do(writer)

    return asyncio.run(done())
