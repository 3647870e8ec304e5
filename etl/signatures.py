"""What rejects have in common: reason, column, and the shape of what was refused.

They are counted while rejects are written, so that nobody has to group millions of them to see that they are a dozen.
A signature that few rejects have keeps where they stand; those of one that many have are soon met by walking the file.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg import Connection

# Rejects whose places their signature keeps.
FEW = 1_000
# Shapes of one reason and column in one file; whatever comes beyond them shares the last one.
MOST_SHAPES = 64
OTHER_SHAPES = "…"

_COUNT = """
    insert into import_signature as kept (file_id, reason, column_name, shape, records, example_offset, offsets)
    select %(file_id)s, reason, column_name, shape, records, example, offsets::bigint[]
    from unnest(
        %(reasons)s::text[], %(columns)s::text[], %(shapes)s::text[], %(records)s::bigint[], %(examples)s::bigint[],
        %(offsets)s::text[]
    ) as counted (reason, column_name, shape, records, example, offsets)
    on conflict (file_id, reason, column_name, shape) do update set
        records = kept.records + excluded.records, example_offset = least(kept.example_offset, excluded.example_offset),
        -- Nothing and an array would be that array.
        offsets = case when kept.offsets is not null and excluded.offsets is not null
            and kept.records + excluded.records <= %(few)s then kept.offsets || excluded.offsets end
    returning id, reason, column_name, shape
"""
_KNOWN = "select reason, column_name, shape, offsets is null from import_signature where file_id = %s"

Signature = tuple[str, str, str]  # reason, column, shape


class Alike(NamedTuple):
    """Rejects that share all their signatures: how many, where one of them begins, and of few where each does."""

    signatures: tuple[Signature, ...]
    records: int
    example: int
    offsets: Sequence[int] | None


@dataclass(slots=True)
class _Counted:
    records: int
    example: int
    offsets: Sequence[int] | None

    def add(self, records: int, example: int, offsets: Sequence[int] | None) -> None:
        self.records += records
        self.example = min(self.example, example)
        few = self.records <= FEW and self.offsets is not None and offsets is not None
        self.offsets = [*(self.offsets or ()), *(offsets or ())] if few else None

    @property
    def places(self) -> str | None:
        """As Postgres reads an array: an array of arrays of different lengths there is not."""
        return None if self.offsets is None else "{" + ",".join(map(str, self.offsets)) + "}"


def count(db: Connection[Any], file_id: int, alike: Iterable[Alike]) -> dict[Signature, int]:
    """Add to the file's signatures; the number of each, under what it was asked as. Committed by the caller."""
    known = db.execute(_KNOWN, (file_id,)).fetchall()
    kept = {signature: signature for *names, _ in known if (signature := tuple(names))}
    many = {tuple(names) for *names, are_many in known if are_many}
    shapes = Counter(signature[:2] for signature in kept)
    counted: dict[Signature, _Counted] = {}
    asked: dict[Signature, Signature] = {}
    for signatures, records, example, offsets in alike:
        for signature in signatures:
            if signature not in kept:
                shapes[signature[:2]] += 1
                crowded = shapes[signature[:2]] > MOST_SHAPES
                kept[signature] = (*signature[:2], OTHER_SHAPES) if crowded else signature
            key = asked[signature] = kept[signature]
            if key in counted:
                counted[key].add(records, example, offsets)
            else:
                counted[key] = _Counted(records, example, None if key in many else offsets)
    reasons, columns, names = ([signature[place] for signature in counted] for place in range(3))
    rows = db.execute(
        _COUNT,
        {
            "file_id": file_id,
            "reasons": reasons,
            "columns": columns,
            "shapes": names,
            "records": [each.records for each in counted.values()],
            "examples": [each.example for each in counted.values()],
            "offsets": [each.places for each in counted.values()],
            "few": FEW,
        },
    )
    found = {(reason, column, shape): number for number, reason, column, shape in rows}
    return {signature: found[key] for signature, key in asked.items()}
