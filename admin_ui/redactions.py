"""A redaction before it is done: what is taken out of a review, with a few words around it."""

from dataclasses import dataclass

from admin_ui import words
from backend.domain import wording
from backend.domain.personal import TEXTS
from backend.services.redacting import Preview

AROUND = 40  # characters before and after


@dataclass(frozen=True, slots=True)
class Taken:
    """One thing that is taken out of a field, what stands around it, and what stands there instead."""

    field: str
    before: str
    taken: str
    instead: str
    after: str


def taken(preview: Preview, instead: str) -> list[Taken]:
    """All that is taken out of a review, in the order of its fields."""
    found = []
    for name, becomes in preview.becomes.items():
        text = preview.review[name]
        if name not in TEXTS:
            found.append(Taken(words.FIELDS.get(name, "E-mail"), "", text, becomes or "nothing", ""))
            continue
        for begin, end in wording.contact_spans(text):
            before, after = text[max(begin - AROUND, 0) : begin], text[end : end + AROUND]
            found.append(
                Taken(
                    words.FIELDS[name],
                    ("…" if begin > AROUND else "") + before,
                    text[begin:end],
                    instead,
                    after + ("…" if end + AROUND < len(text) else ""),
                )
            )
    return found
