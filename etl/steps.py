"""The table of rules: each step by name, what it does to the record it meets, and what else it may be told to do.

A mapping gives a step another action for one format; a step without a word of its own does what stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

# `form` only reads another way of writing; `repair` changes the value; `warn` leaves it as it is; `reject` refuses the
# record. All are counted: forms by value, of the rows that were taken; all else by record.
Action = Literal["form", "repair", "warn", "reject"]


class Refused(Exception):
    """The value cannot be taken; `reason` is a name in `STEPS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what it `does` by itself, and the other actions that it `may` be given."""

    name: str
    does: Action
    meaning: str
    may: tuple[Action, ...] = ()


STEPS = (
    Step("trim", "form", "White space around a value is no part of it."),
    Step("null", "form", "An empty value and the words null, NULL and \\N mean that there is none."),
    Step("epoch", "form", "A date of digits alone counts milliseconds since 1970, in UTC."),
    Step("iso", "form", "A date like 2019-01-31, with or without a time and a zone; without a zone it is UTC."),
    Step("boolean_form", "form", "true, t, yes, y, 1 and false, f, no, n, 0, in any case."),
    Step("control", "repair", "NUL and other control characters are taken out of a text.", ("reject",)),
    Step("encoding", "repair", "A text in Latin-1 or Mac-Roman, where only one of them makes words.", ("reject",)),
    Step("mojibake", "repair", "UTF-8 that was once read as Latin-1, where that is certain.", ("warn", "reject")),
    Step("email", "warn", "An e-mail address without its shape is kept as it came, and counted.", ("reject",)),
    Step("name", "repair", "A characteristic's name in another case, as storefronts know it.", ("reject",)),
    Step("default", "repair", "A missing helpfulness is 0, a missing `reported` is false.", ("reject",)),
    Step("struct", "reject", "A quote in an impossible place: where the record ends cannot be known."),
    Step("fields", "reject", "More or fewer fields than the header has."),
    Step("missing", "reject", "There must be a value."),
    Step("integer", "reject", "Not a whole number."),
    Step("number", "reject", "Not a number."),
    Step("range", "reject", "A number below or above what it may be."),
    Step("id_range", "reject", "An id of 1,000,000,000 or more: those are born in this system."),
    Step("date", "reject", "Neither milliseconds nor an ISO date, or not the form that the mapping names."),
    Step("date_range", "reject", "A date before 1995 or after 2099: often seconds where milliseconds are meant."),
    Step("boolean", "reject", "Neither true nor false in any of their forms."),
    Step("encoding", "reject", "Bytes that are not UTF-8, and nothing else for certain."),
    Step("url", "reject", "Not an http or https address. Repaired, one that begins with // gets https.", ("repair",)),
    Step("name", "reject", "None of the six characteristics that storefronts know."),
    Step("too_long", "reject", "A text of more than 100,000 characters, or a line or an address far beyond sense."),
    Step("orphan", "reject", "What it belongs to is neither in this delivery nor stored."),
    Step("other_product", "reject", "The characteristic or the style belongs to another product."),
    Step("itself", "reject", "A product is not related to itself."),
    Step("duplicate_name", "reject", "The product has a characteristic of this name already, under another id."),
)
# Those that a mapping may give another action.
CONFIGURABLE = {step.name: step for step in STEPS if step.may}


class Notes(list[str]):
    """The names of the steps that a row met. `actions` are those that were given another action than their own."""

    actions: ClassVar[Mapping[str, Action]] = {}

    def met(self, name: str) -> bool:
        """Note a step that repairs or warns, and say whether to repair; `Refused` where it was told to reject."""
        action = self.actions.get(name)
        if action == "reject":
            raise Refused(name)
        self.append(name)
        return action != "warn"

    def told_to_repair(self, name: str) -> bool:
        """Note a step that rejects by itself but was told to repair; False where it was not."""
        if self.actions.get(name) != "repair":
            return False
        self.append(name)
        return True


def notes_with(actions: Mapping[str, Action]) -> type[Notes]:
    """Notes for a file whose mapping gives steps these actions."""
    return type("Notes", (Notes,), {"actions": dict(actions)}) if actions else Notes
