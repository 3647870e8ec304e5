"""What processes cost: seconds of CPU and bytes of memory, from /proc; nothing is known where there is none."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu(groups: Mapping[str, Iterable[int]]) -> dict[str, float]:
    """Seconds that each group's processes, with their children living and dead, have used so far."""
    family = _children()
    return {name: sum(_used(process, family) for process in processes) for name, processes in groups.items()}


def memory(processes: Iterable[int]) -> list[int]:
    """Resident bytes of each process."""
    found = []
    for process in processes:
        with suppress(OSError):
            found.append(int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * _PAGE)
    return found


def _used(process: int, family: dict[int, list[int]]) -> float:
    with suppress(OSError):
        own, ended = _times(process)
        return (own + ended) / _TICKS + sum(_used(child, family) for child in family.get(process, ()))
    return 0.0


def _fields(process: int | str) -> list[str]:
    """Those behind the name, which may hold anything: the state, the parent, ..."""
    return Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def _times(process: int) -> tuple[int, int]:
    own_user, own_system, ended_user, ended_system = map(int, _fields(process)[11:15])
    return own_user + own_system, ended_user + ended_system


def _children() -> dict[int, list[int]]:
    family: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            family.setdefault(int(_fields(folder.name)[1]), []).append(int(folder.name))
    return family
