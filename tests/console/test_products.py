"""The pages of products: the list, what one says, and the button that mends its numbers."""

import pytest

from backend.domain.roles import Role
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio

PAGE = f"/console/products/{cast.CAMO_ONESIE}"


@pytest.fixture
async def reviewed(database: Database, people: None) -> None:
    async with database.write() as writer:
        await cast.review(writer, id=1, rating=5, ratings=[7, cast.FIT, 1])
        await cast.review(writer, id=2, rating=2, recommend=False, written_at="2026-03-01T12:00:00Z")
        await cast.review(writer, id=3, rating=1, state="hidden")
        await writer.execute("insert into product (id, name) values (4, '<b>Tags</b>'), (5, null)")


async def test_the_list(moderator: Browser, reviewed: None) -> None:
    page = (await moderator.get("/console/products")).text
    assert "Camo Onesie" in page
    assert "&lt;b&gt;Tags&lt;/b&gt;" in page
    assert "no name yet" in page
    assert "3.50" in page  # of five and two stars; the hidden one counts for nothing


async def test_a_search_by_name_by_number_and_inside(moderator: Browser, reviewed: None) -> None:
    found = (await moderator.get("/console/products?q=camo")).text
    assert "Camo Onesie" in found
    assert "Bright Future" not in found
    assert "No name begins like this" in (await moderator.get("/console/products?q=onesie")).text
    assert "Camo Onesie" in (await moderator.get("/console/products?q=onesie&sort=inside")).text
    assert "Bright Future" in (await moderator.get("/console/products?q=2")).text


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%ED%A0%80", f"q={'9' * 400}", "q=%25_%5C", "after=99999999999999", "after=1.x", "after=-1", "sort=no",
     "sort=cases&after=3.9999999999", "sort=name&after=999999", "sort=inside", "sort=inside&q=%00"],
)  # fmt: skip
async def test_strange_addresses_are_answered(moderator: Browser, reviewed: None, query: str) -> None:
    assert (await moderator.get(f"/console/products?{query}")).status_code == 200


async def test_one_product(moderator: Browser, reviewed: None) -> None:
    page = (await moderator.get(PAGE)).text
    assert "No drift: they are those of its 2 visible reviews." in page
    assert "50.0 %</b> recommend it" in page
    assert "Runs tight" in page  # what the average of Fit comes to
    assert f'name="filter" value="product={cast.CAMO_ONESIE}"' in page
    assert "January 2026" in page
    assert "Recompute" not in page
    assert (await moderator.get("/console/products/99")).status_code == 404
    assert (await moderator.get("/console/products/1e3")).status_code == 404


async def test_products_without_reviews_and_without_a_name(moderator: Browser, reviewed: None) -> None:
    for product in (3, 4, 5):
        page = (await moderator.get(f"/console/products/{product}")).text
        assert "No visible reviews" in page
        assert "No drift" in page


async def test_a_lead_mends_a_drift(enter: Enter, database: Database, reviewed: None) -> None:
    lead = await enter(Role.LEAD)
    async with database.write() as writer:
        await writer.execute("update product_rollup set stars_5 = stars_5 + 3, characteristics = '{11,2,6}'")
    page = (await lead.get(PAGE)).text
    assert "They differ from its reviews." in page
    assert "<del>4</del>" in page
    assert "Fit, sum of ratings" in page
    answer = await lead.post(f"{PAGE}/recompute")
    assert answer.headers["location"] == f"{PAGE}#numbers"
    page = (await lead.get(PAGE)).text
    assert "No drift" in page
    assert "counted its numbers anew: 3 numbers changed" in page
