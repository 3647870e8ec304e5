"""`atelier screening`, as the shell calls it."""

from pathlib import Path

from click.testing import CliRunner

from backend.cli import cli
from tests.api.test_keys_command import shell

__all__ = ["shell"]


def test_a_rule_is_set_listed_and_removed(shell: CliRunner, tmp_path: Path) -> None:
    assert "No rules" in shell.invoke(cli, ["screening", "list"]).stdout
    words = tmp_path / "words.txt"
    words.write_text("crap\n\n  buy now \n", encoding="utf-8")
    made = shell.invoke(
        cli, ["screening", "set", "bad-words", "--kind", "words", "--action", "hold", "--file", str(words)]
    )
    assert made.exit_code == 0, made.output
    flood = ["screening", "set", "many", "--kind", "flood", "--action", "refuse", "--with", "most=3", "--off"]
    assert shell.invoke(cli, flood).exit_code == 0
    listed = shell.invoke(cli, ["screening", "list"]).stdout
    assert ["bad-words", "words", "hold", "2", "words"] in [line.split() for line in listed.splitlines()]
    assert ["many", "flood", "refuse", "most=3,", "hours=24", "off"] in [line.split() for line in listed.splitlines()]
    # A rule of a known name takes its place.
    assert shell.invoke(cli, flood[:-1]).exit_code == 0
    assert "off" not in shell.invoke(cli, ["screening", "list"]).stdout
    assert shell.invoke(cli, ["screening", "remove", "many"]).exit_code == 0
    assert shell.invoke(cli, ["screening", "remove", "many"]).exit_code == 1


def test_a_wrong_setting_is_named(shell: CliRunner) -> None:
    asked = ["screening", "set", "links", "--kind", "links", "--action", "hold", "--with"]
    assert shell.invoke(cli, [*asked, "most=x"]).exit_code == 1
    assert shell.invoke(cli, [*asked, "most"]).exit_code == 1
    assert "No rules" in shell.invoke(cli, ["screening", "list"]).stdout
