"""What a decision about a review came to, whoever or whatever made it."""

from enum import StrEnum


class Outcome(StrEnum):
    """`store/sql/tallies.sql` tells them apart by the state that a decision led to."""

    REFUSED = "refused"  # hidden for a reason, or removed
    STOOD = "stood"  # approved, or brought back
    HELD = "held"  # kept back before anybody saw it
    WITHHELD = "withheld"  # hidden by its reports until somebody judges
    UNDONE = "undone"  # an earlier decision was taken back
