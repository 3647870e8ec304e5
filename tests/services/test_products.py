"""Products in the console: found, told whole, and their numbers mended where they drifted."""

import asyncio
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.actors import Actor
from backend.domain.errors import Forbidden, NotFound
from backend.services import checking, moderation, products, recounting
from backend.services.products import Order, Place
from backend.store.database import Database
from tests import cast
from tests.examples import tried

pytestmark = pytest.mark.anyio

LISBON = ZoneInfo("Europe/Lisbon")
NAMES = {
    10: "Camo Socks",
    11: "camo socks",
    12: "CAMO 100% Wool_Hat",
    13: "Émile",
    14: "émile two",
    15: "",
    16: None,
    17: "Wool Camo",
}


@pytest.fixture
async def shop(database: Database) -> Database:
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
        for product_id, name in NAMES.items():
            await writer.execute("insert into product (id, name) values (%s, %s)", (product_id, name))
    return database


async def found(database: Database, order: Order, text: str = "") -> list[int]:
    async with database.read() as reader:
        page = await products.page(reader, cast.VIEWER, order, text)
    return [row["id"] for row in page.rows]


async def test_names_are_found_by_their_beginnings(shop: Database) -> None:
    assert await found(shop, Order.NAME, "camo s") == [10, 11]
    assert await found(shop, Order.NAME, "CAMO") == [12, cast.CAMO_ONESIE, 10, 11]
    assert await found(shop, Order.NAME, "camo 100%") == [12]  # no pattern
    assert await found(shop, Order.NAME, "éMILE") == [13, 14]
    assert await found(shop, Order.NAME, "nothing") == []


async def test_names_are_found_by_what_they_hold(shop: Database) -> None:
    assert await found(shop, Order.INSIDE, "wool") == [12, 17]
    assert await found(shop, Order.INSIDE, "_") == [12]


async def test_only_a_part_is_walked_and_it_says_so(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "WINDOW", 4)
    async with shop.read() as reader:
        page = await products.page(reader, cast.VIEWER, Order.INSIDE, "wool")
        assert (page.rows, page.edge, page.following) == ([], 10, Place(10))
        page = await products.page(reader, cast.VIEWER, Order.INSIDE, "wool", page.following)
        assert ([row["id"] for row in page.rows], page.edge) == ([12], 14)


@pytest.mark.parametrize("order", [Order.NUMBER, Order.NAME, Order.CASES])
async def test_pages_follow_one_another(shop: Database, monkeypatch: pytest.MonkeyPatch, order: Order) -> None:
    async with shop.write() as writer:
        for review, product in enumerate((1, 1, 1, 2, 2, 10, 11, 11), 1):
            await cast.review(writer, id=review, product_id=product, state="held")
            await writer.execute(
                "insert into moderation_case (review_id, product_id, kind) values (%s, %s, 'held')", (review, product)
            )
    whole = await found(shop, order)
    if order is Order.CASES:
        assert whole == [1, 2, 11, 10]
    monkeypatch.setattr(products, "PAGE", 2)
    walked, place = [], None
    async with shop.read() as reader:
        for _ in range(10):
            page = await products.page(reader, cast.VIEWER, order, place=place)
            walked += [row["id"] for row in page.rows]
            place = page.following
            if place is None:
                break
    assert walked == whole
    assert len(set(walked)) == len(walked)


async def test_a_row_says_what_its_product_has(shop: Database) -> None:
    async with shop.write() as writer:
        await cast.review(writer, id=1, rating=5, written_at="2026-01-02T00:00:00Z")
        await cast.review(writer, id=2, rating=2, written_at="2026-02-03T00:00:00Z")
        await cast.review(writer, id=3, rating=1, written_at="2026-03-04T00:00:00Z", state="hidden")
    async with shop.read() as reader:
        row = (await products.page(reader, cast.VIEWER, Order.NAME, "camo onesie")).rows[0]
    assert (row["stars"], row["cases"], row["last_review"].isoformat()[:10]) == ([0, 1, 0, 0, 1], 0, "2026-02-03")


async def test_what_takes_too_long_to_count_is_left_out_alone(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(products.queries, "months", "select pg_sleep(20), %(product_id)s, %(zone)s, %(months)s")
    async with shop.read() as reader:
        whole = await products.one(reader, cast.VIEWER, cast.CAMO_ONESIE, LISBON)
    assert (whole.months, whole.drift) == (None, [])


async def test_one_product_whole(shop: Database) -> None:
    async with shop.write() as writer:
        await cast.review(writer, id=1, rating=5, written_at="2025-12-31T23:30:00Z", ratings=[7, cast.FIT, 4])
        await cast.review(writer, id=2, rating=2, written_at="2026-03-04T00:00:00Z", ratings=[8, cast.FIT, 1])
        await cast.review(writer, id=3, rating=2, written_at="2026-05-04T00:00:00Z", state="hidden")
    async with shop.read() as reader:
        whole = await products.one(reader, cast.VIEWER, cast.CAMO_ONESIE, ZoneInfo("Europe/Paris"))
        with pytest.raises(NotFound):
            await products.one(reader, cast.VIEWER, 999, LISBON)
    assert whole.drift == []
    assert [(row["name"], row["count"], row["average"]) for row in whole.characteristics] == [
        ("Fit", 2, 2.5),
        ("Length", 0, None),
    ]
    # In Paris the first was written on 1 January.
    assert whole.months is not None
    assert [(str(month.month)[:7], month.reviews, month.average) for month in whole.months] == [
        ("2026-01", 1, 5.0),
        ("2026-02", 0, None),
        ("2026-03", 1, 2.0),
    ]
    assert [row["id"] for row in whole.latest] == [3, 2, 1]


async def drifted(database: Database) -> None:
    async with database.write() as writer:
        await cast.review(writer, id=1, rating=5, ratings=[7, cast.FIT, 4])
        await cast.review(writer, id=2, rating=2, recommend=False)
        await writer.execute("update product_rollup set stars_5 = 7, recommended = 0, characteristics = '{12,3,9}'")


async def test_a_drift_is_told_taken_back_and_traced(shop: Database) -> None:
    await drifted(shop)
    async with shop.read() as reader:
        told = await checking.drift(reader, cast.CAMO_ONESIE)
        assert {(row["field"], row["characteristic"], row["kept"], row["counted"]) for row in told} == {
            ("stars_5", None, 7, 1),
            ("recommended", None, 0, 1),
            ("ratings", cast.FIT, 0, 1),
            ("ratings_sum", cast.FIT, 0, 4),
            ("ratings", cast.LENGTH, 3, 0),
            ("ratings_sum", cast.LENGTH, 9, 0),
        }
        assert [fault.example for fault in await checking.check(reader) if "kept numbers" in fault.what] == [1]
    async with shop.write() as writer:
        assert len(await recounting.recompute(writer, cast.LEAD, cast.CAMO_ONESIE)) == 6
        assert await recounting.recompute(writer, cast.LEAD, cast.CAMO_ONESIE) == []
    async with shop.read() as reader:
        assert await checking.drift(reader, cast.CAMO_ONESIE) == []
        (event,) = (await products.one(reader, cast.VIEWER, cast.CAMO_ONESIE, LISBON)).events
    assert (event["action"], event["actor_name"], event["counts"]["stars_5"]) == ("recompute", "Lead", -6)


async def test_only_a_lead_may(shop: Database) -> None:
    async with shop.write() as writer:
        with pytest.raises(Forbidden):
            await recounting.recompute(writer, cast.MODERATOR, cast.CAMO_ONESIE)
        with pytest.raises(NotFound):
            await recounting.recompute(writer, cast.LEAD, 999)


async def test_a_product_without_a_slot_gets_one(shop: Database) -> None:
    await drifted(shop)
    async with shop.write() as writer:
        await writer.execute("delete from product_rollup")
        await recounting.recompute(writer, cast.LEAD, cast.CAMO_ONESIE)
        assert await checking.drift(writer, cast.CAMO_ONESIE) == []


@tried(10)
@given(order=st.permutations(["hide", "hide", "recompute", "recompute", "restore", "hide"]))
async def test_recounts_and_decisions_at_the_same_time(shop: Database, order: Iterable[str]) -> None:
    """Whoever comes first: the kept numbers are exact in the end, and nobody waits for ever."""
    async with shop.write() as writer:
        await writer.execute("delete from review")
        await writer.execute("delete from product_rollup")
        for number in range(1, 5):
            await cast.review(writer, id=number, rating=number, state="hidden" if number == 4 else "published")
        await writer.execute("update product_rollup set stars_1 = stars_1 + 3")
    reviews = iter((1, 2, 3))

    async def do(what: str) -> None:
        actor: Actor = cast.LEAD
        async with shop.write() as writer:
            if what == "recompute":
                await recounting.recompute(writer, actor, cast.CAMO_ONESIE)
            elif what == "hide":
                await moderation.hide(writer, actor, next(reviews), "spam")
            else:
                await moderation.restore(writer, actor, 4)

    await asyncio.gather(*(do(what) for what in order))
    async with shop.read(fresh=True) as reader:
        assert await checking.drift(reader, cast.CAMO_ONESIE) == []
