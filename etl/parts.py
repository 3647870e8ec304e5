"""Files in parts, of which often only the first has a header: the others take their sibling's, and say so."""

import re
from collections.abc import Sequence

from etl.formats import NotOursError, NotUnderstoodError, Understood
from etl.mapping import NO_MAPPING, Mapping
from etl.opening import Head, Opening, head_of, open_head, open_part
from etl.sources import BrokenError, Object, ReplacedError, Sources

_ENDING = re.compile(r"\.(?:csv|tsv|txt|dat|gz|gzip|zst|zstd)\Z")
_NUMBER = re.compile(r"[-_. ]*(?:part|chunk|split)?[-_. ]*#(?:[-_. ]*of[-_. ]*#)?\Z")


def family(name: str) -> str:
    """What the parts of one file have in common: `reviews.csv.gz`, `reviews.part-002.csv` and `reviews_2.csv`."""
    folder, slash, stem = name.lower().rpartition("/")
    stem = re.sub(r"\d+", "#", _without_endings(stem))
    return folder + slash + (_without_endings(_NUMBER.sub("", stem)) or stem)


def _without_endings(stem: str) -> str:
    while (shorter := _ENDING.sub("", stem)) != stem:
        stem = shorter
    return stem


class Opener:
    """Opens the files of one delivery, each by its own header or by that of its sibling."""

    def __init__(self, sources: Sources, objects: Sequence[Object], mapping: Mapping = NO_MAPPING) -> None:
        self.sources = sources
        self._mapping = mapping
        self._families: dict[str, list[Object]] = {}
        for each in sorted(objects, key=lambda one: one.name):
            self._families.setdefault(family(each.name), []).append(each)
        self._headed: dict[str, tuple[Understood, str] | None] = {}

    def open(self, each: Object) -> Opening:
        """How a file begins; raise `NotOursError` for none of the ten, `NotUnderstoodError` for a broken one."""
        return self.open_head(head_of(self.sources, each), each)

    def open_head(self, head: Head, each: Object) -> Opening:
        """The same of a file whose first bytes are there already."""
        try:
            return open_head(head, self._mapping)
        except (NotOursError, NotUnderstoodError) as error:
            refusal = error
        sibling = self._sibling(each)
        if sibling is None:
            raise refusal
        opening = open_part(head, *sibling)
        if opening is None:
            raise NotUnderstoodError(f"{refusal} Nor does its first record fit the header of {sibling[1]}.")
        return opening

    def _sibling(self, each: Object) -> tuple[Understood, str] | None:
        """The first of the family that has a header, and its name."""
        key = family(each.name)
        if key not in self._headed:
            self._headed[key] = self._first_headed([other for other in self._families.get(key, ()) if other != each])
        return self._headed[key]

    def _first_headed(self, others: Sequence[Object]) -> tuple[Understood, str] | None:
        for other in others:
            try:
                return open_head(head_of(self.sources, other), self._mapping).understood, other.name
            except (NotOursError, NotUnderstoodError, BrokenError, ReplacedError):
                continue
        return None
