"""`atelier screening`, as the shell calls it."""

from pathlib import Path

from backend.settings import Settings
from tests.shell import atelier, environment


def test_a_rule_is_set_listed_and_removed(settings: Settings, tmp_path: Path) -> None:
    shell = environment(settings)
    assert "No rules" in atelier(shell, "screening", "list").stdout
    words = tmp_path / "words.txt"
    words.write_text("crap\n\n  buy now \n", encoding="utf-8")
    rule = ("--kind", "words", "--action", "hold", "--file", str(words))
    made = atelier(shell, "screening", "set", "bad-words", *rule)
    assert made.returncode == 0, made.stderr
    flood = ["screening", "set", "many", "--kind", "flood", "--action", "refuse", "--with", "most=3", "--off"]
    assert atelier(shell, *flood).returncode == 0
    listed = atelier(shell, "screening", "list").stdout
    assert ["bad-words", "words", "hold", "2", "words"] in [line.split() for line in listed.splitlines()]
    assert ["many", "flood", "refuse", "most=3,", "hours=24", "off"] in [line.split() for line in listed.splitlines()]
    # A rule of a known name takes its place.
    assert atelier(shell, *flood[:-1]).returncode == 0
    assert "off" not in atelier(shell, "screening", "list").stdout
    assert atelier(shell, "screening", "remove", "many").returncode == 0
    assert atelier(shell, "screening", "remove", "many").returncode == 1


def test_a_wrong_setting_is_named(settings: Settings) -> None:
    shell = environment(settings)
    asked = ["screening", "set", "links", "--kind", "links", "--action", "hold", "--with"]
    assert atelier(shell, *asked, "most=x").returncode == 1
    assert atelier(shell, *asked, "most").returncode == 1
    assert "No rules" in atelier(shell, "screening", "list").stdout
