"""`atelier keys`, as the shell calls it."""

from backend.settings import Settings
from tests.shell import atelier, environment


def test_a_key_is_made_listed_and_revoked(settings: Settings) -> None:
    shell = environment(settings)
    assert "No keys yet" in atelier(shell, "keys", "list").stdout
    made = atelier(shell, "keys", "add", "Winter shop", "--scope", "proxy")
    assert made.returncode == 0, made.stderr
    # The key alone on standard output, so that a script can take it.
    token = made.stdout.strip()
    assert token.startswith("ar_")
    listed = atelier(shell, "keys", "list").stdout
    assert "Winter shop" in listed
    assert "proxy" in listed
    assert token not in listed
    assert atelier(shell, "keys", "revoke", "1").returncode == 0
    assert atelier(shell, "keys", "revoke", "1").returncode == 1


def test_an_unknown_scope_is_refused(settings: Settings) -> None:
    refused = atelier(environment(settings), "keys", "add", "Shop", "--scope", "admin")
    assert refused.returncode == 2
    assert "admin" in refused.stderr
