"""The shapes of the contract. The order of a struct's fields is the order of its keys."""

from collections.abc import Iterable, Sequence

import msgspec
from litestar import Response
from litestar.status_codes import HTTP_200_OK

from backend.domain.averages import average
from backend.domain.states import ReviewState
from backend.services.reading import Numbers, PageAsked
from backend.services.repeats import Submitted
from backend.store.database import Row

CREATED = b"Created"
encode = msgspec.json.Encoder().encode


class Photo(msgspec.Struct):
    id: int
    url: str


class Review(msgspec.Struct):
    review_id: int
    rating: int
    summary: str
    recommend: bool
    response: str | None
    body: str
    date: str
    reviewer_name: str
    helpfulness: int
    photos: list[Photo]


class Page(msgspec.Struct):
    product: str
    page: int
    count: int
    results: list[Review]


class Characteristic(msgspec.Struct):
    id: int
    value: str | None


class Meta(msgspec.Struct):
    product_id: str
    ratings: dict[str, str]
    recommended: dict[str, str]
    characteristics: dict[str, Characteristic]


class Checked(msgspec.Struct):
    """What a review would come to, if it were sent without `validate`."""

    valid: bool
    held: bool


def json(value: msgspec.Struct | Sequence[msgspec.Struct]) -> Response[bytes]:
    """A reply of compact JSON."""
    return Response(encode(value), media_type="application/json")


def created(submitted: Submitted) -> Response[bytes]:
    """The contract's answer to a review that is stored. A header says whether it is seen, so that the text stays."""
    return Response(CREATED, media_type="text/plain", headers=created_headers(submitted))


def created_headers(submitted: Submitted) -> dict[str, str]:
    """Where the review is, and whether it is seen."""
    state = ReviewState.HELD if submitted.held else ReviewState.PUBLISHED
    return {"Location": f"/reviews/{submitted.review_id}", "X-Review-State": state.value}


def checked(*, held: bool) -> Response[bytes]:
    """The answer to a review that is valid and was not stored."""
    return Response(encode(Checked(valid=True, held=held)), status_code=HTTP_200_OK, media_type="application/json")


def page(asked: PageAsked, rows: list[Row]) -> Page:
    return Page(str(asked.product_id), asked.page, asked.count, [review(row) for row in rows])


def review(row: Row) -> Review:
    photos = zip(row["photo_ids"], row["photo_urls"], strict=True) if row["photo_ids"] else ()
    return Review(
        row["id"],
        row["rating"],
        row["summary"],
        row["recommend"],
        row["response"],
        row["body"],
        row["date"],
        row["reviewer_name"],
        row["helpfulness"],
        [Photo(*photo) for photo in photos],
    )


def meta(product_id: int, numbers: Numbers) -> Meta:
    stars, yes, no, characteristics = numbers
    return Meta(
        str(product_id),
        ratings(stars),
        {"false": str(no), "true": str(yes)} if yes or no else {},
        {
            name: Characteristic(number, average(total, count) if count else None)
            for number, name, count, total in characteristics
        },
    )


def ratings(stars: Iterable[int]) -> dict[str, str]:
    """How many reviews have one star, two, and so on to five; a number that none has is left out."""
    return {str(number): str(given) for number, given in enumerate(stars, 1) if given}


def stars_of(row: Row) -> list[int]:
    return [row[f"stars_{number}"] for number in range(1, 6)]
