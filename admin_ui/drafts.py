"""A new import on its way through four steps: what was chosen so far, all of it in the address."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Self
from urllib.parse import urlencode

PLACE = "/console/imports/new"
STEPS = (("", "Pick"), ("/read", "Understand"), ("/check", "Check"), ("/start", "Start"))

# What is proposed where no column says it: what a delivery means that leaves it empty.
_USUAL = {"helpfulness": "0", "reported": "false"}

Ask = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was chosen: a source, a saved mapping, the dry run that checked it, and the file that is looked at."""

    source: str
    mapping: str = ""
    run: str = ""
    file: str = ""

    @classmethod
    def of(cls, ask: Ask) -> Self:
        """Out of an address or a form, by whatever gives a field or a default."""
        return cls(*(ask(name, "").strip() for name in ("source", "mapping", "run", "file")))

    def at(self, step: str, **changes: Any) -> str:
        """The address of a step, with this chosen."""
        chosen = replace(self, **changes)
        pairs = [(name, getattr(chosen, name)) for name in self.__dataclass_fields__ if getattr(chosen, name)]
        return f"{PLACE}{step}?{urlencode(pairs)}" if pairs else f"{PLACE}{step}"


@dataclass(frozen=True, slots=True)
class Said:
    """What the editor of a mapping says of one file, as its form and the address have it.

    `columns` are ours to theirs. What has no column there is always the same: its constant, which may be empty.
    """

    format: str
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    date: str = ""
    encoding: str = ""

    @classmethod
    def of(cls, ask: Ask, formats: Mapping[str, Sequence[str]]) -> "Said | None":
        """Out of an address or a form; None where nothing is said, or of a format that there is not."""
        names = formats.get(ask("as", ""))
        if names is None:
            return None
        columns = {name: there for name in names if (there := ask(f"is-{name}", ""))}
        constants = {name: ask(f"always-{name}", "") for name in names if name not in columns}
        return cls(ask("as", ""), columns, constants, ask("date", ""), ask("encoding", ""))

    @classmethod
    def found(cls, glance: Any, formats: Mapping[str, Sequence[str]], meant: str = "") -> "Said":
        """What a file is read by now; of one that is not understood, the columns whose names are alike.

        `meant` is the format it shall be read as, where that is another one.
        """
        if glance.understood and meant in ("", glance.understood.format.name):
            told = glance.understood.told()
            return cls(
                glance.understood.format.name,
                dict(told["columns"]),
                dict(told.get("constants", {})),
                glance.understood.date or "",
                # As the file is read without a word, nothing needs to be said.
                "" if glance.understood.encoding == "utf-8" else glance.understood.encoding,
            )
        name = meant or glance.meant or nearest(glance.header, formats)
        plain = {_plain(theirs): theirs for theirs in glance.header}
        columns = {}
        for ours in formats[name]:
            close = get_close_matches(_plain(ours), plain, n=1, cutoff=0.6)
            if close:
                columns[ours] = plain[close[0]]
        return cls(name, columns, {ours: _USUAL.get(ours, "") for ours in formats[name] if ours not in columns})

    def pairs(self) -> list[tuple[str, str]]:
        """As they stand in an address, without what is empty."""
        said = [("as", self.format), ("date", self.date), ("encoding", self.encoding)]
        said += [(f"is-{name}", there) for name, there in self.columns.items()]
        said += [(f"always-{name}", text) for name, text in self.constants.items()]
        return [(name, text) for name, text in said if text]

    def change(self) -> dict[str, Any]:
        """The same for the ETL."""
        return {
            "format": self.format,
            "columns": self.columns,
            "constants": self.constants,
            "date": self.date,
            "encoding": self.encoding,
        }


def nearest(header: Sequence[str], formats: Mapping[str, Sequence[str]]) -> str:
    """The format that has the most of a header's columns."""
    there = {_plain(name) for name in header}
    return max(formats, key=lambda name: sum(_plain(ours) in there for ours in formats[name]) / len(formats[name]))


def by_column(errors: Sequence[Any], fmt: str) -> dict[str, str]:
    """The errors of a mapping by the column of ours that they are about, or by the key of its part."""
    found = {}
    for error in errors:
        told = re.fullmatch(rf"{fmt}(?:\[\d+\])?\.(?:(?:columns|constants|add)\.)?(\w+)", error.field)
        found[told[1] if told else ""] = error.message
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
