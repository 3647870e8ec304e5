"""The home: whose it is, who holds it, what it keeps from others."""

import stat
from pathlib import Path

import pytest

from backend.domain.errors import Misconfigured
from backend.local import reset
from backend.local.environment import attach, attached, inherited
from backend.local.state import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make()
    return made


def test_a_folder_with_other_things_is_never_taken_nor_emptied(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(Misconfigured, match="holds other things: set ATELIER_HOME"):
        Home(tmp_path).make()
    with pytest.raises(Misconfigured, match="nothing to empty"):
        reset.what_goes(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_secrets_are_random_stay_and_are_the_owners_alone(home: Home, tmp_path: Path) -> None:
    secrets = home.secrets()
    assert home.secrets() == secrets
    assert stat.S_IMODE((home.path / "secrets.json").stat().st_mode) == 0o600
    other = Home(tmp_path / "other")
    other.make()
    assert not set(home.read("secrets.json").values()) & set(other.read("secrets.json").values() or ["none"])
    assert len(set(home.read("secrets.json").values())) == 8


def test_a_file_half_written_by_a_power_cut_counts_as_none(home: Home) -> None:
    (home.path / "run/system.json").write_text('{"pid": 12, "par')
    assert home.read("run/system.json") == {}


def test_a_second_holder_is_told_where_the_first_is(home: Home) -> None:
    home.write("run/system.json", {"pid": 12, "address": "http://127.0.0.1:8080"})
    with home.claimed():
        assert Home(home.path).in_use
        with pytest.raises(Misconfigured, match=r"runs already at http://127\.0\.0\.1:8080 \(process 12"):
            reset.what_goes(home.path)
        with pytest.raises(Misconfigured, match="runs already"):
            reset.empty(home.path)
    assert not home.in_use


def test_a_shell_is_told_of_a_system_only_while_it_runs(home: Home) -> None:
    attach(home, {"ATELIER_DATABASE_URL": "postgresql://x"})
    assert attached(home.path) == {}
    with home.claimed():
        assert attached(home.path) == {"ATELIER_DATABASE_URL": "postgresql://x"}
    assert attached(home.path / "nowhere") == {}


def test_parts_hear_nothing_of_the_callers_other_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "AWS_PROFILE", "ATELIER_DATABASE_URL_FILE", "ATELIER_S3_ENDPOINT", "ATELIER_COUNT_CAP"):
        monkeypatch.setenv(name, "x")
    told = inherited(own_database=True, own_bucket=True)
    assert not {"PGHOST", "AWS_PROFILE", "ATELIER_DATABASE_URL_FILE", "ATELIER_S3_ENDPOINT"} & told.keys()
    assert told["ATELIER_COUNT_CAP"] == "x"
    assert "127.0.0.1" in told["NO_PROXY"]
    yours = inherited(own_database=False, own_bucket=False)
    assert {"PGHOST", "AWS_PROFILE", "ATELIER_DATABASE_URL_FILE", "ATELIER_S3_ENDPOINT"} <= yours.keys()


def test_a_reset_takes_all_and_leaves_an_empty_folder(home: Home) -> None:
    home.secrets()
    (home.bucket / "atelier-deliveries").mkdir()
    (home.bucket / "atelier-deliveries/reviews.csv").write_text("x" * 1000)
    ((folder, size),) = reset.what_goes(home.path)
    assert folder == home.path
    assert size > 1000
    reset.empty(home.path)
    assert list(home.path.iterdir()) == []
    Home(home.path).make()  # and may begin anew
