"""Settings are read once, from variables or files, and a wrong one is named with its mend."""

from pathlib import Path

import pytest

from backend.domain.errors import Misconfigured
from backend.settings import Settings


def test_defaults() -> None:
    settings = Settings.from_environment({"ATELIER_DATABASE_URL": "postgresql://x/y"})
    assert settings.owner_url == settings.reader_url == "postgresql://x/y"
    assert settings.replica_urls == ()
    assert settings.home.is_absolute()
    assert (settings.count_cap, settings.report_threshold) == (1000, 1)


def test_a_file_stands_for_a_variable(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n", encoding="utf-8")
    assert Settings.from_environment({"ATELIER_SECRET_FILE": str(secret)}).secret == "from a file"
    with pytest.raises(Misconfigured, match="ATELIER_SECRET_FILE"):
        Settings.from_environment({"ATELIER_SECRET_FILE": str(tmp_path / "nothing")})


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "8080.0", "٨٠٨٠"])
def test_a_wrong_port_is_named(text: str) -> None:
    with pytest.raises(Misconfigured, match="ATELIER_PORT"):
        Settings.from_environment({"ATELIER_PORT": text})


def test_lists_are_separated_by_commas() -> None:
    settings = Settings.from_environment({"ATELIER_PHOTO_HOSTS": " a.example , ,b.example"})
    assert settings.photo_hosts == ("a.example", "b.example")
