"""The bench tells ratios."""

import json

import pytest

from e2e.system import System


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
