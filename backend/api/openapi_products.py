"""The catalogue's half of the API told to programs, with the shapes of the texts that are kept ready for it."""

from typing import Any, Final

import msgspec

from backend.api import openapi_parts as parts
from backend.api import parse
from backend.api.openapi_parts import Schema
from backend.api.products import LONGEST_CATEGORY, RATINGS, Product, ProductStretch

_TAG: Final = "Products"


class Feature(msgspec.Struct):
    feature: str
    value: str


class WholeProduct(msgspec.Struct):
    id: int
    name: str
    slogan: str
    description: str
    category: str
    default_price: str
    features: list[Feature]


class StylePhoto(msgspec.Struct):
    thumbnail_url: str
    url: str


class Sku(msgspec.Struct):
    quantity: int
    size: str


class Style(msgspec.Struct):
    style_id: int
    name: str
    original_price: str
    sale_price: str | None
    default: bool = msgspec.field(name="default?")
    photos: list[StylePhoto]
    skus: dict[str, Sku]


class Styles(msgspec.Struct):
    product_id: str
    results: list[Style]


def paths(cap: int) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """The addresses of an instance that puts at most `cap` products on a page, and the shapes they name."""
    shapes, components = msgspec.json.schema_components(
        [Product, ProductStretch, WholeProduct, Styles], ref_template="#/components/schemas/{name}"
    )
    product, stretch, whole, styles = shapes
    page = {"type": "array", "items": product}
    found = {
        "/products": {
            "get": parts.operation(
                "listProducts",
                "A page of the catalogue",
                {**parts.answer({"anyOf": [page, stretch]}, _PAGE), "headers": {"Link": parts.LINK}},
                tag=_TAG,
                parameters=[*parts.paging(cap, "products"), *_NARROWING],
                problems=(422,),
            )
        },
        "/products/{product_id}": _of_one("oneProduct", "A product with its features", whole, _WHOLE),
        "/products/{product_id}/styles": _of_one(
            "productStyles", "A product's styles, with photos and sizes", styles, _STYLES
        ),
        "/products/{product_id}/related": _of_one(
            "relatedProducts", "The ids of the products that go with one", _RELATED_SHAPE, _RELATED
        ),
    }
    return found, components


def _of_one(name: str, summary: str, shape: Schema, example: Any) -> Schema:
    product = {"name": "product_id", "in": "path", "required": True, "example": 1}
    parameters = [{**product, "schema": parts.integer(1, parse.LARGEST_ID)}]
    answer = parts.answer(shape, example)
    return {"get": parts.operation(name, summary, answer, tag=_TAG, parameters=parameters, problems=(404, 422))}


_NARROWING: Final[list[Schema]] = [
    {
        "name": "category",
        "in": "query",
        "description": "Only those of this category, as it is written in a product.",
        "schema": {"type": "string", "maxLength": LONGEST_CATEGORY, "pattern": "^[^\\u0000]*$"},
    },
    {
        "name": "with",
        "in": "query",
        "description": f"`{RATINGS}`: each product with the `average` and the `count` of its reviews, as"
        " `GET /reviews/stats` tells them.",
        "schema": {"type": "string", "enum": ["", RATINGS]},
    },
    parts.cursor("category"),
]
_RELATED_SHAPE: Final[Schema] = {"type": "array", "items": {"type": "integer"}}
_FACTS: Final[Schema] = {
    "id": 1,
    "name": "Camo Onesie",
    "slogan": "Blend in",
    "description": "Wakes you up.",
    "category": "Jackets",
    "default_price": "140",
}
_PAGE: Final = [_FACTS]
_WHOLE: Final[Schema] = {
    **_FACTS,
    "features": [
        {"feature": "Buttons", "value": "Brass"},
        {"feature": "GMO and Pesticide-free", "value": ""},
        {"feature": "Fabric", "value": "Canvas"},
    ],
}
_STYLES: Final[Schema] = {
    "product_id": "1",
    "results": [
        {
            "style_id": 1,
            "name": "Forest Green",
            "original_price": "140",
            "sale_price": None,
            "default?": True,
            "photos": [
                {
                    "thumbnail_url": "https://photos.example.org/1s.jpg",
                    "url": "https://photos.example.org/1.jpg",
                },
                {"thumbnail_url": "", "url": ""},
            ],
            "skus": {"4": {"quantity": 0, "size": "S"}, "37": {"quantity": 8, "size": "XS"}},
        },
        {
            "style_id": 2,
            "name": "Desert Brown",
            "original_price": "140.50",
            "sale_price": "100",
            "default?": False,
            "photos": [],
            "skus": {},
        },
    ],
}
_RELATED: Final = [3, 2]
