"""A delivery's truth beside its files, with a stamp that says how they were made."""

import json
from array import array
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from etl import sample
from etl.sample.truth import Fate, FileTruth, Outcome, Plantings, Truth

Counts = dict[str, int]


def path(folder: Path) -> Path:
    """The stamp of a delivery. It stands beside the folder: all that is in there is delivered."""
    return folder.with_name(f"{folder.name}.truth.json")


def _places(folder: Path) -> Path:
    return path(folder).with_suffix(".npz")


def stamp(**arguments: object) -> dict[str, Any]:
    """How a delivery is made: the arguments, and the code that makes it."""
    folders = (Path(__file__).parent, Path(sample.__file__).parent)
    sources = [each for folder in folders for each in sorted(folder.glob("*.py"))]
    code = sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()[:16]
    return {**arguments, "code": code}


def save(folder: Path, made: dict[str, Any], truth: Truth, new: Counts, changed: Counts) -> None:
    """Write the truth, and last of all the stamp."""
    places = {
        f"{name}:{part}": np.array(getattr(file.planted, part))
        for name, file in truth.items()
        for part in ("offsets", "lengths", "lines", "numbers")
    }
    np.savez(_places(folder), allow_pickle=False, **places)
    told = {"made": made, "new": new, "changed": changed, "files": {name: _told(file) for name, file in truth.items()}}
    path(folder).write_text(json.dumps(told, indent=1), encoding="utf-8")


def forget(folder: Path) -> None:
    """What is made anew has no stamp until it is whole."""
    path(folder).unlink(missing_ok=True)


def load(folder: Path, made: dict[str, Any]) -> tuple[Truth, Counts, Counts] | None:
    """The truth of a delivery that was made so; None where it is not there as a whole, or was made otherwise."""
    try:
        told = json.loads(path(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if told["made"] != made or not all((folder / name).is_file() for name in told["files"]):
        return None
    with np.load(_places(folder)) as places:
        truth = {name: _file(each, name, places) for name, each in told["files"].items()}
    return truth, told["new"], told["changed"]


def _told(file: FileTruth) -> dict[str, Any]:
    return {
        "records": file.records,
        "duplicates": file.duplicates,
        "blank": file.blank,
        "rejected": file.rejected,
        "repaired": file.repaired,
        "repaired_records": file.repaired_records,
        "fates": [[each.outcome, each.reasons, each.columns, each.repairs, each.whole] for each in file.planted.fates],
    }


def _file(told: dict[str, Any], name: str, places: Any) -> FileTruth:
    planted = Plantings()
    planted.fates = [
        Fate(Outcome(outcome), tuple(reasons), tuple(columns), tuple(repairs), whole)
        for outcome, reasons, columns, repairs, whole in told.pop("fates")
    ]
    for part in ("offsets", "lengths", "lines", "numbers"):
        kept: array[int] = getattr(planted, part)
        kept.frombytes(places[f"{name}:{part}"].tobytes())
    told["rejected"], told["repaired"] = Counter(told["rejected"]), Counter(told["repaired"])
    return FileTruth(**told, planted=planted)
