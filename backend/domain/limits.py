"""How many records a run may refuse before it is stopped: so many, or such a share of what was read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.domain.errors import FieldError, Invalid

_FORM = re.compile(r"(\d{1,12})|(\d{1,3}(?:\.\d{1,3})?) ?%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many `rows`, or at most `percent` of the records read; a share counts from `least` rows on."""

    rows: int | None = None
    percent: float | None = None
    least: int = 0

    def __str__(self) -> str:
        return f"{self.rows:,}" if self.rows is not None else f"{self.percent:g} %"

    def is_passed(self, rejected: int, records: int) -> bool:
        """Whether more were refused than may be."""
        if self.rows is not None:
            return rejected > self.rows
        assert self.percent is not None
        return rejected > self.least and 100 * rejected > self.percent * records

    def as_option(self) -> dict[str, Any]:
        """The same for a run's options."""
        return {"rows": self.rows, "percent": self.percent, "least": self.least}


# A delivery of which a fifth is refused was not understood. A few records prove nothing.
USUAL = Limit(percent=20, least=1_000)


def parse(text: str, field: str) -> Limit:
    """`1000` or `2.5%`; raise `Invalid`, which names the field and the forms that are taken."""
    found = _FORM.fullmatch(text.strip())
    if found is None or (found[2] and float(found[2]) > 100):  # noqa: PLR2004
        told = f"{text[:40]!r} is no limit: write a number of records like 1000, or a share like 2.5%."
        raise Invalid(told, errors=(FieldError(field, told),))
    return Limit(rows=int(found[1])) if found[1] else Limit(percent=float(found[2]))


def of_option(option: Mapping[str, Any] | None) -> Limit | None:
    """A limit as a run's options have it."""
    return Limit(**option) if option else None
