"""What becomes of a case when a decision is taken back, and what its place is worth."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.cases import case_again
from backend.domain.priority import URGENT, urgency
from backend.domain.reports import REASONS

cases = st.none() | st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["reported", "held"]),
        "opened_at": st.datetimes(),
        "last_report_at": st.none() | st.datetimes(),
        "reports": st.integers(0, 9),
        "urgent": st.integers(0, 96),
        "reach": st.integers(0, 20),
        "held_by": st.none() | st.just(3),
    }
)


@given(before=cases, now=cases)
def test_no_report_is_lost_or_counted_twice(before: dict[str, Any] | None, now: dict[str, Any] | None) -> None:
    def reports(case: Any) -> int:
        return case["reports"] if case else 0

    assert reports(case_again("hide", before, now)) == reports(before) + reports(now)
    if now:  # a held case has counted those before
        assert reports(case_again("hold", before, now)) == reports(now)


@given(before=cases, now=cases)
def test_a_hold_that_is_taken_back_leaves_nobody_who_holds_it(
    before: dict[str, Any] | None, now: dict[str, Any] | None
) -> None:
    case = case_again("hold", before, now)
    if case and now:
        assert (case["kind"], case["held_by"]) == (
            (before or {}).get("kind", "reported"),
            (before or {}).get("held_by"),
        )
    if now and not before and not now["reports"]:
        assert case is None


def test_a_case_kept_before_urgency_was_counted_comes_back() -> None:
    old = {"kind": "reported", "opened_at": "2026-01-01", "last_report_at": None, "reports": 2}
    again = case_again("hide", old, None)
    assert again == {**old, "urgent": 0, "reach": 0, "held_by": None}


def test_a_reason_is_worth_its_hours_and_an_unknown_one_none() -> None:
    assert set(URGENT) < set(REASONS)
    assert (urgency("illegal"), urgency("other"), urgency(None), urgency("<b>")) == (96, 0, 0, 0)
