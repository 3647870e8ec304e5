"""A product's kept numbers; `atelier db check` proves them.

Only these functions, the statement that stores a submitted review (`submit.sql`) and the imports change them.
"""

from collections.abc import Mapping
from typing import Any

from backend.store.database import Writer

_COUNT = "select count_review(%(product_id)s, %(rating)s, %(recommend)s, %(ratings)s::int[], %(sign)s)"


async def count_in(writer: Writer, review: Mapping[str, Any]) -> None:
    """Count a review that becomes visible: its row's product_id, rating, recommend and ratings."""
    await writer.execute(_COUNT, {**_counted(review), "sign": 1})


async def count_out(writer: Writer, review: Mapping[str, Any]) -> None:
    """Take back a review that is no longer visible."""
    await writer.execute(_COUNT, {**_counted(review), "sign": -1})


def _counted(review: Mapping[str, Any]) -> dict[str, Any]:
    return {name: review[name] for name in ("product_id", "rating", "recommend", "ratings")}
