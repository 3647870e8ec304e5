"""What a judgement makes of a review, and when reports hide one."""

from backend.domain.errors import Conflict
from backend.domain.states import ReviewState

# Distinct known voters that it takes to hide what a moderator has approved.
VOTERS_AGAINST_APPROVAL = 3


def hidden_from(state: ReviewState) -> ReviewState:
    """The state after a moderator hides a review. `Conflict` where there is nothing left to hide."""
    if state is ReviewState.REMOVED:
        raise Conflict("This review was removed for good.")
    if state is ReviewState.HIDDEN:
        raise Conflict("This review is hidden already.")
    return ReviewState.HIDDEN


def approved_from(state: ReviewState, waits: bool) -> ReviewState:
    """The state after a moderator lets a review stand, or brings it back.

    One that was approved before and `waits` again, since readers reported it, stands by the new decision.
    """
    if state is ReviewState.REMOVED:
        raise Conflict("This review was removed for good.")
    if state is ReviewState.APPROVED and not waits:
        raise Conflict("This review is approved already.")
    return ReviewState.APPROVED


def held_from(state: ReviewState) -> ReviewState:
    """The state after a moderator takes a review out of sight until somebody decides."""
    if state is ReviewState.REMOVED:
        raise Conflict("This review was removed for good.")
    if state is ReviewState.HELD:
        raise Conflict("This review is held already.")
    if state is ReviewState.HIDDEN:
        raise Conflict("This review is hidden already.")
    return ReviewState.HELD


def reports_hide(state: ReviewState, reports: int, known_voters: int, threshold: int) -> bool:
    """Whether so many reports since it was last judged hide a review.

    `threshold` is the configured number for a review that nobody judged; one that a moderator approved takes three
    distinct known voters, so that nobody silences it with a script.
    """
    if state is ReviewState.PUBLISHED:
        return reports >= threshold
    if state is ReviewState.APPROVED:
        return known_voters >= VOTERS_AGAINST_APPROVAL
    return False
