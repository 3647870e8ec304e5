"""In which order cards wait: each as if it had waited longer by the hours that it has ahead of a plain one.

So the order never changes by itself while time goes on, and a case's place is a number that an index keeps. What nobody
reported and few would see waits in the order of its coming, and whatever waits long enough comes first in the end.
"""

from collections.abc import Mapping
from typing import Final

from backend.domain.reports import REASONS

# Hours that each doubling of the reports is worth, beginning with the first report.
REPORTS: Final = 12
# Hours that each doubling of the product's visible reviews is worth: how many people pass by.
REACH: Final = 3
# Hours by the gravest of the reasons given: what harms somebody before what annoys.
URGENT: Final[Mapping[str, int]] = {
    "illegal": 96,
    "personal-data": 96,
    "offensive": 48,
    "spam": 24,
    "fake": 24,
    "conflict": 24,
}
assert REASONS.keys() > URGENT.keys()

# The same in SQL, over a case's columns: seconds since 1970, the smallest first.
DUE: Final = (
    "date_part('epoch', opened_at - to_timestamp(0))::bigint"
    f" - (3600 * ({REPORTS} * ln(1 + reports::float8) / ln(2::float8) + urgent + {REACH} * reach))::bigint"
)


def urgency(reason: str | None) -> int:
    """The hours ahead that a report's reason is worth."""
    return URGENT.get(reason or "", 0)
