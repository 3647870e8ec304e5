"""A refused value's shape: the same for its likes, short, and without a word of the value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.shapes import LONGEST, shape_of, shape_of_fault


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        ([b"31/12/2019", b"1/2/2020"], "9/9/9"),
        ([b"1585689942", b"7"], "9"),
        ([b"-3", b"-12"], "-9"),
        ([b"null", b"soon", b"Quality"], "a"),
        ([b""], "empty"),
        ([b"  4", b" 12"], "␣9"),
        ([b"Warm and quiet", b"It was so good, that I kept it"], "a␣a"),
        ([b"//img.example/a8.jpg", b"//cdn.example/b17.png"], "/a.a/a9.a"),
        (["é".encode(), "üß".encode()], "‹beyond ASCII›"),
        ([b"caf\xe9", b"na\xef"], "a‹not UTF-8›"),
        ([b"a\x00b", b"cd\x00\x00e"], "a‹NUL›a"),
        ([b"a\r\nb", b"a\n\nb"], "a‹line›a"),
        ([b"1\t2"], "9‹tab›9"),
        ([b"\x07", b"\x7f\x1b"], "‹control›"),
        ([b"x" * 65, b"abc" * 1_000_000], "a…"),
        ([b"1-2-3-4-5-6-7-8-9-0-1-2-3-4"], "9-9-9-9-9-9-9-9-9-9-9-9-…"),
        (["é".encode() * 1000, "ü".encode() * 33], "‹beyond ASCII›…"),
        ([b"x" + "é".encode() * 1000], "a‹beyond ASCII›…"),  # the last of what is looked at is half a letter
    ],
)
def test_likes_share_a_shape(values: list[bytes], shape: str) -> None:
    assert {shape_of(value) for value in values} == {shape}


@given(st.binary(max_size=300))
def test_a_shape_is_short_and_can_be_stored(value: bytes) -> None:
    shape = shape_of(value)
    assert 0 < len(shape) <= LONGEST + 1
    assert "\0" not in shape
    assert shape.isprintable()


@given(st.text("bcdxyzBCD", min_size=1, max_size=40), st.text("02345678", min_size=1, max_size=40))
def test_neither_which_letters_nor_how_many_matter(letters: str, digits: str) -> None:
    assert shape_of(f"{letters}-{digits}".encode()).removesuffix("…") == "a-9"


@pytest.mark.parametrize(
    ("reason", "raw", "shape"),
    [
        ("fields", b"1,2,3\n", "3 of 4 fields"),
        ("fields", b'1,"a\nb",3,4,5\r\n', "5 of 4 fields"),
        ("fields", b'1,2,3,4,"begun and cut off', "not 4 fields"),
        ("struct", b'1,"a" b\n', "text behind a closing quote"),
        ("struct", b'1,5" wide,2\n', "a quote inside a field"),
        ("struct", b'1,"begun and never closed\n2,3\n', "a quote that is not closed"),
    ],
)
def test_a_fault_tells_what_stands_wrong(reason: str, raw: bytes, shape: str) -> None:
    assert shape_of_fault(reason, raw, 4) == shape
