"""What a run must say about a generated delivery."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class FileTruth:
    """One file's balance as planted: `rejected` counts records by their one reason, `repaired` by their rule."""

    records: int = 0
    duplicates: int = 0
    blank: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)

    @property
    def taken(self) -> int:
        """Records that end in the database: inserted by a first delivery, unchanged by the same one again."""
        return self.records - self.duplicates - self.rejected.total()


Truth = dict[str, FileTruth]
