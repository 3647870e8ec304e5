"""What the catalogue says of a product, as the console shows it: read from the very page that the public is sent."""

import json
from dataclasses import dataclass
from typing import Any

from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("products")

MOST = 24  # related products, and styles, that are shown


@dataclass(frozen=True, slots=True)
class Offer:
    """`styles` and `related` (id, name) are the first few; `photo` is the default style's first, else any, empty
    without. `kinds` counts all styles."""

    description: str
    features: list[dict[str, str]]
    photo: str
    styles: list[dict[str, Any]]
    kinds: int
    related: list[Row]


async def of_product(reader: Reader, product_id: int) -> Offer | None:
    """None where the product is not in the catalogue."""
    page = await reader.fetch_one(queries["page"], {"product_id": product_id})
    if page is None:
        return None
    facts, styles, ids = (json.loads(page[part]) for part in ("facts", "styles", "related"))
    return Offer(
        facts["description"],
        facts["features"],
        _photo(styles),
        styles[:MOST],
        len(styles),
        await reader.fetch_all(queries["named"], {"ids": ids[:MOST]}),
    )


def _photo(styles: list[dict[str, Any]]) -> str:
    photos = [photo for style in sorted(styles, key=lambda each: not each["default?"]) for photo in style["photos"]]
    found: list[str] = [photo["thumbnail_url"] or photo["url"] for photo in photos]
    return next(filter(None, found), "")
