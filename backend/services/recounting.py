"""Taking back the drift of a product's kept numbers. There is none, unless something went round the rules."""

from collections import defaultdict

from backend.domain.actors import Actor
from backend.domain.errors import NotFound
from backend.domain.roles import Permission
from backend.services import checking, products
from backend.store import trace
from backend.store.database import Row, Writer

NUMBERS = ("stars_1", "stars_2", "stars_3", "stars_4", "stars_5", "recommended", "not_recommended")


async def recompute(writer: Writer, actor: Actor, product_id: int) -> list[Row]:
    """Make a product's kept numbers those of its reviews; how they differed. Where they do not, nothing is written.

    What they differ by at one moment is added to one slot. Whoever writes reviews meanwhile adds the same to both
    sides, so nobody has to wait.
    """
    actor.require(Permission.LEAD)
    if await writer.fetch_one(products.queries["lock"], {"product_id": product_id}) is None:
        raise NotFound(f"There is no product {product_id:,}.")
    drift = await checking.drift(writer, product_id)
    if not drift:
        return []
    numbers = dict.fromkeys(NUMBERS, 0)
    ratings: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row in drift:
        difference = row["counted"] - row["kept"]
        if row["characteristic"] is None:
            numbers[row["field"]] = difference
        else:
            ratings[row["characteristic"]][row["field"] == "ratings_sum"] = difference
    flat = [number for characteristic, pair in sorted(ratings.items()) for number in (characteristic, *pair)]
    await writer.execute(products.queries["correct"], {"product_id": product_id, **numbers, "characteristics": flat})
    counts = {_named(row): row["counted"] - row["kept"] for row in drift}
    await trace.record(
        writer,
        actor,
        "recompute",
        ("product", product_id),
        fields=sorted({row["field"] for row in drift}),
        counts=counts,
    )
    return drift


def _named(row: Row) -> str:
    """A number's name in the trace: `stars_4`, or `ratings of 11`."""
    return row["field"] if row["characteristic"] is None else f"{row['field']} of {row['characteristic']}"
