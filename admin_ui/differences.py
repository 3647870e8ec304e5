"""The difference of two texts, word by word, in pieces that a page can mark."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
# Beyond so many words in what differs, comparing them takes long, and reads as two texts anyway.
MOST = 600
AROUND = 8  # words kept beside a change; what lies farther off is left out


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words: `same` in both, or only before (`del`), or only after (`ins`)."""

    kind: str
    text: str


def between(before: str, after: str) -> list[Piece]:
    """The pieces of both texts, in order: `same` and `del` make the one before, `same` and `ins` the one after.

    Line ends are taken as the same, however they are written.
    """
    old, new = (_WORD.findall(text.replace("\r\n", "\n")) for text in (before, after))
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    pieces = [Piece("same", "".join(old[:head]))]
    for tag, gone, come in _changes(old[head : len(old) - tail], new[head : len(new) - tail]):
        pieces += [Piece("same", gone)] if tag == "equal" else [Piece("del", gone), Piece("ins", come)]
    pieces.append(Piece("same", "".join(old[len(old) - tail :])))
    return [piece for piece in pieces if piece.text]


def _changes(old: list[str], new: list[str]) -> list[tuple[str, str, str]]:
    """What became of what, as texts. Blanks that two changes have between them are part of one change."""
    if len(old) > MOST or len(new) > MOST:
        return [("replace", "".join(old), "".join(new))]
    changes: list[tuple[str, str, str]] = []
    for tag, from_old, to_old, from_new, to_new in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[from_old:to_old]), "".join(new[from_new:to_new])
        is_blank = tag == "equal" and not gone.strip()
        if changes and changes[-1][0] != "equal" and (tag != "equal" or (is_blank and to_old < len(old))):
            changes[-1] = ("replace", changes[-1][1] + gone, changes[-1][2] + come)
        else:
            changes.append((tag, gone, come))
    return changes


def shortened(pieces: list[Piece]) -> list[Piece]:
    """The same with the middle of long stretches that nobody changed left out."""
    short = []
    for at, piece in enumerate(pieces):
        words = _WORD.findall(piece.text)
        if piece.kind == "same" and len(words) > 3 * AROUND:
            before = "" if at == 0 else "".join(words[:AROUND])
            after = "" if at == len(pieces) - 1 else "".join(words[-AROUND:])
            piece = Piece("same", f"{before}…{after}")  # noqa: PLW2901
        short.append(piece)
    return short


def _common(some: list[str], others: list[str]) -> int:
    """How many words two lists begin with alike."""
    count = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        count += 1
    return count
