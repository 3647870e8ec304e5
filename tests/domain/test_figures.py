"""Figures by their rules: a median out of steps, refusals that lean, cells that are no formula."""

from statistics import median_low

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.domain import waiting
from backend.domain.fairness import Lean, leaning
from backend.domain.spreadsheets import safe


@given(st.lists(st.floats(1, 10**8), min_size=1, max_size=60))
def test_the_median_is_within_a_twelfth(waits: list[float]) -> None:
    counts: dict[int, int] = {}
    for seconds in waits:
        step = waiting.step_of(seconds)
        counts[step] = counts.get(step, 0) + 1
    told = waiting.median(counts)
    assert told == pytest.approx(median_low(waits), rel=1 / 12)


def test_of_none_there_is_no_median() -> None:
    assert waiting.median({}) is None


@pytest.mark.parametrize(
    ("refused", "judged", "leans"),
    [
        ((30, 0, 0, 0, 0), (30, 0, 0, 0, 30), True),
        ((40, 20, 5, 5, 10), (80, 40, 40, 40, 80), True),
        ((10, 10, 10, 10, 10), (20, 20, 20, 20, 20), False),  # alike
        ((0, 0, 0, 0, 30), (30, 0, 0, 0, 30), False),  # on the kind ones
        ((10, 5, 0, 0, 0), (15, 5, 5, 5, 5), False),  # too few to tell
        ((12, 0, 0, 0, 8), (20, 0, 0, 0, 20), False),  # 60 % beside 40 %: no more than one and a half times
        ((8, 0, 0, 0, 13), (200, 0, 0, 0, 600), False),  # 4 % beside 2 %: chance
        ((30, 0, 0, 0, 0), (30, 0, 0, 0, 0), False),  # nothing to hold it against
    ],
)
def test_refusals_that_lean(refused: tuple[int, ...], judged: tuple[int, ...], leans: bool) -> None:
    assert (leaning(refused, judged) is not None) == leans


def test_a_lean_tells_both_shares() -> None:
    assert leaning((30, 10, 0, 0, 10), (40, 40, 20, 40, 40)) == Lean(low=0.5, others=0.1)


@given(st.text(max_size=20))
@example("=1+1")
@example("-2+3")
def test_no_cell_is_a_formula_and_nothing_is_lost(cell: str) -> None:
    told = safe(cell)
    assert not told.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert told.removeprefix("'") == cell.removeprefix("'")
