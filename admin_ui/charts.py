"""The geometry of charts: where a bar stands and how high it is. Macros draw it, classes colour it.

Across, all is in per cent, so that a chart is as wide as its place and its letters keep their size; down, in pixels.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from typing import Any

HEIGHT = 148.0
ROOM = 14.0  # above the highest bar, for the figure of the scale
_WIDEST = 5.0  # per cent that a bar takes at most; beside it is air
_NEAR = 0.5  # of a limit, from which on a course shows it
_CALM = 0.2  # of a limit, below which a course does not fill its height
_LABELS = 6  # so many under a chart that has the page to itself


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a column, in the colour of its class."""

    y: float
    height: float
    cls: str


@dataclass(frozen=True, slots=True)
class Column:
    """What stands at one place: its pieces from below, what it says, and where it leads. `bar` is their x and width."""

    x: float
    width: float
    bar: tuple[float, float]
    parts: tuple[Part, ...]
    title: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word under a column; `anchor` keeps the outermost ones inside."""

    x: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A value of a line, in the middle of its column."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """`line` are the stretches between two values beside each other, `dots` the values that have no neighbour."""

    height: float
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]
    line: tuple[tuple[Dot, Dot], ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Spark:
    """A small course in 120 × 28 units: paths of the line and what lies under it, the height of a limit that shows."""

    line: str
    area: str
    limit: float | None


Words = Callable[[Mapping[str, Any]], str]


def columns(
    rows: Sequence[Mapping[str, Any]],
    parts: Mapping[str, str],
    *,
    label: Words,
    title: Words,
    href: Words | None = None,
    line: str | None = None,
    most_labels: int = _LABELS,
) -> Chart:
    """Columns of counts: `parts` are fields and their classes, from below; `line` a field drawn as a line over them."""
    sums = [sum(row[name] for name in parts) for row in rows]
    top = nice(max([*sums, *(row[line] for row in rows if line)], default=0))
    width = 100 / max(len(rows), 1)
    made = []
    for place, row in enumerate(rows):
        y, pieces = HEIGHT, []
        for name, cls in parts.items():
            height = _height(row[name], 0, top)
            if height:
                y -= height
                pieces.append(Part(y, height, cls))
        made.append(_column(place, width, tuple(pieces), title(row), href(row) if href else None))
    points = [Dot((place + 0.5) * width, HEIGHT - _height(row[line], 0, top)) for place, row in enumerate(rows) if line]
    ticks = tuple(Tick(HEIGHT - _height(value, 0, top), f"{value:,}") for value in _ticks(top))
    return Chart(HEIGHT, tuple(made), ticks, _labels(rows, label, most_labels), tuple(pairwise(points)), ())


def course(
    rows: Sequence[Mapping[str, Any]],
    name: str,
    low: int,
    high: int,
    *,
    label: Words,
    title: Words,
    most_labels: int = _LABELS,
) -> Chart:
    """A line of values between two bounds; where a value is None there is a gap."""
    width = 100 / max(len(rows), 1)
    points = [
        None if row[name] is None else Dot((place + 0.5) * width, HEIGHT - _height(row[name] - low, 0, high - low))
        for place, row in enumerate(rows)
    ]
    around = [None, *points, None]
    alone = tuple(
        here
        for before, here, after in zip(around, points, around[2:], strict=False)
        if here and not before and not after
    )
    stretches = tuple((one, other) for one, other in pairwise(points) if one and other)
    made = tuple(_column(place, width, (), title(row), None) for place, row in enumerate(rows))
    ticks = tuple(Tick(HEIGHT - _height(value - low, 0, high - low), str(value)) for value in range(low, high + 1))
    return Chart(HEIGHT, made, ticks, _labels(rows, label, most_labels), stretches, alone)


def spark(values: Sequence[float | None], limit: float | None = None) -> Spark:
    """A course from 0 up, with gaps where a value is None. A limit shows once a value comes near to it."""
    most = max((value for value in values if value is not None), default=0.0)
    shown = limit if limit and most > limit * _NEAR else None
    top = max(most, shown or (limit or 0.0) * _CALM) or 1.0
    step = 120 / max(len(values) - 1, 1)
    lines, areas = [], []
    for is_there, stretch in groupby(enumerate(values), key=lambda each: each[1] is not None):
        points = [(place * step, _low(value, top)) for place, value in stretch if value is not None]
        if is_there:
            is_alone = len(points) == 1
            if is_alone:
                (x, y) = points[0]
                points = [(x - 1.5, y), (x, y)]
            path = " ".join(f"{x:.1f} {y:.1f}" for x, y in points)
            lines.append(f"M{path}")
            if not is_alone:
                areas.append(f"M{path} {points[-1][0]:.1f} 28 {points[0][0]:.1f} 28Z")
    return Spark("".join(lines), "".join(areas), _low(shown, top) if shown else None)


def _low(value: float, top: float) -> float:
    return 26 - 24 * value / top


def nice(value: int) -> int:
    """The next number that a scale may end with: 1, 2, 5 and their tens, and halves where they are whole."""
    if value <= 1:
        return 1
    step = 1
    while True:
        for factor in (1, 2, 4, 5, 8):
            if value <= factor * step:
                return factor * step
        step *= 10


def day_label(day: date) -> str:
    """26 Nov."""
    return f"{day.day} {day:%b}"


def _column(place: int, width: float, parts: tuple[Part, ...], title: str, href: str | None) -> Column:
    bar = min(0.76 * width, _WIDEST)
    return Column(place * width, width, ((place + 0.5) * width - bar / 2, bar), parts, title, href)


def _height(value: float, low: float, high: float) -> float:
    return round((HEIGHT - ROOM) * (value - low) / (high - low), 1)


def _ticks(top: int) -> tuple[int, ...]:
    return (top // 2, top) if top % 2 == 0 else (top,)


def _labels(rows: Sequence[Mapping[str, Any]], label: Words, most: int) -> tuple[Label, ...]:
    """Every label where there are few columns; of many, some at equal distances, the last among them."""
    count = len(rows)
    every = count <= most + 1
    step = 1 if every else -(-count // most)
    made = []
    for place in range(count - 1, -1, -step):
        x = (place + 0.5) * 100 / count
        anchor = "middle"
        if not every and place + 1 == count:
            x, anchor = 100.0, "end"
        elif not every and place < step // 2:
            x, anchor = 0.0, "start"
        made.append(Label(x, anchor, label(rows[place])))
    return tuple(reversed(made))
