"""The shapes of the contract. The order of a struct's fields is the order of its keys."""

from datetime import datetime

import msgspec
from litestar import Response

from backend.domain.averages import average
from backend.services.reading import Numbers, PageAsked
from backend.store.database import Row

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


def json(value: msgspec.Struct) -> Response[bytes]:
    """A reply of compact JSON."""
    return Response(encode(value), media_type="application/json")


def page(asked: PageAsked, rows: list[Row]) -> Page:
    return Page(str(asked.product_id), asked.page, asked.count, [review(row) for row in rows])


def review(row: Row) -> Review:
    return Review(
        row["id"],
        row["rating"],
        row["summary"],
        row["recommend"],
        row["response"],
        row["body"],
        iso(row["written_at"]),
        row["reviewer_name"],
        row["helpfulness"],
        [Photo(*photo) for photo in zip(row["photo_ids"], row["photo_urls"], strict=True)],
    )


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and `Z`. Connections speak UTC, so the offset is always +00:00."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def meta(product_id: int, numbers: Numbers) -> Meta:
    stars, yes, no, characteristics = numbers
    return Meta(
        str(product_id),
        {str(n): str(given) for n, given in enumerate(stars, 1) if given},
        {"false": str(no), "true": str(yes)} if yes or no else {},
        {
            name: Characteristic(number, average(total, count) if count else None)
            for number, name, count, total in characteristics
        },
    )
