"""What the columns of a file hold: measured as a naive count would, and about as many different ones as there are."""

import random

import pytest

from etl.encode import Encoder
from etl.formats import PHOTOS, REVIEWS
from etl.quality import Quality
from etl.rules import Value

pytestmark = pytest.mark.usefixtures("machine_code")


def rows_of_reviews(count: int) -> bytes:
    dice = random.Random(4)
    encoder = Encoder(REVIEWS, 1)
    rows = []
    for number in range(1, count + 1):
        day = f"2020-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}T00:00:00+00:00"
        body = "x" * dice.randint(50, 90) + str(number)
        values: list[Value] = [
            number,
            dice.randint(5, 900),
            dice.randint(2, 4),
            day,
            "",
            body,
            True,
            False,
            "Ana",
            "a@b.c",
            None,
            7,
        ]
        rows.append(encoder.row((number, number, 9), values, ["email"] if number % 3 == 0 else []))
    return b"".join(rows)


def test_empty_least_most_and_different() -> None:
    quality = Quality(REVIEWS)
    data = rows_of_reviews(20_000)
    quality.add(memoryview(bytearray(data)))
    told = quality.told()
    assert told["id"] | {"distinct": 0} == {"empty": 0, "distinct": 0, "least": 1, "most": 20_000}
    assert 0.93 * 20_000 < told["id"]["distinct"] < 1.07 * 20_000
    assert told["rating"] == {"empty": 0, "distinct": 3, "least": 2, "most": 4}
    assert (told["product_id"]["least"], told["product_id"]["most"]) == (5, 900)
    assert told["summary"] == {"empty": 20_000, "distinct": 0}
    assert told["response"] == {"empty": 20_000, "distinct": 0}
    assert told["recommend"] == {"empty": 0, "distinct": 1, "least": True, "most": True}
    assert told["date"]["least"] == "2020-01-01T00:00:00+00:00"
    assert told["body"]["shortest"] >= 51
    assert told["body"]["longest"] <= 95
    assert told["reviewer_name"] == {"empty": 0, "distinct": 1, "shortest": 3, "longest": 3}


def test_rows_without_a_hash_are_measured_too() -> None:
    quality = Quality(PHOTOS)
    encoder = Encoder(PHOTOS, 1)
    rows = [encoder.row((0, 1, 2), [number, 5, f"https://a.example/{number % 7}"]) for number in range(1, 100)]
    for row in rows:
        quality.add(memoryview(bytearray(row)))
    told = quality.told()
    assert (told["review_id"]["distinct"], told["url"]["distinct"], told["id"]["most"]) == (1, 7, 99)


def test_without_machine_code_it_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.compiled.ready._made", None)
    quality = Quality(PHOTOS)
    quality.add(memoryview(b""))
    assert quality.told() == {}
