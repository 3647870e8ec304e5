"""What moderators write: a note for each other, a reply as the merchant. How long it may be, and what it may hold."""

import unicodedata
from typing import Final

from backend.domain.errors import FieldError, Invalid

NOTE: Final = 1000  # characters (code points) at most
REPLY: Final = 2000

_NO_TEXT: Final = ("Cc", "Cs")  # control characters, and halves of others


def cleaned(text: str, field: str, most: int) -> str:
    """The text without blanks around it and with line feeds alone; `Invalid` where it is empty, too long or no text."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not plain:
        message = "Write something first."
    elif len(plain) > most:
        message = f"At most {most:,} characters; these are {len(plain):,}."
    elif any(unicodedata.category(sign) in _NO_TEXT and sign not in "\n\t" for sign in plain):
        message = "There is a character in it that is none of a text. Take it out, then try again."
    else:
        return plain
    raise Invalid(message, errors=(FieldError(field, message),))
