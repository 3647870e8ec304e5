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
    """The pieces of both texts, in order: `same` and `del` make the one before, `same` and `ins` the one after."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    pieces = [Piece("same", "".join(old[:head]))]
    if len(middle_old) > MOST or len(middle_new) > MOST:
        pieces += [Piece("del", "".join(middle_old)), Piece("ins", "".join(middle_new))]
    else:
        matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=False)
        for tag, from_old, to_old, from_new, to_new in matcher.get_opcodes():
            if tag == "equal":
                pieces.append(Piece("same", "".join(middle_old[from_old:to_old])))
            else:
                pieces.append(Piece("del", "".join(middle_old[from_old:to_old])))
                pieces.append(Piece("ins", "".join(middle_new[from_new:to_new])))
    pieces.append(Piece("same", "".join(old[len(old) - tail :])))
    return [piece for piece in pieces if piece.text]


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
