"""How far an import or a rollback is, as it tells whoever waits for it in the shell."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is, in bytes while it reads and in rows while it merges. `total` is 0 where nobody knows."""

    stage: str
    done: int = 0
    total: int = 0


Report = Callable[[Progress], None]
