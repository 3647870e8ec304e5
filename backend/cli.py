"""The `atelier` command. Each subcommand lives in backend/commands and is loaded only when it is called."""

import asyncio
import sys
from importlib import import_module
from importlib.util import find_spec

import click

from backend.domain.errors import AtelierError
from backend.local import environment

# name -> (module, its line in the help). The second table is there only in a checkout.
COMMANDS = {
    "up": ("local", "Start the whole system here and print its addresses"),
    "deploy": ("local", "Migrate, then replace the running instances by this code, one by one"),
    "status": ("local", "Show every part of the running system"),
    "reset": ("local", "Empty the local system's state, after asking"),
    "serve": ("serve", "Run one instance of the API, the console, or both"),
    "worker": ("serve", "Run the background jobs"),
    "db": ("db", "Migrate the database and prove its derived numbers"),
    "etl": ("etl", "Import a delivery, make a sample one, list runs"),
    "users": ("users", "Add people to the console, set passwords and roles"),
    "keys": ("keys", "Make, list and revoke the API's keys"),
    "screening": ("screening", "List and set the rules that reviews are screened with"),
}
# These reach the local system that runs here, where no other database was named.
JOINING = frozenset({"db", "etl", "users", "keys", "screening"})
CHECKOUT_COMMANDS = {
    "test": ("checks", "Run every check: lint, types, tests, the browser"),
    "lint": ("checks", "Run the checks that need no database"),
    "bench": ("bench", "Measure, as ratios to limits of the same run"),
    "loadtest": ("loadtest", "Send Locust's load to the running system"),
    "screenshots": ("checks", "Make the pictures of the README"),
}


class Door(click.Group):
    """Lists the commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        return list(_known())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "help":
            return click.Command("help", callback=lambda: click.echo(ctx.get_help()))
        if cmd_name not in _known():
            return None
        if cmd_name in JOINING:
            environment.join()
            # What they say on standard output is theirs alone: a script may take a key from there.
            import_module("backend.observe.logs").configure("warning", sys.stderr)
        module = import_module(f"backend.commands.{_known()[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _known().items()])


def _known() -> dict[str, tuple[str, str]]:
    in_checkout = find_spec("tests") is not None
    return {**COMMANDS, **(CHECKOUT_COMMANDS if in_checkout else {})}


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Atelier Reviews: the reviews API, the moderators' console, and the imports behind them."""


def main() -> None:
    """Run the command; what is meant to be refused is one line on standard error and exit status 1."""
    try:
        code = cli.main(prog_name="atelier", standalone_mode=False)
    except AtelierError as error:
        click.echo(f"atelier: {error.detail}", err=True)
        for field in error.errors:
            click.echo(f"  {field.field}: {field.message}", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
