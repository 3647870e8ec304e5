"""What may be open above a decision: a reply to the public, or a note to colleagues."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.services import templates
from backend.services.browsing import Whole
from backend.store.database import Reader, Row

WHAT = ("reply", "note")


@dataclass(frozen=True, slots=True)
class Saying:
    """What an address asks for: what is open, if anything is, and the code of the template that a reply begins with."""

    what: str = ""
    template: str = ""

    @classmethod
    def parse(cls, said: Mapping[str, str]) -> "Saying":
        """Out of an address; what means nothing there is left out."""
        return cls(said["say"] if said.get("say") in WHAT else "", said.get("template", "")[:40])

    async def context(self, reader: Reader, whole: Whole | None, address: Callable[..., str]) -> dict[str, Any]:
        """What its template shows, and what stands there before anything is typed. `address` is that of the page."""
        what, text = self.what if whole else "", ""
        offered: list[Row] = []
        if whole and what == "reply":
            offered = await templates.offered(reader)
            chosen = next((template for template in offered if template["code"] == self.template), None)
            text = templates.filled(chosen, whole.review) if chosen else whole.review["response"] or ""
        return {
            "saying": what,
            "say_text": text,
            "say_template": self.template,
            "templates": offered,
            "at": address,
            "whole": whole,
        }


NOTHING = Saying()
