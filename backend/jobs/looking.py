"""What an import would read: each file of a delivery at a glance, by a mapping that may be changed and tried."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.domain.errors import Invalid, Unavailable
from backend.jobs.originals import sources_of
from backend.settings import Settings
from etl import dates, formats, mapping, remap
from etl.glance import Glance, glance
from etl.opening import head_of, header_of
from etl.parts import Opener
from etl.sources import Object, Sources

# Files of a delivery that are opened; all of them are counted.
LOOKED_AT = 24
PATIENCE = 10.0  # seconds that a bucket may take to show them


@dataclass(frozen=True, slots=True)
class Preview:
    """A delivery before it is imported: its first files at a glance, how many there are, how many bytes they have.

    `definition` is that of the mapping by which they were looked at, with what was to be tried.
    """

    glances: Sequence[Glance]
    files: int
    bytes: int
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trying:
    """A change of the mapping (the fields of `etl.remap.Change`) that is tried on the files like this one."""

    file: str
    change: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Forms:
    """What a mapping may say: the formats with their columns, forms of dates and encodings with what they mean."""

    formats: Mapping[str, tuple[str, ...]]
    dates: Mapping[str, str]
    encodings: Mapping[str, str]


FORMS = Forms({each.name: each.column_names for each in formats.FORMATS}, dates.FORMS, formats.ENCODINGS)


def look(
    settings: Settings, source: str, definition: Mapping[str, Any], name: str, trying: Trying | None = None
) -> Preview:
    """Look at a delivery by a mapping of this name; raise what opening it raises. It reads, so it runs aside."""
    until = time.monotonic() + PATIENCE

    def heed() -> None:
        if time.monotonic() > until:
            raise Unavailable(f"The files could not be looked at within {PATIENCE:.0f} seconds. Try again.")

    sources = sources_of(settings, heed=heed)
    objects = sources.objects(source)
    if trying:
        definition = _changed(sources, objects, definition, trying)
    opener = Opener(sources, objects, mapping.from_dict(definition, name) if definition else mapping.NO_MAPPING)
    glances = []
    for each in objects[:LOOKED_AT]:
        heed()
        glances.append(glance(opener, each))
    return Preview(glances, len(objects), sum(each.size for each in objects), definition)


def _changed(
    sources: Sources, objects: Sequence[Object], definition: Mapping[str, Any], trying: Trying
) -> Mapping[str, Any]:
    found = next((each for each in objects if each.name == trying.file), None)
    if found is None:
        raise Invalid(f"There is no file {trying.file[:80]} any more: choose another.")
    header = header_of(head_of(sources, found))
    return remap.changed(definition, remap.Change(**trying.change), found.name, header)


def check(definition: Mapping[str, Any]) -> None:
    """Raise `Invalid`, with every error at once, for a definition that is none."""
    mapping.from_dict(definition)
