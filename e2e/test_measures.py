"""The load test decides by its thresholds; the bench tells ratios."""

import json

import pytest

from e2e.system import System


def test_visitors_find_the_service_well(system: System) -> None:
    done = system.run("loadtest", "--users", "5", "--seconds", "5", "--p95", "2000", "--p99", "5000")
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = (system.home / "loadtests").glob("*.html")
    assert "GET /reviews/meta" in report.read_text(encoding="utf-8")


@pytest.mark.long
def test_a_missed_threshold_is_an_exit_status(system: System) -> None:
    done = system.run("loadtest", "--users", "5", "--seconds", "5", "--p99", "0.001")
    assert done.returncode == 1
    assert "Threshold missed: p99" in done.stdout + done.stderr


@pytest.mark.long
def test_the_bench_tells_rates_beside_their_limits(system: System) -> None:
    done = system.run("bench", "api", "--seconds", "1", "--pairs", "1", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert [case["case"] for case in told["cases"]] == ["list", "meta", "mixed"]
    for case in told["cases"]:
        assert case["rate"]["median"] > 10
        assert 0 < case["of_file"]["median"] < 1
        assert case["of_postgres"]["median"] > 0
