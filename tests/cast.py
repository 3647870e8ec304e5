"""A fixed cast for the tests: products with their characteristics, reviews, and one user of each role."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from backend.domain.actors import Actor
from backend.domain.load_tests import Fault, Figures, LoadTest, Moment, Threshold
from backend.domain.roles import Role
from backend.store import pages
from backend.store.database import Database, Writer

CAMO_ONESIE = 1
BRIGHT_FUTURE = 2
UNREVIEWED = 3
FIT, LENGTH = 11, 12

VIEWER, MODERATOR, LEAD, OPERATOR, ADMINISTRATOR = (
    Actor(kind="user", id=number, name=role.value.title(), role=role) for number, role in enumerate(Role, 1)
)
PUBLIC = Actor(kind="public")

SHELF = """
update product set slogan = 'Blend in', description = 'Wakes you up.', category = 'Jackets', default_price = 140
where id = 1;
update product set category = 'Accessories', default_price = 69.00 where id = 2;
insert into feature (id, product_id, feature, value)
values (3, 1, 'Fabric', 'Canvas'), (1, 1, 'Buttons', 'Brass'), (2, 1, 'GMO and Pesticide-free', '');
insert into style (id, product_id, name, original_price, sale_price, default_style)
values (2, 1, 'Desert Brown', 140.50, 100, false), (1, 1, 'Forest Green', 140, null, true);
insert into style_photo (id, style_id, url, thumbnail_url)
values (1, 1, 'https://photos.example.org/1.jpg', 'https://photos.example.org/1s.jpg'), (2, 1, '', '');
insert into sku (id, style_id, quantity, size) values (37, 1, 8, 'XS'), (4, 1, 0, 'S');
insert into related (id, product_id, related_id) values (1, 1, 3), (2, 1, 2), (4, 1, 3)
"""


async def products(writer: Writer) -> None:
    """Three products without their pages, which the first revisions did not have; the first has two characteristics."""
    for product_id, name in (
        (CAMO_ONESIE, "Camo Onesie"),
        (BRIGHT_FUTURE, "Bright Future Sunglasses"),
        (UNREVIEWED, "Socks"),
    ):
        await writer.execute("insert into product (id, name) values (%s, %s)", (product_id, name))
    for characteristic_id, name in ((FIT, "Fit"), (LENGTH, "Length")):
        await writer.execute(
            "insert into characteristic (id, product_id, name) values (%s, %s, %s)",
            (characteristic_id, CAMO_ONESIE, name),
        )


async def catalogue(writer: Writer) -> None:
    """Three products with their pages, the first with two characteristics."""
    await products(writer)
    await pages.write(writer, [CAMO_ONESIE, BRIGHT_FUTURE, UNREVIEWED])


async def shelf(writer: Writer) -> None:
    """The catalogue with what is sold: of the first product all there can be, of the second next to nothing."""
    await catalogue(writer)
    for statement in SHELF.strip().split(";\n"):
        await writer.execute(statement)
    await pages.write(writer, [CAMO_ONESIE, BRIGHT_FUTURE, UNREVIEWED])


async def review(writer: Writer, **columns: Any) -> int:
    """A review with everything it needs, counted if it is visible; its id."""
    row = {
        "product_id": CAMO_ONESIE,
        "written_at": "2026-01-02T03:04:05Z",
        "rating": 4,
        "recommend": True,
        "summary": "Warm and quiet",
        "body": "I wore it for a whole winter and nobody saw me once.",
        "reviewer_name": "Inês",
        "reviewer_email": "ines@example.org",
        "state": "published",
        "ratings": [],
        **columns,
    }
    names = ", ".join(row)
    marks = ", ".join(f"%({name})s" + ("::review_state" if name == "state" else "") for name in row)
    stored = (await writer.fetch_all(f"insert into review ({names}) values ({marks}) returning *", row))[0]
    await writer.execute(
        "insert into review_search (review_id, product_id, document)"
        " values (%(id)s, %(product_id)s, search_document(%(summary)s, %(body)s, %(reviewer_name)s))",
        stored,
    )
    if stored["visible"]:
        await count(writer, stored)
    review_id: int = stored["id"]
    return review_id


async def count(writer: Writer, review: Mapping[str, Any], sign: int = 1) -> None:
    """Count a review's product_id, rating, recommend and ratings into its product's numbers; out of them with -1."""
    statement = "select count_review(%(product_id)s, %(rating)s, %(recommend)s, %(ratings)s::int[], %(sign)s)"
    await writer.execute(statement, {**review, "sign": sign})


async def people(database: Database, password_hash: str = "!") -> None:
    """One user of each role, with the ids that the actors above carry."""
    async with database.write() as writer:
        for role in Role:
            await writer.execute(
                "insert into user_account (email, name, role, password_hash) values (%s, %s, %s::user_role, %s)",
                (f"{role.value}@example.org", role.value.title(), role.value, password_hash),
            )


def load_test(p95: float = 20.0, *, held: bool = True, partial: bool = False, rate: float = 100.0) -> LoadTest:
    """One of half a minute; `p95` is that of all, twice as much of the lists."""
    return LoadTest(
        began_at=datetime(2026, 11, 18, 9, tzinfo=UTC),
        ended_at=datetime(2026, 11, 18, 9, 0, 30, tzinfo=UTC),
        asked_by="root",
        host="http://127.0.0.1:8080",
        version="abc1234, revision 0016",
        shape="steady",
        options={"users": 40, "rate": rate, "seconds": 30.0, "processes": 1, "journeys": ["storefront"], "seed": 1},
        partial=partial,
        total=Figures("All", 3_000, 3, rate, 4.0, p95, 90.0),
        names=[
            Figures("GET /reviews/meta", 1_000, 0, rate / 3, 3.0, p95, 50.0),
            Figures("GET /reviews newest", 2_000, 3, 2 * rate / 3, 5.0, 2 * p95, 90.0),
        ],
        course=[Moment(0, rate, 0, p95), Moment(10, rate, 3, 2 * p95), Moment(20, rate, 0, None)],
        thresholds=[Threshold("errors", 0.01, 0.001, held=True), Threshold("p95", 100.0, p95, held)],
        faults=[Fault("GET /reviews newest", "wrong body: a review twice", 3)],
        ceiling=2_000.0,
    )
