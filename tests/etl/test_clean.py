"""A row tells all its errors at once, and its hash changes with what was delivered and with nothing else."""

from etl.clean import Cleaner, Refusal, Row
from etl.encode import Encoder
from etl.formats import REVIEWS, understand

GOOD = b'5,2,4,"2019-06-23","Fine","All of it",true,false,"Ana","ana@example.org",null,7'.split(b",")


def clean(**changes: bytes) -> Row | Refusal:
    names = REVIEWS.column_names
    fields = [changes.get(name, value) for name, value in zip(names, GOOD, strict=True)]
    return Cleaner(understand(names, "reviews.csv")).clean(tuple(fields))


def hashed(row: Row | Refusal) -> bytes:
    """The hash as it is staged: the fifth column, behind its length."""
    assert isinstance(row, Row)
    return Encoder(REVIEWS, 1).row((0, 0, 0), row.values)[42:50]


def hash_of(**changes: bytes) -> bytes:
    return hashed(clean(**changes))


def test_all_errors_of_a_row_each_beside_its_column() -> None:
    refusal = clean(rating=b"9", date=b'"soon"', recommend=b"perhaps", helpfulness=b"-1", id=b"2000000000")
    assert isinstance(refusal, Refusal)
    assert dict(zip(refusal.columns, refusal.reasons, strict=True)) == {
        "id": "id_range",
        "rating": "range",
        "date": "date",
        "recommend": "boolean",
        "helpfulness": "range",
    }


def test_the_same_content_in_other_forms_has_the_same_hash() -> None:
    forms = {
        "recommend": b"1",
        "date": b'"2019-06-23T00:00:00Z"',
        "response": b"",
        "body": b"  All of it ",
        "rating": b'"4"',
    }
    assert hash_of(**forms) == hash_of()


def test_a_change_changes_the_hash_and_a_report_does_not() -> None:
    assert hash_of(helpfulness=b"8") != hash_of()
    assert hash_of(summary=b'"Fin"', body=b'"eAll of it"') != hash_of()
    assert hash_of(response=b'""') == hash_of()
    assert hash_of(reported=b"true") == hash_of()


def test_none_and_an_empty_text_that_stands_for_another_are_told_apart() -> None:
    assert hash_of(response=b'"x"', reviewer_email=b"") != hash_of(response=b"", reviewer_email=b'"x"')


def test_columns_in_another_order_are_the_same_row() -> None:
    names = tuple(reversed(REVIEWS.column_names))
    row = Cleaner(understand(names, "reviews.csv")).clean(tuple(reversed(GOOD)))
    assert isinstance(row, Row)
    assert (row.values[0], hashed(row)) == (5, hash_of())
