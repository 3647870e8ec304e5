"""A text for reading, with the places marked that a rule found in it."""

from collections.abc import Sequence

from backend.domain import screening
from backend.domain.screening import Rule

# Pieces of one paragraph, each with whether it is marked.
Paragraph = list[tuple[str, bool]]


def marked(text: str, rules: Sequence[Rule]) -> list[Paragraph]:
    """The text's paragraphs, those without a word left out."""
    inside = bytearray(len(text))
    for rule in rules:
        for begin, end in screening.places(rule, text):
            inside[begin:end] = b"\1" * (end - begin)
    paragraphs: list[Paragraph] = [[]]
    for sign, is_marked in zip(text, inside, strict=True):
        if sign in "\r\n":
            paragraphs.append([])
        elif paragraphs[-1] and paragraphs[-1][-1][1] == bool(is_marked):
            paragraphs[-1][-1] = (paragraphs[-1][-1][0] + sign, bool(is_marked))
        else:
            paragraphs[-1].append((sign, bool(is_marked)))
    return [pieces for pieces in paragraphs if any(piece.strip() for piece, _ in pieces)]
