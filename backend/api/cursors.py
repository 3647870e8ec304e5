"""Cursors as they travel: a place in one product's reviews, in one order and selection, signed and opaque.

A cursor is 28 signs: 8 bytes of a signature, then direction, key and id of the place. The list is signed with them: a
cursor goes on with no other list, and none is taken that was not given out.
"""

import base64
import hmac
import re
import struct
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from backend.api import filters
from backend.domain.errors import FieldError, Invalid
from backend.services.reading import PageAsked
from backend.services.selecting import Place, Selection

BEGIN: Final = "*"
INVALID_CURSOR: Final = "Error: invalid cursor provided"

_PLACE = struct.Struct(">?qI")
_SIGNATURE = 8
_FORM = re.compile(r"[A-Za-z0-9_-]{28}")


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of one list; `secret` is that of all instances."""

    secret: str
    asked: PageAsked
    selection: Selection

    def read(self, text: str) -> Place | None:
        """The place, None for the beginning. `Invalid` where it is no cursor of this list."""
        if text == BEGIN:
            return None
        if _FORM.fullmatch(text):
            raw = base64.urlsafe_b64decode(text)
            signature, place = raw[:_SIGNATURE], raw[_SIGNATURE:]
            if hmac.compare_digest(signature, self._sign(place)):
                backward, key, review_id = _PLACE.unpack(place)
                return Place(key, review_id, backward)
        told = (
            f"Must be {BEGIN} to begin, or what `next` or `prev` said in an answer with this product, sort and filter."
        )
        raise Invalid(INVALID_CURSOR, errors=(FieldError("cursor", told),))

    def write(self, place: Place | None) -> str | None:
        """The cursor of a place, None of none."""
        if place is None:
            return None
        raw = _PLACE.pack(place.backward, place.key, place.review_id)
        return base64.urlsafe_b64encode(self._sign(raw) + raw).decode()

    def address(self, cursor: str, *, histogram: bool) -> str:
        """The list from a cursor on, as many reviews at once as it was asked for here."""
        counted = [(filters.HISTOGRAM, "true")] if histogram else []
        return f"/reviews?{urlencode([*self._list(), ('count', self.asked.count), *counted, ('cursor', cursor)])}"

    def _list(self) -> list[tuple[str, str]]:
        product, sort = str(self.asked.product_id), self.asked.sort.value
        return [("product_id", product), ("sort", sort), *filters.pairs(self.selection)]

    def _sign(self, place: bytes) -> bytes:
        signed = f"cursor of {urlencode(self._list())}: ".encode() + place
        return hmac.digest(self.secret.encode(), signed, "sha256")[:_SIGNATURE]
