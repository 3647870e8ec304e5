"""A review before it is one: what a customer may send, and how long it may be."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final
from uuid import UUID

REFUSED: Final = "Error: Review body contains invalid entries"

RATINGS: Final = (1, 5)  # stars, and the values of a characteristic's rating
SUMMARY: Final = (0, 60)  # lengths in characters (code points), from and to
BODY: Final = (50, 1000)
NAME: Final = (1, 60)
EMAIL: Final = (1, 60)
PHOTOS: Final = 5
PHOTO_URL: Final = 8192
FLAGS: Final = ("verified", "incentivized")  # only a key whose scope has a flag's name may set it


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
    verified: bool = False
    incentivized: bool = False

    def fingerprint(self) -> UUID:
        """The same for the same product, e-mail and text, whatever their capitals and blanks; else another."""
        texts = (" ".join(text.casefold().split()) for text in (self.email, self.summary, self.body))
        told = "\0".join((str(self.product_id), *texts))
        return UUID(bytes=hashlib.sha256(told.encode()).digest()[:16])

    def digest(self) -> bytes:
        """SHA-256 of the whole, by which a repeated request is told from another one."""
        whole = {**asdict(self), "characteristics": sorted(self.characteristics.items())}
        return hashlib.sha256(repr(sorted(whole.items())).encode()).digest()
