"""POST /reviews."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from backend.services import checking
from backend.store.database import Database
from tests import cast
from tests.api.asking import BODY, draft, ids, post, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]

REFUSED = "Error: Review body contains invalid entries"


async def test_a_review_is_created_and_seen_by_the_next_request(client: httpx.AsyncClient) -> None:
    began = datetime.now(UTC) - timedelta(milliseconds=1)
    response = await post(client, draft())
    assert (response.status_code, response.text) == (201, "Created")
    assert response.headers["content-type"].startswith("text/plain")
    (shown,) = (await client.get("/reviews?product_id=1")).json()["results"]
    assert response.headers["location"] == f"/reviews/{shown['review_id']}"
    assert (await client.get(response.headers["location"])).json() == shown
    assert shown["review_id"] >= 1_000_000_000
    assert began <= datetime.fromisoformat(shown["date"]) <= datetime.now(UTC)
    assert shown["photos"][0]["id"] >= 1_000_000_000
    assert {name: shown[name] for name in ("rating", "summary", "recommend", "response", "body", "reviewer_name")} == {
        "rating": 4,
        "summary": "Warm and quiet",
        "recommend": True,
        "response": None,
        "body": BODY,
        "reviewer_name": "Inês",
    }
    assert (await client.get("/reviews/meta?product_id=1")).json() == {
        "product_id": "1",
        "ratings": {"4": "1"},
        "recommended": {"false": "0", "true": "1"},
        "characteristics": {
            "Fit": {"id": 11, "value": "5.0000000000000000"},
            "Length": {"id": 12, "value": "2.0000000000000000"},
        },
    }


async def test_all_that_is_derived_is_right(client: httpx.AsyncClient, database: Database) -> None:
    for number in range(3):
        await post(client, draft(rating=number + 1, photos=[]))
    async with database.read() as reader:
        assert await checking.check(reader) == []
        ratings = await reader.fetch_all("select ratings from review order by id")
        words = await reader.fetch_value("select document @@ 'winter' and document @@ 'ines' from review_search")
    flat = [row["ratings"] for row in ratings]
    assert [triple[1:3] for triple in flat] == [[cast.FIT, 5]] * 3
    assert [triple[4:6] for triple in flat] == [[cast.LENGTH, 2]] * 3
    assert len({number for triple in flat for number in (triple[0], triple[3])}) == 6
    assert words


@pytest.mark.parametrize("optional", ["summary", "photos", "characteristics"])
@pytest.mark.parametrize("absent", [..., None])
async def test_what_may_be_left_out(client: httpx.AsyncClient, optional: str, absent: object) -> None:
    assert (await post(client, draft(**{optional: absent}))).status_code == 201
    (shown,) = (await client.get("/reviews?product_id=1")).json()["results"]
    assert shown.get(optional) == {"summary": "", "photos": []}.get(optional)


@pytest.mark.parametrize("required", ["product_id", "rating", "body", "recommend", "name", "email"])
@pytest.mark.parametrize("absent", [..., None])
async def test_what_may_not(client: httpx.AsyncClient, required: str, absent: object) -> None:
    response = await post(client, draft(**{required: absent}))
    assert list(problem(response, 422, REFUSED)) == [required]


async def test_integers_may_be_texts(client: httpx.AsyncClient) -> None:
    sent = draft(product_id="1", rating="5", characteristics={"11": "1", "0012": "3"})
    assert (await post(client, sent)).status_code == 201
    meta = (await client.get("/reviews/meta?product_id=1")).json()
    assert meta["ratings"] == {"5": "1"}
    assert [each["value"][:3] for each in meta["characteristics"].values()] == ["1.0", "3.0"]


ALLOWED: list[dict[str, Any]] = [
    {"rating": 5.0},
    {"summary": ""},
    {"summary": "s" * 60},
    {"body": "b" * 50},
    {"body": "😀" * 1000},
    {"name": "n"},
    {"name": "n" * 60},
    {"email": "e" * 60},
    {"photos": ["HTTP://photos.example.org/a?b=c#d"] * 5},
    {"characteristics": {}},
    {"unknown": {"field": "is ignored"}},
    {"recommend": False},
]


async def test_what_is_just_allowed(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for fields in ALLOWED:
        with subtests.test(fields=list(fields)):
            assert (await post(client, draft(**fields))).status_code == 201


NO_NUMBERS: list[object] = [0, -1, 6.5, 5.5, "", " 5", "+5", "5.0", "abc", "٥", "5\0", "\ud800"]
NO_NUMBERS += [True, False, [], {}, 10**30, -(10**30), 1e30, float("1e308")]


@pytest.mark.parametrize("name", ["product_id", "rating"])
async def test_a_number_that_is_none(client: httpx.AsyncClient, subtests: pytest.Subtests, name: str) -> None:
    for number in NO_NUMBERS:
        with subtests.test(wrong=repr(number)):
            assert list(problem(await post(client, draft(**{name: number})), 422, REFUSED)) == [name]


async def test_a_wrong_product_says_so_in_the_contracts_words(client: httpx.AsyncClient) -> None:
    response = await post(client, draft(product_id="hello"))
    assert "Error: invalid product_id provided" in response.text


NO_TEXTS: list[object] = [5, True, [], {}]
WRONG: list[tuple[str, object]] = [
    *((name, no_text) for name in ("summary", "body", "name", "email") for no_text in NO_TEXTS),
    *((name, half + "x" * 50) for name in ("summary", "body", "name", "email") for half in ("\0", "\ud83d")),
    ("rating", 6),
    ("summary", "s" * 61),
    ("body", "b" * 49),
    ("body", "b" * 1001),
    ("body", " " * 60),
    ("name", ""),
    ("name", " \t\u2003"),
    ("name", "n" * 61),
    ("email", ""),
    ("email", "e" * 61),
    ("recommend", "true"),
    ("recommend", 1),
    ("photos", "https://photos.example.org/a"),
    ("photos", ["https://photos.example.org/a"] * 6),
    ("photos", {}),
    ("characteristics", []),
    ("characteristics", "11"),
]


async def test_a_field_that_is_wrong(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for name, wrong in WRONG:
        with subtests.test(name=name, wrong=repr(wrong)):
            assert list(problem(await post(client, draft(**{name: wrong})), 422, REFUSED)) == [name]


NO_PHOTOS: list[object] = ["", "photo.jpg", "ftp://a/b", "data:image/png;base64,AAAA", "javascript:alert(1)", 5, None]
NO_PHOTOS += [
    "https://",
    "http:///a",
    "https://a/b c",
    " https://a/b",
    "https://a/b\n",
    "https://a/\0",
    "https://a/\ud800",
]
NO_PHOTOS += ["https://a/" + "x" * 8192]


async def test_a_photo_that_is_no_url(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for wrong in NO_PHOTOS:
        with subtests.test(wrong=repr(wrong)[:60]):
            response = await post(client, draft(photos=["https://a/b", wrong]))
            assert list(problem(response, 422, REFUSED)) == ["photos.1"]


NO_CHARACTERISTICS: list[tuple[dict[str, object], str]] = [
    ({"11": 0}, "characteristics.11"),
    ({"11": 6}, "characteristics.11"),
    ({"11": "x"}, "characteristics.11"),
    ({"11": None}, "characteristics.11"),
    ({"11": True}, "characteristics.11"),
    ({"11": 1, "011": 2}, "characteristics.11"),
    ({"99": 3}, "characteristics.99"),
    ({str(2**63 - 1): 3}, f"characteristics.{2**63 - 1}"),
    ({"Fit": 3}, "characteristics"),
    ({"": 3}, "characteristics"),
    ({"-1": 3}, "characteristics"),
    ({"\ud800": 3}, "characteristics"),
    ({str(10**30): 3}, "characteristics"),
]


async def test_a_characteristic_that_is_none(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for characteristics, field in NO_CHARACTERISTICS:
        with subtests.test(characteristics=repr(characteristics)):
            response = await post(client, draft(characteristics=characteristics))
            assert list(problem(response, 422, REFUSED)) == [field]


async def test_a_characteristic_of_another_product(client: httpx.AsyncClient) -> None:
    response = await post(client, draft(product_id=cast.BRIGHT_FUTURE))
    assert list(problem(response, 422, REFUSED)) == ["characteristics.11", "characteristics.12"]
    assert ids(await client.get("/reviews?product_id=2")) == []


@pytest.mark.parametrize("product", [404, 2**31, 2**63 - 1])
async def test_an_unknown_product(client: httpx.AsyncClient, product: int) -> None:
    response = await post(client, draft(product_id=product, characteristics={}))
    assert list(problem(response, 422, REFUSED)) == ["product_id"]


async def test_all_errors_come_at_once(client: httpx.AsyncClient) -> None:
    sent = draft(product_id="x", rating=9, body="short", recommend="no", name="", email=..., photos=["x"])
    errors = problem(await post(client, sent), 422, REFUSED)
    assert list(errors) == ["product_id", "rating", "recommend", "body", "name", "email", "photos.0"]
    assert errors["body"] == "Must be 50 to 1000 characters long; it has 5."


async def test_what_is_refused_leaves_nothing(client: httpx.AsyncClient, database: Database) -> None:
    await post(client, draft(characteristics={"99": 1}))
    await post(client, draft(rating=6))
    async with database.read() as reader:
        counts = await reader.fetch_one(
            "select (select count(*) from review) as reviews, (select count(*) from product_rollup) as rollups,"
            " (select count(*) from review_search) as words"
        )
    assert counts == {"reviews": 0, "rollups": 0, "words": 0}


async def test_texts_are_kept_as_they_were_sent(client: httpx.AsyncClient) -> None:
    odd = "  <b>Ünïcødé</b>\r\n\t'; drop table review; -- %s %(name)s 😀 \u202e \x01 " + "x" * 50 + "  "
    await post(client, draft(body=odd, summary=" \\u0000 ", name=" ' "))
    (shown,) = (await client.get("/reviews?product_id=1")).json()["results"]
    assert (shown["body"], shown["summary"], shown["reviewer_name"]) == (odd, " \\u0000 ", " ' ")


async def test_the_mail_address_is_never_shown(client: httpx.AsyncClient) -> None:
    created = await post(client, draft(email="secret@example.org"))
    for path in ("/reviews?product_id=1", "/reviews/meta?product_id=1", created.headers["location"]):
        assert "secret" not in (await client.get(path)).text
