"""Text is repaired where one reading is certain, and left alone where nobody can know."""

import pytest

from etl import repair


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"caf\xe9", "café"),
        (b"Z\xfcrich", "Zürich"),
        (b"caf\x8e", "café"),
        (b"M\x9fller", "Müller"),
        (b"don\xd5t", "don’t"),
        (b"it\x92s fine", "it’s fine"),
        (b"voil\x88", "voilà"),
        (b"\x83cole", "École"),
        (b"\xc4gypten", "Ägypten"),
        (b"\xff\xfe\x81", None),
        (b"\xc9cole", None),  # École or …cole
    ],
)
def test_bytes_that_are_not_utf8(raw: bytes, text: str | None) -> None:
    assert repair.decode(raw) == text


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("ZoÃ« RenÃ©e", "Zoë Renée"),
        ("donâ€™t", "don’t"),
        ("VÃ¤ldigt nÃ¶jd", "Väldigt nöjd"),
        ("Zoë Renée", None),
        ("SÃO PAULO", None),
        ("とても気に入りました", None),
        ("Très bien, à 20 °C", None),
        ("Å, Ä und Ö", None),
    ],
)
def test_mojibake(text: str, fixed: str | None) -> None:
    assert repair.mojibake(text) == fixed
