"""What the law's reference remembers: each review as it must be shown, and what imports and bulk changes left."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from backend.domain.bulk import Change, Move, SetField, SetStatus
from backend.domain.states import ReviewState
from tests import cast

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS_90 = 90 * 24 * 3600 * 1000
CHANGES: list[Change] = [
    SetStatus(ReviewState.HIDDEN, "spam"),
    SetStatus(ReviewState.APPROVED),
    SetField("rating", 3),
    SetField("summary", "Mended"),
    Move(cast.BRIGHT_FUTURE),
]


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
    edited: bool = False  # its content, by a person: no delivery writes over it
    undoable: list[tuple[int, "Known"]] = field(default_factory=list)
    # Stands for its content and state as they are: a change gives a new one, a rollback brings one back.
    standing: object = field(default_factory=object)

    @property
    def helpfulness(self) -> int:
        return self.base + self.votes

    def put(self, state: ReviewState) -> None:
        self.state, self.standing = state, object()

    def bring_back(self, was: "Known") -> None:
        """Content and state as they were then; what it got by votes and reports stays."""
        self.product, self.sent, self.state, self.standing = was.product, was.sent, was.state, was.standing

    @property
    def relevance(self) -> int:
        milliseconds = (datetime.fromisoformat(self.date) - EPOCH).total_seconds() * 1000
        return round(milliseconds) + round(DAYS_90 * math.log2(1 + self.helpfulness))


@dataclass
class Run:
    """An import, or a bulk change, as the reference remembers it: what it left of each review, and what was before."""

    id: int
    left: dict[int, tuple[object, Known | None]] = field(default_factory=dict)
