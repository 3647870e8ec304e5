"""What POST /reviews was sent, as a draft; or every field that is wrong with it, at once."""

import re
from collections.abc import Mapping
from typing import Any

from backend.api import parse
from backend.domain import drafts
from backend.domain.drafts import REFUSED, Draft
from backend.domain.errors import FieldError, Invalid

_PHOTO = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def draft_from(sent: Mapping[str, Any]) -> Draft:
    """The draft. `Invalid` names every bad field. Unknown fields are ignored; null is the same as absent."""
    form = _Form({name: value for name, value in sent.items() if value is not None})
    draft = Draft(
        product_id=form.product_id(),
        rating=form.rating(),
        recommend=form.flag("recommend"),
        summary=form.text("summary", drafts.SUMMARY, required=False),
        body=form.text("body", drafts.BODY),
        name=form.text("name", drafts.NAME),
        email=form.text("email", drafts.EMAIL),
        photos=form.photos(),
        characteristics=form.characteristics(),
        **{name: form.flag(name, required=False) for name in drafts.FLAGS},
    )
    if form.errors:
        raise Invalid(REFUSED, errors=tuple(form.errors))
    return draft


class _Form:
    """Takes the fields one by one and notes what is wrong; what it gives for a wrong field is never used."""

    def __init__(self, sent: Mapping[str, Any]) -> None:
        self.sent = sent
        self.errors: list[FieldError] = []

    def wrong(self, field: str, message: str) -> None:
        self.errors.append(FieldError(field, message))

    def required(self, field: str) -> Any:
        value = self.sent.get(field)
        if value is None:
            self.wrong(field, "Is required.")
        return value

    def product_id(self) -> int:
        number = _number(self.sent.get("product_id"))
        if number is None or not 1 <= number <= parse.LARGEST_ID:
            self.wrong("product_id", parse.INVALID_PRODUCT)
            return 0
        return number

    def rating(self) -> int:
        low, high = drafts.RATINGS
        value = self.required("rating")
        number = _number(value)
        if value is not None and (number is None or not low <= number <= high):
            self.wrong("rating", f"Must be an integer from {low} to {high}.")
        return number or 0

    def flag(self, field: str, *, required: bool = True) -> bool:
        value = self.required(field) if required else self.sent.get(field)
        if value is not None and not isinstance(value, bool):
            self.wrong(field, "Must be true or false.")
        return value is True

    def text(self, field: str, limits: tuple[int, int], *, required: bool = True) -> str:
        value = self.required(field) if required else self.sent.get(field, "")
        if value is None:
            return ""
        shortest, longest = limits
        if not isinstance(value, str):
            self.wrong(field, "Must be a text.")
            return ""
        if UNSTORABLE.search(value):
            self.wrong(field, "Holds a NUL or half a surrogate pair.")
        elif not shortest <= len(value) <= longest:
            least = f"{shortest} to " if shortest else "at most "
            self.wrong(field, f"Must be {least}{longest} characters long; it has {len(value)}.")
        elif shortest and not value.strip():
            self.wrong(field, "Must not be blank.")
        return value

    def photos(self) -> tuple[str, ...]:
        sent = self.sent.get("photos", [])
        if not isinstance(sent, list):
            self.wrong("photos", "Must be a list of URLs.")
            return ()
        if len(sent) > drafts.PHOTOS:
            self.wrong("photos", f"Must be at most {drafts.PHOTOS}; there are {len(sent)}.")
            return ()
        for place, url in enumerate(sent):
            if not isinstance(url, str) or not _PHOTO.fullmatch(url) or UNSTORABLE.search(url):
                self.wrong(f"photos.{place}", "Must be an http or https URL.")
            elif len(url) > drafts.PHOTO_URL:
                self.wrong(f"photos.{place}", f"Must be at most {drafts.PHOTO_URL} characters long.")
        return tuple(url for url in sent if isinstance(url, str))

    def characteristics(self) -> dict[int, int]:
        sent = self.sent.get("characteristics", {})
        if not isinstance(sent, dict):
            self.wrong("characteristics", "Must be an object of characteristic ids and values.")
            return {}
        low, high = drafts.RATINGS
        given: dict[int, int] = {}
        for key, value in sent.items():
            number, rating = parse.integer(key), _number(value)
            if number is None or not 1 <= number <= parse.LARGEST_ID:
                # The key is not repeated: it may be anything.
                self.wrong("characteristics", "Every key must be the id of a characteristic.")
            elif rating is None or not low <= rating <= high:
                self.wrong(f"characteristics.{number}", f"Must be an integer from {low} to {high}.")
            elif number in given:
                self.wrong(f"characteristics.{number}", "Is given twice.")
            else:
                given[number] = rating
        return given


def _number(value: Any) -> int | None:
    """An integer, or a text that writes one. 5.0 is the number 5 in JSON; true is none."""
    if isinstance(value, str):
        return parse.integer(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
