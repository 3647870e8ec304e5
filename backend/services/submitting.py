"""Taking a customer's review: stored, counted and searchable in one transaction."""

from backend.domain.actors import Actor
from backend.domain.drafts import REFUSED, Draft
from backend.domain.errors import FieldError, Invalid
from backend.store import rollups, sql
from backend.store.database import Writer

queries = sql.load("submit")


async def submit(writer: Writer, _actor: Actor, draft: Draft) -> int:
    """Publish a review; its id. `Invalid` names an unknown product, or characteristics that are not the product's."""
    await _check(writer, draft)
    (review,) = await writer.fetch_all(
        queries["insert_review"],
        {
            "product_id": draft.product_id,
            "rating": draft.rating,
            "recommend": draft.recommend,
            "summary": draft.summary,
            "body": draft.body,
            "name": draft.name,
            "email": draft.email,
            "photos": list(draft.photos),
            "characteristics": list(draft.characteristics),
            "values": list(draft.characteristics.values()),
        },
    )
    await writer.execute(queries["insert_search"], review)
    await rollups.count_in(writer, review)
    review_id: int = review["id"]
    return review_id


async def _check(writer: Writer, draft: Draft) -> None:
    product = await writer.fetch_one(
        queries["product"], {"product_id": draft.product_id, "characteristics": list(draft.characteristics)}
    )
    if product is None:
        raise Invalid(REFUSED, errors=(FieldError("product_id", "There is no such product."),))
    if strange := sorted(draft.characteristics.keys() - set(product["characteristics"])):
        message = "Is no characteristic of this product."
        raise Invalid(REFUSED, errors=tuple(FieldError(f"characteristics.{number}", message) for number in strange))
