"""Two import runs side by side, figure by figure: what came of them, how long they took, what their columns hold."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from admin_ui import formats, runs, words
from backend.store.database import Row


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of both: as it is written, and how the first differs from the other; empty where it does not."""

    name: str
    one: str
    other: str
    difference: str = ""
    one_note: str = ""
    other_note: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A column of one format in both: its values that are empty, as a share of the rows taken, and what it spans."""

    format: str
    column: str
    one: str
    other: str
    one_range: str
    other_range: str
    differs: bool


def counts(one: Row, other: Row) -> list[Line]:
    """The balance of both, with the share of what was read."""
    first, second = runs.sums(one["files"]), runs.sums(other["files"])
    made = [
        _line("Files", len(one["files"]), len(other["files"]), formats.number),
        _line("Bytes", first["bytes"], second["bytes"], formats.size),
        _line("Read", first["records"], second["records"], formats.number),
    ]
    for field, word, _ in (*runs.OUTCOMES, ("repaired", "Repaired", "")):
        notes = (formats.share(first[field], first["records"]), formats.share(second[field], second["records"]))
        made.append(_line(word, first[field], second[field], formats.number, *notes))
    return made


def rates(one: Row, other: Row) -> list[Line]:
    """How long both took, together and by stage, and how many records a second that was."""
    made = [_line("Took", runs.took(one) or 0, runs.took(other) or 0, formats.duration)]
    first, second = ({stage.name: stage.seconds or 0 for stage in runs.stages(run)} for run in (one, other))
    made += [
        _line(name, first.get(name), second.get(name), formats.duration) for name in dict.fromkeys((*first, *second))
    ]
    return [*made, _line("Records/s", _rate(one), _rate(other), formats.number)]


def columns(one: Row, other: Row) -> list[Held]:
    """What the columns of both hold, by format: of what was measured in either."""
    first, second = _held(one["files"]), _held(other["files"])
    made = []
    for key in dict.fromkeys((*first, *second)):
        told, theirs = first.get(key, ("—", "—")), second.get(key, ("—", "—"))
        made.append(Held(words.plain(key[0]), key[1], told[0], theirs[0], told[1], theirs[1], told != theirs))
    return made


def _held(files: Iterable[Row]) -> dict[tuple[str, str], tuple[str, str]]:
    """By format and column: the share of empty values over all its files, and the span where it is one file's."""
    by_format: dict[str, list[Row]] = {}
    for file in files:
        if file["quality"]:
            by_format.setdefault(file["format"], []).append(file)
    found = {}
    for fmt, several in by_format.items():
        taken = sum(file["records"] - file["rejected"] for file in several)
        for column in runs.columns(several[0]):
            empty = sum(file["quality"].get(column.name, {}).get("empty", 0) for file in several)
            span = column.range if len(several) == 1 else ""
            found[fmt, column.name] = formats.share(empty, taken), span or "—"
    return found


def _rate(run: Row) -> int | None:
    seconds = runs.took(run)
    records = runs.sums(run["files"])["records"]
    return int(records / seconds) if seconds and records else None


def _line(
    name: str,
    one: float | None,
    other: float | None,
    write: Callable[[int], str] | Callable[[float], str],
    one_note: str = "",
    other_note: str = "",
) -> Line:
    def written(value: float | None) -> str:
        return "—" if value is None else write(value)  # type: ignore[arg-type]

    difference = ""
    if one is not None and other is not None and written(one) != written(other):
        difference = f"{'+' if one > other else '−'}{written(abs(one - other))}"
    return Line(name, written(one), written(other), difference, one_note, other_note)
