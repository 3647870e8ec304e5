"""Differences of texts: both can be put together again from the pieces, and one word changed is one word marked."""

from hypothesis import given
from hypothesis import strategies as st

from admin_ui import differences
from admin_ui.differences import Piece

_texts = st.lists(st.sampled_from(["red", "green", " ", ", ", "\n", "é"]), max_size=25).map("".join)


@given(_texts, _texts)
def test_nothing_is_lost(before: str, after: str) -> None:
    pieces = differences.between(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "del") == after


def test_words_are_marked_not_letters() -> None:
    assert differences.between("I returned it the same day.\r\nWarm.", "I sent it back at once.\nWarm.") == [
        Piece("same", "I "),
        Piece("del", "returned"),
        Piece("ins", "sent"),
        Piece("same", " it "),
        Piece("del", "the same day"),
        Piece("ins", "back at once"),
        Piece("same", ".\nWarm."),
    ]


def test_long_texts_are_not_compared_for_long() -> None:
    before, after = " ".join(f"a{n}" for n in range(3_000)), " ".join(f"b{n}" for n in range(3_000))
    assert [piece.kind for piece in differences.between(before, after)] == ["del", "ins"]


def test_what_nobody_changed_is_left_out() -> None:
    long = "word " * 100
    short = differences.shortened(differences.between(f"{long}red{long}", f"{long}green{long}"))
    assert [piece.kind for piece in short] == ["same", "del", "ins", "same"]
    assert all(len(piece.text) < 60 for piece in short)
    assert short[0].text.startswith("…")
    assert short[-1].text.endswith("…")
