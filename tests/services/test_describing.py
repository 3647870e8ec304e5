"""Editing a product's facts: row, page and trace change together, and every change can be taken back."""

import json

import pytest

from backend.domain.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import describing, judging
from backend.services.describing import Overtaken
from backend.services.editing import Edited
from backend.store.database import Database, Row
from tests import cast

pytestmark = pytest.mark.anyio
ONESIE = cast.CAMO_ONESIE


@pytest.fixture(autouse=True)
async def shelf(database: Database) -> None:
    await cast.people(database)
    async with database.write() as writer:
        await cast.shelf(writer)


async def edit(database: Database, version: int, **given: str) -> Edited:
    async with database.write() as writer:
        return await describing.edit(writer, cast.MODERATOR, ONESIE, version, given)


async def undo(database: Database, event_id: int | None) -> int | None:
    assert event_id
    async with database.write() as writer:
        return (await judging.undo(writer, cast.LEAD, [event_id])).event_id


async def now(database: Database) -> tuple[str, str | None, int]:
    """Name, category and version; the page says the same."""
    async with database.read() as reader:
        row = await reader.fetch_one(
            "select p.name, p.category, p.version, page.facts from product as p"
            " join product_page as page on page.product_id = p.id where p.id = %s",
            (ONESIE,),
        )
    assert row
    facts = json.loads(row["facts"])
    assert (facts["name"], facts["category"]) == (row["name"], row["category"] or "")
    return row["name"], row["category"], row["version"]


async def test_an_edit_is_on_the_page_and_in_the_trace(database: Database) -> None:
    edited = await edit(database, 1, name=" Camo \t Overall\x00 ", category="")
    assert await now(database) == ("Camo Overall", None, 2)
    assert edited.version == 2
    async with database.read() as reader:
        event = await reader.fetch_one("select * from event where id = %s", (edited.event_id,))
        before = await reader.fetch_one("select * from catalogue_before where event_id = %s", (edited.event_id,))
        assert await reader.fetch_value("select product_id from product_edited") == ONESIE  # no delivery overwrites it
    assert event
    assert before
    assert (event["actor_id"], event["subject_id"], event["fields"]) == (
        cast.MODERATOR.id,
        ONESIE,
        ["category", "name"],
    )
    assert (before["columns"]["name"], before["columns"]["category"], before["version"]) == (
        "Camo Onesie",
        "Jackets",
        2,
    )
    assert "Overall" not in str(event)


async def test_what_changes_nothing_leaves_no_trace(database: Database) -> None:
    assert await edit(database, 1, name="  Camo  Onesie", category="Jackets") == Edited(None, 1)
    async with database.read() as reader:
        assert await reader.fetch_value("select count(*) from event") == 0


async def test_what_cannot_be(database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        await edit(database, 1, name=" ", category="x" * 201)
    assert [error.field for error in refused.value.errors] == ["name", "category"]
    async with database.write() as writer:
        for actor in (cast.VIEWER, cast.OPERATOR):
            with pytest.raises(Forbidden):
                await describing.edit(writer, actor, ONESIE, 1, {"name": "Mine"})
        with pytest.raises(NotFound):
            await describing.edit(writer, cast.LEAD, 404, 1, {"name": "Nobody's"})
    assert await now(database) == ("Camo Onesie", "Jackets", 1)


async def test_a_long_name_that_was_delivered_may_stay(database: Database) -> None:
    async with database.write() as writer:
        await writer.execute("update product set name = %s where id = 1", ("x" * 400,))
    await edit(database, 1, name="x" * 400, category="Coats")
    assert await now(database) == ("x" * 400, "Coats", 2)


async def test_who_comes_second_is_told_what_changed(database: Database) -> None:
    await edit(database, 1, name="Theirs")
    with pytest.raises(Overtaken) as overtaken:
        await edit(database, 1, name="Yours", category="Coats")
    told = overtaken.value
    assert (told.theirs["name"], told.yours["name"], told.version) == ("Theirs", "Yours", 2)
    assert told.original == {"name": "Camo Onesie", "category": "Jackets"}
    assert told.by == "Moderator"
    async with database.write() as writer:
        await writer.execute("update product set version = 4 where id = 1")  # as a delivery does
    with pytest.raises(Overtaken) as overtaken:
        await edit(database, 3, name="Yours")
    assert overtaken.value.original is None


async def test_taken_back_whole_and_in_part(database: Database) -> None:
    first = await edit(database, 1, name="First", category="Coats")
    await edit(database, 2, category="Hats")
    assert await undo(database, first.event_id)
    assert await now(database) == ("Camo Onesie", "Hats", 4)  # the category is somebody's since
    with pytest.raises(Conflict, match="undone already"):
        await undo(database, first.event_id)


async def test_nothing_is_left_to_take_back(database: Database) -> None:
    first = await edit(database, 1, name="First")
    second = await edit(database, 2, name="Second")
    with pytest.raises(Conflict, match="since"):
        await undo(database, first.event_id)
    undoing = await undo(database, second.event_id)
    assert await now(database) == ("First", "Jackets", 4)
    assert await undo(database, first.event_id)  # what came in between is taken back, too
    assert await now(database) == ("Camo Onesie", "Jackets", 5)
    with pytest.raises(Conflict, match="decided anew"):
        await undo(database, undoing)


async def test_a_product_that_reviews_alone_have_named_gets_a_page(database: Database) -> None:
    async with database.write() as writer:
        await writer.execute("insert into product (id) values (7)")
        edited = await describing.edit(writer, cast.LEAD, 7, 1, {"name": "Named"})
    assert await page_of(database, 7)
    await undo(database, edited.event_id)
    assert await page_of(database, 7) is None


async def page_of(database: Database, product_id: int) -> Row | None:
    async with database.read() as reader:
        return await reader.fetch_one("select facts from product_page where product_id = %s", (product_id,))
