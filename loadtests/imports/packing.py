"""Files of a delivery packed with gzip, beside it."""

import gzip
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from loadtests.delivery import Delivery, kept

_LEVEL = 1  # what is measured is the unpacking
_BLOCK = 1 << 20


def pack(given: Delivery, names: Sequence[str], tell: Callable[[str], None]) -> Path:
    """The folder of the packed files of these names; one that is there, younger than the delivery's truth, is kept."""
    folder = given.folder.with_name(f"{given.folder.name}-gzip")
    folder.mkdir(exist_ok=True)
    made = kept.path(given.folder).stat().st_mtime
    stale = [name for name in names if not _is_younger(folder / f"{name}.gz", made)]
    if stale:
        tell(f"Packing {folder.name}")
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: _pack(given.folder / name, folder / f"{name}.gz"), stale))
    return folder


def _is_younger(packed: Path, made: float) -> bool:
    return packed.exists() and packed.stat().st_mtime >= made


def _pack(source: Path, target: Path) -> None:
    unfinished = target.with_suffix(".part")
    with source.open("rb") as plain, gzip.open(unfinished, "wb", compresslevel=_LEVEL) as packed:
        shutil.copyfileobj(plain, packed, _BLOCK)
    unfinished.rename(target)
