"""`atelier lint`, `atelier test` and `atelier screenshots`: what a checkout does to itself."""

import sys
import time

import click

from backend.commands import linting, testing


@click.command()
def lint() -> None:
    """Run the checks that need no database."""
    if _lint()[1]:
        raise SystemExit(1)


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--long", is_flag=True, help="Also what takes longer, and the store's tests on each system Postgres 15 to 17."
)
@click.argument("selection", nargs=-1, type=click.UNPROCESSED)
def test(long: bool, selection: tuple[str, ...]) -> None:
    """Run every check: lint, types, tests, the browser.

    SELECTION is given to pytest as it stands (paths below tests or e2e, -k, -x): then only these tests run.
    """
    began = time.monotonic()
    passed = failed = skipped = 0
    parts = testing.parts(selection, long=long)
    if any(part.needs_browser for part in parts):
        # First, because it may have to be installed: who waits ten minutes for that to fail?
        from e2e import browser

        click.echo(f"Browser: {browser.demand()}")
    compiling = testing.compile_ahead()
    if not selection:
        passed, failed = _lint()
    compiling.wait()
    # What takes longer also measures: each part by itself.
    for counts in testing.run(parts, at_once=not long):
        passed, failed, skipped = passed + counts.passed, failed + counts.failed, skipped + counts.skipped
    click.echo(f"\n{time.monotonic() - began:.0f} s")
    click.echo(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    # A selection that matches nothing proves nothing.
    if failed or not passed:
        raise SystemExit(1)


@click.command()
def screenshots() -> None:
    """Make the pictures of the README: every page of the console, light, dark and on a phone."""
    from e2e import pictures

    pictures.make()


def _lint() -> tuple[int, int]:
    """Run and print each check; how many held and how many did not."""
    passed = failed = 0
    for outcome in linting.run_all():
        click.echo(f"{'ok    ' if outcome.passed else 'FAILED'}  {outcome.name:<16} {outcome.seconds:5.1f} s")
        if outcome.passed:
            passed += 1
            continue
        failed += 1
        click.echo(outcome.output + "\n")
        sys.stdout.flush()
    return passed, failed
