"""Each kind of dirt that is known to be in such files, planted, and what becomes of it."""

import pytest

from backend.settings import Settings
from backend.store.database import Database, Row
from tests.jobs.delivery import HEADERS, assert_sound, counts, imported, rejects_of, review, rows, write

pytestmark = pytest.mark.anyio


class Importer:
    def __init__(self, database: Database, settings: Settings, folder: object) -> None:
        self.database = database
        self.settings = settings
        self.folder = folder

    async def reviews(self, *lines: str | bytes) -> Row:
        """Import lines of reviews.csv; its file."""
        joined = b"".join(line if isinstance(line, bytes) else line.encode() + b"\n" for line in lines)
        return await self.file("reviews", HEADERS["reviews.csv"].encode() + b"\n" + joined)

    async def file(self, stem: str, content: bytes) -> Row:
        run = await imported(self.database, self.settings, write(self.folder / str(len(content)), **{stem: content}))  # type: ignore[operator]
        assert run["state"] == "finished", run["error"]
        await assert_sound(self.database)
        return next(iter(run["by_name"].values()))

    async def stored(self, *columns: str) -> list[tuple[object, ...]]:
        found = await rows(self.database, f"select {', '.join(columns)} from review order by id")
        return [tuple(row.values()) for row in found]

    async def reasons(self, file: Row) -> list[tuple[list[str], list[str]]]:
        return [(reasons, columns) for _, reasons, columns, _ in await rejects_of(self.database, file["run_id"])]


@pytest.fixture
def load(database: Database, settings: Settings, tmp_path: object) -> Importer:
    return Importer(database, settings, tmp_path)


async def test_1_dates_of_both_generations_in_one_file(load: Importer) -> None:
    await load.reviews(review(1, date="1546300800000"), review(2, date='"2019-01-01"'))
    first, second = await load.stored("written_at")
    assert first == second


async def test_2_a_response_that_is_null_in_every_way(load: Importer) -> None:
    await load.reviews(
        review(1, response="null"), review(2, response='"null"'), review(3, response=""), review(4, response='"Thanks"')
    )
    assert await load.stored("response") == [(None,), (None,), (None,), ("Thanks",)]


async def test_3_booleans_in_every_form(load: Importer) -> None:
    forms = ("true", "1", "t", "false", "0", "F")
    await load.reviews(*(review(number, recommend=form) for number, form in enumerate(forms, 1)))
    assert await load.stored("recommend") == [(True,)] * 3 + [(False,)] * 3


async def test_4_numbers_out_of_range_or_none(load: Importer) -> None:
    file = await load.reviews(
        review(1, rating=0), review(2, rating=6), review(3, helpfulness=-1), review(4, helpfulness="many"), review(5)
    )
    assert counts(file) == {"inserted": 1, "rejected": 4}
    assert [reasons for reasons, _ in await load.reasons(file)] == [["range"], ["range"], ["range"], ["integer"]]


async def test_5_a_broken_email_is_kept_and_counted(load: Importer) -> None:
    file = await load.reviews(review(1, reviewer_email='"no address"'))
    assert (counts(file), file["repairs"]) == ({"inserted": 1, "repaired": 1}, {"email": 1})
    assert await load.stored("reviewer_email") == [("no address",)]


async def test_5_a_broken_photo_costs_the_photo_alone(database: Database, settings: Settings, tmp_path: object) -> None:
    photos = ['1,1,"ftp://a.example/1"', '2,1,"https://a.example/2"']
    run = await imported(database, settings, write(tmp_path, reviews=[review(1)], reviews_photos=photos))  # type: ignore[arg-type]
    assert counts(run["by_name"]["reviews.csv"]) == {"inserted": 1}
    assert counts(run["by_name"]["reviews_photos.csv"]) == {"inserted": 1, "rejected": 1}


async def test_7_an_unterminated_quote_swallows_nothing(load: Importer) -> None:
    file = await load.reviews(review(1), review(2, body='"no end'), review(3), review(4))
    assert (counts(file), await load.reasons(file)) == ({"inserted": 3, "rejected": 1}, [(["struct"], [""])])


async def test_7_a_file_cut_off_within_a_quote(load: Importer) -> None:
    file = await load.reviews(review(1), b'2,1,4,1546300800000,"Cut')
    assert (counts(file), await load.reasons(file)) == ({"inserted": 1, "rejected": 1}, [(["struct"], [""])])


async def test_8_too_many_and_too_few_fields_and_blank_rows(load: Importer) -> None:
    file = await load.reviews(review(1) + ",more", "2,1,4", "", ",,,,,,,,,,,", b"  \r\n", review(3))
    assert counts(file) == {"inserted": 1, "rejected": 2, "blank": 3}
    assert [reasons for reasons, _ in await load.reasons(file)] == [["fields"], ["fields"]]


async def test_9_line_breaks_commas_and_quotes_within_quotes(load: Importer) -> None:
    body = '"Two lines,\nthen ""three"",\r\nand an end."'
    await load.reviews(review(1, body=body).encode() + b"\r\n", review(2))
    assert (await load.stored("body"))[0] == ('Two lines,\nthen "three",\r\nand an end.',)


async def test_10_other_encodings_mojibake_and_control_characters(load: Importer) -> None:
    names = (b'"caf\xe9"', b'"Ren\x8ee"', '"ZoÃ«"'.encode(), b'"A\x00na\x07"', b'"\xff\xfe\x81"')
    lines = [
        review(number, reviewer_name="@").encode().replace(b"@", name, 1) + b"\n"
        for number, name in enumerate(names, 1)
    ]
    file = await load.reviews(*lines)
    assert counts(file) == {"inserted": 4, "rejected": 1, "repaired": 4}
    assert file["repairs"] == {"encoding": 2, "mojibake": 1, "control": 1}
    assert await load.stored("reviewer_name") == [("café",), ("Renée",), ("Zoë",), ("Ana",)]
    assert await load.reasons(file) == [(["encoding"], ["reviewer_name"])]


async def test_10_a_byte_order_mark(load: Importer) -> None:
    file = await load.file("reviews", b"\xef\xbb\xbf" + HEADERS["reviews.csv"].encode() + b"\n" + review(1).encode())
    assert (counts(file), file["understood"]["encoding"]) == ({"inserted": 1}, "UTF-8 with BOM")


async def test_11_duplicates_gaps_and_disorder(load: Importer) -> None:
    file = await load.reviews(review(9), review(3, rating=9), review(3, rating=2), review(3, rating=1), review(1))
    assert counts(file) == {"inserted": 3, "duplicates": 1, "rejected": 1}
    # The first valid one wins: the one before it could not be taken.
    assert await load.stored("id", "rating") == [(1, 4), (3, 2), (9, 4)]


async def test_12_headers_in_another_case_and_order_with_a_column_more(load: Importer) -> None:
    file = await load.file("anything", b'Review ID,URL,note,Id\n1,"https://a.example/1","x",5\n')
    assert counts(file) == {"rejected": 1}
    assert file["understood"] == {
        "encoding": "UTF-8",
        "separator": ",",
        "quotes": '"',
        "columns": {"id": "Id", "review_id": "Review ID", "url": "URL"},
        "unknown": ["note"],
        "header": ["Review ID", "URL", "note", "Id"],
    }


async def test_13_ids_of_this_system_cannot_be_delivered(load: Importer, database: Database) -> None:
    file = await load.reviews(review(1_000_000_000), review(999_999_999))
    assert (counts(file), await load.reasons(file)) == ({"inserted": 1, "rejected": 1}, [(["id_range"], ["id"])])
    async with database.write() as writer:
        assert await writer.fetch_value("select nextval('review_id_seq')") == 1_000_000_000


async def test_all_errors_of_a_row_and_its_bytes(load: Importer, database: Database) -> None:
    line = review(1, rating=0, date="soon", recommend="maybe").encode() + b"\r\n"
    file = await load.reviews(line)
    (found,) = await rejects_of(database, file["run_id"])
    assert found == ("reviews.csv", ["range", "date", "boolean"], ["rating", "date", "recommend"], line)
