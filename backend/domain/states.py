"""The states of a review, and which of them the public sees."""

from enum import StrEnum


class ReviewState(StrEnum):
    """Where a review stands. Order is that of a review's life."""

    PUBLISHED = "published"  # visible; nobody has judged it
    APPROVED = "approved"  # visible; a moderator judged it
    HELD = "held"  # waits for a moderator before anyone sees it
    REPORTED = "reported"  # hidden by reports; waits for a moderator
    HIDDEN = "hidden"  # a moderator took it down, with a reason
    REMOVED = "removed"  # erased; never comes back


WAITING = frozenset({ReviewState.HELD, ReviewState.REPORTED})
VISIBLE = frozenset({ReviewState.PUBLISHED, ReviewState.APPROVED})

# A delivery never changes a row in one of these: a moderator has spoken.
DECIDED = frozenset({ReviewState.APPROVED, ReviewState.HIDDEN, ReviewState.REMOVED})
