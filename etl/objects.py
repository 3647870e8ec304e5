"""What sources are made of: the objects of a delivery, the lines of the picker, and what can go wrong with them."""

import re
from dataclasses import dataclass
from datetime import datetime

from backend.domain.errors import AtelierError, Unavailable
from backend.domain.locations import Location


class ReplacedError(AtelierError):
    """The object is not the one that was pinned."""


class UnreachableError(Unavailable):
    """The bucket does not answer."""


class BrokenError(AtelierError):
    """The object cannot be unpacked."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a delivery. `name` is its address below the run's source; `etag` pins what is read."""

    name: str
    location: Location
    size: int
    etag: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the picker: a folder (its URL ends in `/`) or an object."""

    url: str
    name: str
    folder: bool
    size: int | None = None
    modified: datetime | None = None
    etag: str | None = None


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts names as people count: part 2 stands before part 10."""
    return [(int(run), "") if run.isdigit() else (-1, run) for run in re.split("([0-9]+)", name) if run]


def replaced(each: Object) -> ReplacedError:
    """That an object is another one than was pinned, or none."""
    return ReplacedError(
        f"{each.name} was replaced or removed while it was read. Nothing of it was written: import it again."
    )
