"""Whether refusals lean on unkind reviews: it is the words that may be refused, not the stars."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

LOW = 2  # so many stars and fewer are an unkind review
ENOUGH = 20  # refusals, below which nothing is said
TIMES = 1.5  # so many times the share of the others is more than a lean
SURE = 2.58  # standard deviations: by chance it happens once in a hundred times


@dataclass(frozen=True, slots=True)
class Lean:
    """The share refused of what was judged, of one- and two-star reviews and of the others; each from 0 to 1."""

    low: float
    others: float


def leaning(refused: Sequence[int], judged: Sequence[int]) -> Lean | None:
    """How refusals lean on one- and two-star reviews, or None where they do not, or too few to tell.

    Both sequences count reviews of one to five stars; what was refused is among what was judged.
    """
    low, others = sum(judged[:LOW]), sum(judged[LOW:])
    if sum(refused) < ENOUGH or not low or not others:
        return None
    lean = Lean(sum(refused[:LOW]) / low, sum(refused[LOW:]) / others)
    together = sum(refused) / (low + others)
    deviation = sqrt(together * (1 - together) * (1 / low + 1 / others))
    # More than TIMES the others' share, and further from it than chance would bring it.
    if lean.low <= TIMES * lean.others or lean.low - lean.others <= SURE * deviation:
        return None
    return lean
