"""The pages of products: the list, what one says, and the button that mends its numbers."""

import re

import httpx
import pytest

from backend.domain.roles import Role
from backend.store import pages
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


STRANGE = [
    "q=%00",
    "q=%ED%A0%80",
    f"q={'9' * 400}",
    "q=%25_%5C",
    "after=99999999999999",
    "after=1.x",
    "after=-1",
    "sort=no",
    "category=%ED%A0%80",
    "category=%00&sort=cases",
    "category=x&sort=name&after=999999",
    "sort=cases&after=3.9999999999",
    "sort=name&after=999999",
    "sort=inside",
    "sort=inside&q=%00",
]


async def test_strange_addresses_are_answered(moderator: Browser, reviewed: None, subtests: pytest.Subtests) -> None:
    for query in STRANGE:
        with subtests.test(query=query):
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


@pytest.fixture
async def sold(database: Database, people: None) -> None:
    async with database.write() as writer:
        for statement in cast.SHELF.strip().split(";\n"):
            await writer.execute(statement)
        await pages.write(writer, [1, 2, 3])


async def test_what_is_sold(moderator: Browser, sold: None) -> None:
    page = (await moderator.get(PAGE)).text
    assert "Wakes you up." in page
    assert '<dt dir="auto">Fabric</dt><dd dir="auto">Canvas</dd>' in page
    assert "GMO and Pesticide-free" in page
    assert "https://photos.example.org/1s.jpg" in page
    assert '<img src="https://photos.example.org' not in page  # its host is not an allowed one
    assert 'Forest Green <span class="tag">Default</span>' in page
    assert '<td class="num">140.50</td><td class="num">100</td>' in page
    assert 'href="/console/products/3"' in page
    bare = (await moderator.get("/console/products/3")).text
    assert "What is sold" not in bare
    assert "Styles" not in bare


async def test_a_category_narrows_the_list_and_the_search(moderator: Browser, sold: None) -> None:
    for query, names in {
        "category=Jackets": ["Camo Onesie"],
        "category=Accessories&q=bright": ["Bright Future"],
        "category=Jackets&q=bright": [],
        "category=Jackets&q=ONES&sort=inside": ["Camo Onesie"],
        "category=Nothing": [],
        "category=Jackets&sort=cases": [],
        "category=%00": ["Camo Onesie", "Bright Future", "Socks"],
    }.items():
        page = (await moderator.get(f"/console/products?{query}")).text
        assert [name for name in ("Camo Onesie", "Bright Future", "Socks") if f">{name}" in page] == names, query
    page = (await moderator.get("/console/products?category=Jackets")).text
    assert "<option selected>Jackets</option>" in page
    assert 'href="/console/products?category=Jackets&amp;sort=cases"' in page


async def test_saved_and_taken_back(moderator: Browser, client: httpx.AsyncClient, sold: None) -> None:
    form = (await moderator.get(f"{PAGE}/edit")).text
    assert 'name="version" value="1"' in form
    saved = await moderator.post(f"{PAGE}/edit", {"version": "1", "name": "Camo Overall", "category": "Jackets"})
    assert saved.headers["location"].startswith(f"{PAGE}?done=")
    page = (await moderator.get(saved.headers["location"])).text
    assert "<p>Saved: name<br>" in page
    assert "edited it: name" in page
    (event,) = set(re.findall(r'name="event" value="(\d+)"', page))
    taken = await moderator.post("/console/undo", {"event": event, "back": PAGE})
    page = (await moderator.get(taken.headers["location"])).text
    assert '<h1 dir="auto">Camo Onesie</h1>' in page
    assert "<p>Taken back: name<br>" in page
    assert "Revert this" not in page
    again = await moderator.post("/console/undo", {"event": event, "back": PAGE})
    assert again.status_code == 409


async def test_a_field_that_cannot_be_keeps_what_was_typed(moderator: Browser, sold: None) -> None:
    refused = await moderator.post(f"{PAGE}/edit", {"version": "1", "name": "", "category": "Typed already"})
    assert refused.status_code == 422
    assert "The product needs a name." in refused.text
    assert 'value="Typed already"' in refused.text
    for field, value in (("version", "x"), ("version", "9" * 400), ("name", "\x00"), ("name", "x" * 9_999)):
        answer = await moderator.post(f"{PAGE}/edit", {"version": "1", "name": "New", field: value})
        assert answer.status_code in (409, 422), (field, value)
    for number in ("99", "1e3"):
        assert (await moderator.get(f"/console/products/{number}/edit")).status_code == 404


async def test_two_who_save_at_once(enter: Enter, sold: None) -> None:
    first, second = await enter(Role.MODERATOR), await enter(Role.LEAD)
    await first.post(f"{PAGE}/edit", {"version": "1", "name": "Theirs", "category": "Jackets"})
    conflict = await second.post(f"{PAGE}/edit", {"version": "1", "name": "Yours", "category": "Coats"})
    assert conflict.status_code == 409
    assert "Moderator saved this product while you were writing" in conflict.text
    assert "Yours stands in the form; theirs is below it." in conflict.text
    assert "Theirs: Theirs" in conflict.text
    assert 'name="version" value="2"' in conflict.text
    await first.post(f"{PAGE}/edit", {"version": "2", "name": "Theirs", "category": "Hats"})
    merged = await second.post(f"{PAGE}/edit", {"version": "2", "name": "Yours", "category": "Jackets"})
    assert "You changed different things" in merged.text
    assert 'value="Yours"' in merged.text
    assert 'value="Hats"' in merged.text
