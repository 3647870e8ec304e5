"""Limits of rejects: how they are written, and when they are passed."""

import pytest

from backend.domain import limits
from backend.domain.errors import Invalid
from backend.domain.imports import REPAIRS, repairs_of
from backend.domain.limits import Limit
from etl.steps import CONFIGURABLE, STEPS


@pytest.mark.parametrize(
    ("text", "limit"),
    [("0", Limit(rows=0)), ("1000", Limit(rows=1000)), (" 2.5% ", Limit(percent=2.5)), ("100 %", Limit(percent=100.0))],
)
def test_a_limit_is_a_number_or_a_share(text: str, limit: Limit) -> None:
    assert limits.parse(text, "most") == limit
    assert limits.of_option(limit.as_option()) == limit


@pytest.mark.parametrize("text", ["", "-1", "many", "101%", "2,5%", "1e3", "5 percent", "٣"])
def test_anything_else_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(Invalid, match=r"like 1000, or a share like 2\.5%"):
        limits.parse(text, "most")


def test_when_it_is_passed() -> None:
    assert [Limit(rows=3).is_passed(count, 10) for count in (3, 4)] == [False, True]
    assert [Limit(percent=10).is_passed(count, 30) for count in (3, 4)] == [False, True]
    assert not limits.USUAL.is_passed(1_000, 1_000)
    assert limits.USUAL.is_passed(1_001, 5_000)
    assert limits.USUAL.is_passed(1_001, 5_004)
    assert not limits.USUAL.is_passed(1_001, 5_005)


def test_every_repair_can_be_kept_with_its_row() -> None:
    names = {step.name for step in STEPS if step.does in ("repair", "warn")}
    names |= {name for name, step in CONFIGURABLE.items() if {"repair", "warn"} & set(step.may)}
    assert names | {"named"} == set(REPAIRS)
    assert repairs_of(0b1001) == ["control", "email"]
    assert repairs_of(None) == []
