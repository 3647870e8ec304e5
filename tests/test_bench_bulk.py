"""`atelier bench bulk` at the smallest scale: what it changes is what was there, and what it takes back is whole."""

import json

import pytest

from loadtests.bulk.bench import Report
from tests.shell import bench


def test_it_holds_within_both_bars() -> None:
    assert Report(9, plain=[10.0, 10.0, 10.0], bulk=[15.0, 11.0, 99.0], longest_ms=500.0).holds
    assert not Report(9, plain=[10.0], bulk=[15.1], longest_ms=20.0).holds
    assert not Report(9, plain=[10.0], bulk=[11.0], longest_ms=500.1).holds


@pytest.mark.long
def test_it_changes_and_takes_back() -> None:
    done = bench("bulk", "--scale", "0.003", "--pairs", "1", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(done.stdout)
    assert report["rows"] == 3_000
    assert report["faults"] == []
    assert min(*report["plain"], *report["bulk"], *report["revert"]) > 0
