"""`atelier users`: the console's people. Passwords are asked for or made up; they never stand in a command line."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table

from backend.domain.actors import SYSTEM
from backend.domain.roles import Role
from backend.services import accounts, passwords
from backend.settings import Settings
from backend.store import migrations
from backend.store.database import Database, Writer

Result = TypeVar("Result")

_roles = [role.value for role in Role]

_email = click.argument("email")
_random = click.option("--random", is_flag=True, help="Make a password up and print it, once.")


@click.group()
def users() -> None:
    """Add people to the console, set passwords and roles."""


@users.command()
@_email
@click.option("--name", prompt=True, help="As colleagues read it.")
@click.option("--role", type=click.Choice(_roles), default="moderator", show_default=True)
@_random
def add(email: str, name: str, role: str, random: bool) -> None:
    """Add a person."""
    password = _password(random)
    _write(lambda writer: accounts.add(writer, SYSTEM, email=email, name=name, role=Role(role), password=password))
    click.echo(f"{email} may enter as {role}.")
    _show(password, random)


@users.command("list")
def list_users() -> None:
    """Show everybody, those who may enter first."""
    table = Table("E-mail", "Name", "Role", "Time zone", "Since", "Disabled", box=None, pad_edge=False)
    for account in asyncio.run(_everybody(Settings.from_environment())):
        disabled = f"{account.disabled_at:%Y-%m-%d}" if account.disabled_at else ""
        since = f"{account.created_at:%Y-%m-%d}"
        table.add_row(account.email, account.name, account.role.value, account.time_zone, since, disabled)
    # Into a pipe, lines are as long as they are: somebody greps them.
    Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else 400).print(table)


@users.command()
@_email
@_random
def passwd(email: str, random: bool) -> None:
    """Give somebody a new password; their sessions end."""
    password = _password(random)
    _write(lambda writer: accounts.set_password(writer, SYSTEM, email, password))
    click.echo(f"The new password of {email} holds; their sessions have ended.")
    _show(password, random)


@users.command()
@_email
def disable(email: str) -> None:
    """Shut somebody out, at once."""
    _write(lambda writer: accounts.disable(writer, SYSTEM, email))
    click.echo(f"{email} may not enter any more.")


@users.command()
@_email
@click.argument("role", type=click.Choice(_roles))
def role(email: str, role: str) -> None:
    """Give somebody another role."""
    _write(lambda writer: accounts.set_role(writer, SYSTEM, email, Role(role)))
    click.echo(f"{email} is {role} now.")


def _password(random: bool) -> str:
    """Made up, or asked for twice; without a terminal, the first line of standard input."""
    if random:
        return passwords.generate()
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _show(password: str, random: bool) -> None:
    if random:
        click.echo(f"Password: {password}")


def _write(change: Callable[[Writer], Awaitable[Result]]) -> Result:
    async def run(settings: Settings) -> Result:
        migrations.demand(settings.database_url)
        async with Database(settings) as database, database.write() as writer:
            return await change(writer)

    return asyncio.run(run(Settings.from_environment()))


async def _everybody(settings: Settings) -> list[accounts.Account]:
    migrations.demand(settings.database_url)
    async with Database(settings) as database, database.read(secret=True) as reader:
        return await accounts.list_all(reader, SYSTEM)
