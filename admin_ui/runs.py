"""An import run as the console tells it: does it balance, how far is it, how fast, how long still."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from admin_ui import words
from admin_ui.words import Word
from backend.domain import limits
from backend.domain.imports import ENDED, REVERSIBLE, FileState, RunState
from backend.domain.jobs import JobState
from backend.store.database import Row

# Each outcome of a record with its word and the class of its colour.
OUTCOMES = (
    ("inserted", "Inserted", "b1"),
    ("updated", "Updated", "b2"),
    ("unchanged", "Unchanged", "b3"),
    ("duplicates", "Duplicates", "bw"),
    ("rejected", "Rejected", "bb"),
)


@dataclass(frozen=True, slots=True)
class Balance:
    """The equation of a run or a file: records read are in exactly one outcome, or still to be merged (`open`)."""

    read: int
    parts: tuple[tuple[str, str, int], ...]  # word, class, count
    open: int
    ended: bool
    merged: bool

    @property
    def holds(self) -> bool:
        """Every record read is accounted for; true of a run that was broken off too, whose open ones are named."""
        return self.open == 0 or (self.open > 0 and not self.merged)


@dataclass(frozen=True, slots=True)
class Course:
    """The rejected shares of a run's files side by side: x and height of each bar, of 120 × 28, and the limit's y.

    `limit` is None where it lies beyond the scale, which all runs of a page have in common.
    """

    bars: tuple[tuple[float, float], ...]
    width: float
    limit: float | None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: `done`, `now` or `ahead`, with the seconds it took or has taken."""

    name: str
    state: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the stage is that a run is in. `share` is 0 to 1; rate and time left are None while nothing tells."""

    share: float
    what: str
    rate: float | None
    unit: str
    left: float | None


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of a file holds: values that are empty, about how many differ, and between what they lie."""

    name: str
    empty: int
    distinct: int
    range: str


def balance(counts: Row, *, ended: bool, merged: bool) -> Balance:
    """The equation of a row that has the counts, be it a file or a run's sums."""
    parts = tuple((word, cls, int(counts[name])) for name, word, cls in OUTCOMES)
    accounted = sum(count for _, _, count in parts)
    return Balance(int(counts["records"]), parts, int(counts["records"]) - accounted, ended, merged)


def told(run: Row) -> dict[str, Any]:
    """A run with its files, and all that its page tells of it."""
    counts = sums(run["files"])
    return {
        "run": run,
        "counts": counts,
        "balance": balance(counts, ended=run["ended"], merged=run["state"] in ("finished", "reversing", "reversed")),
        "progress": progress(run, counts),
        "stages": stages(run),
        "indexing": indexing(run),
    }


def sums(files: list[Row]) -> Row:
    """The counts of all files together."""
    names = (
        "records",
        "bytes",
        "bytes_read",
        "repaired",
        "blank",
        "kept",
        "reversed",
        "reverse_kept",
        "reverse_failed",
        *(name for name, _, _ in OUTCOMES),
    )
    return {name: sum(int(file[name]) for file in files) for name in names}


def scale_of(rows: Sequence[Row]) -> float:
    """What the courses of a page are measured by: the largest rejected share of a file, in per cent; 1 at the least."""
    shares: list[float] = [100 * rejected / records for run in rows for records, rejected in run["shares"]]
    return max([1.0, *shares])


def course(run: Row, scale: float) -> Course:
    """The rejected shares of a run's files, in the order in which they are read."""
    step = 120 / max(len(run["shares"]), 1)
    bars = tuple(
        (round(place * step, 1), max(round(2600 * rejected / records / scale, 1), 0.5) if rejected else 0.0)
        for place, (records, rejected) in enumerate(run["shares"])
    )
    percent = (limits.of_option(run["most_rejects"]) or limits.USUAL).percent
    limit = 28 - 26 * percent / scale if percent is not None and percent <= scale else None
    return Course(bars, round(min(step - 1.5, 14), 1), limit)


def took(run: Row, now: datetime | None = None) -> float | None:
    """Seconds from its start to its end, or until now, without its pauses; None before it began."""
    if run["started_at"] is None:
        return None
    ended: datetime = run["finished_at"] or now or datetime.now(UTC)
    pauses = (stage for stage in run["stages"] if stage["name"] == "pause")
    rested = sum(
        ((_time(each["ended"]) if "ended" in each else ended) - _time(each["began"])).total_seconds() for each in pauses
    )
    return float((ended - run["started_at"]).total_seconds() - rested)


def state(run: Row) -> Word:
    """A run in a word: also what it is asked to do."""
    word = words.RUN[run["state"]]
    if RunState(run["state"]) in ENDED:
        return word
    if run["cancel_asked"]:
        return replace(word, text="Cancelling")
    if run["pause_asked"]:
        return words.JOB[JobState.PAUSED] if run["stage"] == "pause" else replace(word, text="Pausing")
    return word


def stages(run: Row, now: datetime | None = None) -> list[Stage]:
    """The stages that the run has been in, and those that are ahead of it as far as it knows by now.

    Which they are hangs on whether it loads an empty system, merges, or only judges: it tells when it begins to read.
    """
    entered = {stage["name"]: stage for stage in run["stages"] if stage["name"] not in ("reverse", "pause")}
    told = []
    for name in [*entered, *(name for name in _ahead(run) if name not in entered)]:
        stage = entered.get(name)
        if stage is None:
            told.append(Stage(words.STAGES.get(name, name), "ahead", None))
            continue
        began, ended = _time(stage["began"]), _time(stage["ended"]) if "ended" in stage else None
        is_now = ended is None and RunState(run["state"]) not in ENDED
        seconds = ((ended or run["finished_at"] or now or datetime.now(UTC)) - began).total_seconds()
        told.append(Stage(words.STAGES.get(name, name), "now" if is_now else "done", max(seconds, 0.0)))
    return told


def _ahead(run: Row) -> Sequence[str]:
    if RunState(run["state"]) in (RunState.FINISHED, RunState.REVERSING, RunState.REVERSED):
        return ()
    return next((stage["ahead"] for stage in reversed(run["stages"]) if stage.get("ahead")), ("pin", "read"))


def progress(run: Row, counts: Row, now: datetime | None = None) -> Progress | None:
    """How far a running run is, by the stage it is in; None when it waits, rests or has ended."""
    if RunState(run["state"]) is RunState.REVERSING:
        done, total = (int((run["reversal"] or {}).get(name) or 0) for name in ("done", "total"))
        return Progress(min(done / total, 1) if total else 0, "rolled back", None, "", None)
    if RunState(run["state"]) is not RunState.RUNNING or run["stage"] == "pause":
        return None
    moment = now or datetime.now(UTC)
    name = run["stage"] or ""
    stage = next((stage for stage in reversed(run["stages"]) if stage["name"] == name), None)
    seconds = max((moment - _time(stage["began"])).total_seconds(), 0.001) if stage else 0.001
    what = words.STAGES.get(name, name or "starting").lower()
    if name == "read" and counts["bytes"]:
        rate = counts["bytes_read"] / seconds
        return Progress(
            share=min(counts["bytes_read"] / counts["bytes"], 1),
            what=what,
            rate=counts["records"] / seconds,
            unit="records/s",
            left=(counts["bytes"] - counts["bytes_read"]) / rate if rate else None,
        )
    if name in ("merge", "judge") and run["merge_total"]:
        rate = run["merged_rows"] / seconds
        left = (run["merge_total"] - run["merged_rows"]) / rate if rate else None
        share = min(run["merged_rows"] / run["merge_total"], 1)
        return Progress(share, what, rate, "rows/s", max(left, 0) if left is not None else None)
    if stage and stage.get("total"):
        done, total = stage["done"], stage["total"]
        return Progress(done / total, f"{what}, {done} of {total}", None, "", None)
    order = list(words.STAGES)
    place = order.index(name) if name in order else 0
    return Progress(place / len(order), what, None, "", None)


def indexing(run: Row, now: datetime | None = None) -> Progress | None:
    """How far the words of a run that has ended are indexed; None when it goes on, or has changed none."""
    total, left = int(run["index_total"]), int(run["index_left"])
    if RunState(run["state"]) not in ENDED or not total:
        return None
    began = run["index_began_at"]
    seconds = ((now or datetime.now(UTC)) - began).total_seconds() if began else 0
    rate = (total - left) / seconds if left and seconds > 0 else None
    return Progress((total - left) / total, "words", rate, "reviews/s", left / rate if rate else None)


def understood(file: Row) -> str:
    """How a file was understood: `UTF-8 with BOM, comma, 1 column left aside`; empty while nothing is known."""
    found: dict[str, Any] = file["understood"] or {}
    separators = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
    said = [found.get("encoding"), separators.get(found.get("separator", ""), found.get("separator"))]
    if mapping := found.get("mapping"):
        said.append(f"by the mapping {mapping}")
    if sibling := found.get("header_of"):
        said.append(f"with the header of {sibling}")
    if aside := found.get("unknown"):
        said.append(f"{len(aside)} {'column' if len(aside) == 1 else 'columns'} left aside")
    return ", ".join(str(part) for part in said if part)


def columns(file: Row) -> list[Column]:
    """What a file's columns hold, in the order of its header; empty where nothing was measured."""
    found = file["understood"] or {}
    header, theirs = found.get("header", []), found.get("columns", {})
    places = {name: header.index(theirs[name]) for name in theirs if theirs[name] in header}
    measured = sorted(file["quality"].items(), key=lambda column: places.get(column[0], len(header)))
    return [Column(name, told["empty"], told["distinct"], _range(told)) for name, told in measured]


def _range(told: Row) -> str:
    if "longest" in told:
        return f"{told['shortest']:,} to {told['longest']:,} bytes"
    if "most" in told:
        return " to ".join(_value(told[end]) for end in ("least", "most"))
    return ""


def _value(value: int | str) -> str:
    if isinstance(value, bool):
        return words.shown("", value)
    return f"{value:,}" if isinstance(value, int) else value[: len("2026-11-24")]


def may_roll_back(run: Row) -> bool:
    """Whether there is something of a run to take back; how old it may be, the service knows."""
    wrote = any(file["inserted"] + file["updated"] for file in run["files"])
    return RunState(run["state"]) in REVERSIBLE and wrote and not run["dry_run"]


def is_merged(file: Row) -> bool:
    """Whether the merge is through with a file, so that nothing of it may be open any more."""
    return FileState(file["state"]) is FileState.MERGED


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
