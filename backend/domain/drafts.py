"""A review before it is one: what a customer may send, and how long it may be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

REFUSED: Final = "Error: Review body contains invalid entries"

RATINGS: Final = (1, 5)  # stars, and the values of a characteristic's rating
SUMMARY: Final = (0, 60)  # lengths in characters (code points), from and to
BODY: Final = (50, 1000)
NAME: Final = (1, 60)
EMAIL: Final = (1, 60)
PHOTOS: Final = 5
PHOTO_URL: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was sent, within the limits above. `characteristics` gives a value to each characteristic's id."""

    product_id: int
    rating: int
    recommend: bool
    body: str
    name: str
    email: str
    summary: str = ""
    photos: tuple[str, ...] = ()
    characteristics: Mapping[int, int] = field(default_factory=dict)
