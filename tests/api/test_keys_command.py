"""`atelier keys`, as the shell calls it."""

import pytest
from click.testing import CliRunner

from backend.cli import cli
from backend.settings import Settings


@pytest.fixture
def shell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name, value in (
        ("DATABASE", settings.database_url),
        ("READER", settings.reader_url),
        ("OWNER", settings.owner_url),
    ):
        monkeypatch.setenv(f"ATELIER_{name}_URL", value)
    return CliRunner()


def test_a_key_is_made_listed_and_revoked(shell: CliRunner) -> None:
    assert "No keys yet" in shell.invoke(cli, ["keys", "list"]).stdout
    made = shell.invoke(cli, ["keys", "add", "Winter shop", "--scope", "proxy"])
    assert made.exit_code == 0, made.output
    # The key alone on standard output, so that a script can take it.
    token = made.stdout.strip()
    assert token.startswith("ar_")
    listed = shell.invoke(cli, ["keys", "list"]).stdout
    assert "Winter shop" in listed
    assert "proxy" in listed
    assert token not in listed
    assert shell.invoke(cli, ["keys", "revoke", "1"]).exit_code == 0
    assert shell.invoke(cli, ["keys", "revoke", "1"]).exit_code == 1


def test_an_unknown_scope_is_refused(shell: CliRunner) -> None:
    refused = shell.invoke(cli, ["keys", "add", "Shop", "--scope", "admin"])
    assert refused.exit_code == 2
    assert "admin" in refused.stderr
