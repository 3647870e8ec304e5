"""Cursors as they travel: a place in a list, in one order and selection, signed and opaque.

A cursor is 28 signs: 8 bytes of a signature, then direction, key and id of the place. The list is signed with them: a
cursor goes on with no other list, and none is taken that was not given out.
"""

import base64
import hmac
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from litestar import Response

from backend.domain.errors import FieldError, Invalid
from backend.services.selecting import Place

BEGIN: Final = "*"
INVALID_CURSOR: Final = "Error: invalid cursor provided"

Pairs = Sequence[tuple[str, str]]

_PLACE = struct.Struct(">?qI")
_SIGNATURE = 8
_FORM = re.compile(r"[A-Za-z0-9_-]{28}")


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of one list; `secret` is that of all instances.

    The list is at `path` with the parameters `of`; those of `beside` are kept in addresses and may change on the way.
    """

    secret: str
    path: str
    of: Pairs
    beside: Pairs

    def read(self, text: str) -> Place | None:
        """The place, None for the beginning. `Invalid` where it is no cursor of this list."""
        if text == BEGIN:
            return None
        if _FORM.fullmatch(text):
            raw = base64.urlsafe_b64decode(text)
            signature, place = raw[:_SIGNATURE], raw[_SIGNATURE:]
            if hmac.compare_digest(signature, self._sign(place)):
                backward, key, number = _PLACE.unpack(place)
                return Place(key, number, backward)
        told = f"Must be {BEGIN} to begin, or what `next` or `prev` said in an answer with the same parameters."
        raise Invalid(INVALID_CURSOR, errors=(FieldError("cursor", told),))

    def write(self, place: Place | None) -> str | None:
        """The cursor of a place, None of none."""
        if place is None:
            return None
        raw = _PLACE.pack(place.backward, place.key, place.id)
        return base64.urlsafe_b64encode(self._sign(raw) + raw).decode()

    def link(self, reply: Response[bytes], following: str | None, previous: str | None) -> None:
        """Tell an answer's two cursors as `Link`, too: the addresses of the list from there on."""
        if told := [
            f'<{self.path}?{urlencode([*self.of, *self.beside, ("cursor", cursor)])}>; rel="{relation}"'
            for relation, cursor in (("next", following), ("prev", previous))
            if cursor
        ]:
            reply.headers["Link"] = ", ".join(told)

    def _sign(self, place: bytes) -> bytes:
        # Without the path: a list of reviews begins with its product, a list of products never does.
        signed = f"cursor of {urlencode(self.of)}: ".encode() + place
        return hmac.digest(self.secret.encode(), signed, "sha256")[:_SIGNATURE]
