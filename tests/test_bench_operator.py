"""`atelier bench operator` at the smallest scale: a day from the bucket to repaired, and the jobs beside traffic."""

import json

import pytest

from loadtests.api.measured import Measured
from loadtests.operator.report import Report
from tests.shell import bench


def test_it_holds_while_nobody_beside_the_jobs_met_an_error_or_waited() -> None:
    assert Report(1.0, {}, beside=Measured(1_000, p99=250.0)).holds
    assert not Report(1.0, {}, beside=Measured(1_000, p99=250.1)).holds
    assert not Report(1.0, {}, beside=Measured(1_000, p99=20.0, errors=1)).holds
    assert not Report(1.0, {}, wrong=["a number"]).holds


@pytest.mark.long
def test_a_day() -> None:
    done = bench("operator", "--scale", "0.002", "--seconds", "8", "--rate", "50", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(done.stdout)
    assert report["wrong"] == []
    assert report["rejected"] > 0
    assert report["repaired"] > 0
    assert report["jobs_beside"].keys() == report["jobs_alone"].keys() == {"bulk change", "import of the next delivery"}
    assert report["beside"]["errors"] == 0
    assert report["beside"]["answers"] == 400
