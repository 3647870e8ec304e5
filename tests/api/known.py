"""Reviews and imports as the law's naive reference remembers them."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from backend.domain.states import ReviewState

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS_90 = 90 * 24 * 3600 * 1000


@dataclass
class Known:
    """A review as the reference remembers it."""

    id: int
    product: int
    sent: dict[str, Any]
    date: str
    base: int = 0  # votes as delivered
    votes: int = 0
    reports: int = 0
    state: ReviewState = ReviewState.PUBLISHED
    undoable: list[tuple[int, ReviewState]] = field(default_factory=list)
    edited: bool = False
    edits: list[tuple[int, "Known"]] = field(default_factory=list)
    # Stands for its content and state as they are: a change gives a new one, a rollback brings one back.
    standing: object = field(default_factory=object)

    @property
    def helpfulness(self) -> int:
        return self.base + self.votes

    def put(self, state: ReviewState) -> None:
        self.state, self.standing = state, object()

    @property
    def relevance(self) -> int:
        milliseconds = (datetime.fromisoformat(self.date) - EPOCH).total_seconds() * 1000
        return round(milliseconds) + round(DAYS_90 * math.log2(1 + self.helpfulness))


@dataclass
class Run:
    """An import as the reference remembers it: what it left of each review, and what stood there before."""

    id: int
    left: dict[int, tuple[object, Known | None]] = field(default_factory=dict)
