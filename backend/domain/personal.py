"""Personal data in a review: what of it is redacted, and what stands in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.domain import wording

ANONYMOUS = "Anonymous"
REMOVED = "[removed]"
TEXTS = ("summary", "body", "response")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is taken out of a review: mail addresses and telephone numbers in its texts, its writer's name and mail."""

    contacts: bool
    name: bool
    email: bool

    def of(self, review: Mapping[str, Any]) -> dict[str, str]:
        """The columns of a review that change, as they will be; none where there is nothing to take out."""
        becomes: dict[str, str] = {}
        if self.contacts:
            becomes |= {name: wording.without_contacts(review[name], REMOVED) for name in TEXTS if review[name]}
        if self.name:
            becomes["reviewer_name"] = ANONYMOUS
        if self.email:
            becomes["reviewer_email"] = ""
        return {name: text for name, text in becomes.items() if text != review[name]}
