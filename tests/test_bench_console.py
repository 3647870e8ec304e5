"""`atelier bench console` at the smallest scale: it visits, decides, tells, and says what did not answer."""

import json
from pathlib import Path

import pytest

from loadtests.console.bench import Times, Visited
from tests.shell import bench


def test_a_page_is_held_against_its_limit_at_the_95th_of_a_hundred() -> None:
    times = Times.of([float(number) for number in range(1, 101)])
    assert times == Times(51, 96)
    assert Visited("a page", 96, times, times, 1).holds
    assert not Visited("a page", 95, times, times, 1).holds
    assert Times.of([7.0]) == Times(7, 7)


@pytest.mark.long
def test_it_visits_and_decides(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    quick = ("--scale", "0.0005", "--visits", "1", "--decisions", "2", "--only", "queue,reviews,review")
    done = bench("console", *quick, "--json", str(file))
    assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(file.read_text(encoding="utf-8"))
    assert [page["title"] for page in report["pages"]] == ["the queue", "reviews", "one review"]
    assert all(0 < page["first_byte"]["p50"] <= page["ready"]["p50"] for page in report["pages"])
    assert report["decided"] == 2
    assert report["missing"] == []
