"""A mapping changed for the files of one header: which column is which, what is always so, how dates are written."""

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.domain.errors import Invalid
from etl.formats import FORMATS_BY_NAME, plain_name
from etl.mapping import from_dict


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody says of the files of a format: `columns` are ours to theirs, `constants` what no column says."""

    format: str
    columns: Table[str, str] = field(default_factory=dict)
    constants: Table[str, str] = field(default_factory=dict)
    date: str = ""
    encoding: str = ""


def changed(definition: Table[str, Any], change: Change, file_name: str, header: Sequence[str]) -> dict[str, Any]:
    """The definition with this said of such files: in the part that was for them, or in a new one before all others.

    What else the part says, of ids and rules, stays. It is for files that have all the columns it reads.
    """
    parts = _parts(definition.get(change.format))
    place = next((at for at, part in enumerate(parts) if _is_for(change.format, part, file_name, header)), None)
    old = parts[place] if place is not None else {}
    kept = {
        name: value for name, value in old.items() if name not in ("header", "columns", "constants", "date", "encoding")
    }
    columns = {name: there for name, there in change.columns.items() if plain_name(name) != plain_name(there)}
    said = {
        "header": list(change.columns.values()),
        "columns": columns,
        "constants": dict(change.constants),
        "date": change.date,
        "encoding": change.encoding,
    }
    kept = {name: value for name, value in old.items() if name not in said}
    new = {**kept, **{name: value for name, value in said.items() if value}}
    if place is None:
        parts.insert(0, new)
    else:
        parts[place] = new
    others = {name: each for name, each in definition.items() if name != change.format}
    return {change.format: parts[0] if len(parts) == 1 else parts, **others}


def _parts(said: Any) -> list[dict[str, Any]]:
    return [dict(part) for part in (said if isinstance(said, list) else [said] if said else [])]


def _is_for(fmt: str, part: dict[str, Any], file_name: str, header: Sequence[str]) -> bool:
    if fmt not in FORMATS_BY_NAME:
        return False
    try:
        return from_dict({fmt: part}).part_for(file_name, header) is not None
    except Invalid:
        return False
