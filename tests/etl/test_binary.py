"""Values in COPY's binary form are what Postgres reads them as; the hash is what it was."""

import psycopg
import pytest

from etl import binary
from tests.postgres import Server

PRICES = ["0", "0.00", "12", "12.5", "00012.3400", "10000", "100000000", "0.0001", "0.00001", "123456789012.123456"]


@pytest.mark.parametrize("price", PRICES)
def test_prices(postgres: Server, price: str) -> None:
    with psycopg.connect(postgres.url("postgres")) as db, db.cursor() as cursor:
        cursor.execute("create temp table priced (price numeric)")
        with cursor.copy("copy priced from stdin (format binary)") as copy:
            copy.write(binary.SIGNATURE + b"\0\1" + binary.numeric(price) + binary.TRAILER)
        cursor.execute("select price::text, %s::numeric::text from priced", (price,))
        (row,) = cursor.fetchall()
    assert row[0] == row[1]


def test_a_hash_is_for_good() -> None:
    """Stored with every row: another one would make every delivered row `updated` once."""
    values = (b"", b"a", b"12345678", b"123456789")
    assert [binary.hashed(value) for value in values] == [
        0,
        -8414944764970573125,
        8816947818203349162,
        64863953454651742,
    ]
