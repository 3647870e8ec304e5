"""The geometry of charts: columns stand where they belong and are as high as their counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_ui import charts
from admin_ui.charts import HEIGHT, ROOM

COUNTS = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), max_size=90)


def drawn(counts: list[tuple[int, int]]) -> charts.Chart:
    rows = [{"a": a, "b": b, "sum": a + b} for a, b in counts]
    return charts.columns(rows, {"a": "b2", "b": "b1"}, label=lambda row: str(row["sum"]), title=str, line="sum")


@given(COUNTS)
def test_columns_are_as_high_as_what_they_count(counts: list[tuple[int, int]]) -> None:
    chart = drawn(counts)
    assert len(chart.columns) == len(counts)
    top = charts.nice(max([a + b for a, b in counts], default=0))
    for column, (a, b) in zip(chart.columns, counts, strict=True):
        assert sum(part.height for part in column.parts) == pytest.approx((HEIGHT - ROOM) * (a + b) / top, abs=0.2)
        assert all(part.y >= 0 for part in column.parts)
        assert 0 <= column.bar[0] <= column.bar[0] + column.bar[1] <= 100.001
    assert all(0 <= dot.y <= HEIGHT for pair in chart.line for dot in pair)


@given(st.integers(0, 10**9))
def test_a_scale_ends_above_its_values_and_not_far(value: int) -> None:
    assert value <= charts.nice(value) <= max(2 * value, 1)


@pytest.mark.parametrize(("count", "labels"), [(0, 0), (1, 1), (7, 7), (30, 6), (90, 6), (24, 6)])
def test_labels_do_not_crowd(count: int, labels: int) -> None:
    chart = drawn([(1, 1)] * count)
    assert len(chart.labels) == labels
    if count:
        assert chart.labels[-1].x > 90 or count == 1


def test_a_line_has_gaps_where_nothing_is_known() -> None:
    rows = [{"average": value} for value in (1.0, 3.0, None, 5.0, None)]
    chart = charts.course(rows, "average", 1, 5, label=str, title=str)
    assert len(chart.line) == 1
    assert [dot.y for dot in chart.dots] == [ROOM]
    assert chart.line[0][0].y == HEIGHT
