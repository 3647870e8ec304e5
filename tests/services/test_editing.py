"""Editing a review: row, numbers, words and trace change together, and every change can be taken back."""

from typing import Any

import pytest

from backend.domain.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import checking, editing, moderation
from backend.services.editing import Edited, Overtaken
from backend.services.moderation import Undone
from backend.store.database import Database, Row
from tests import cast

pytestmark = pytest.mark.anyio
SHADES_FIT = 21  # of the other product


@pytest.fixture
async def review_id(database: Database) -> int:
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
        await writer.execute("insert into characteristic (id, product_id, name) values (%s, 2, 'Fit')", (SHADES_FIT,))
        return await cast.review(writer, ratings=[901, cast.FIT, 3, 902, cast.LENGTH, 4])


async def edit(database: Database, review_id: int, version: int, reason: str | None = None, **given: Any) -> Edited:
    given = {name.replace("c_", "characteristic."): value for name, value in given.items()}
    async with database.write() as writer:
        return await editing.edit(writer, cast.MODERATOR, review_id, version, given, reason=reason)


async def revert(database: Database, event_id: int | None) -> tuple[int, int, int]:
    assert event_id
    async with database.write() as writer:
        undone: Undone = await editing.revert(writer, cast.LEAD, event_id)
    return undone.reversed, undone.kept, undone.failed


async def now(database: Database, review_id: int) -> Row:
    """The row; all that is derived from it agrees."""
    async with database.read() as reader:
        assert await checking.check(reader) == []
        row = await reader.fetch_one("select * from review where id = %s", (review_id,))
    assert row
    return row


async def test_an_edit_is_counted_found_and_traced(database: Database, review_id: int) -> None:
    before = await now(database, review_id)
    given = {"summary": "Loud", "rating": 1, "recommend": False, "response": "Sorry.", "c_11": 5, "c_12": None}
    edited = await edit(database, review_id, 1, "personal-data", **given)
    after = await now(database, review_id)
    assert after["version"] == edited.version == 2
    assert (after["summary"], after["rating"], after["recommend"], after["response"]) == ("Loud", 1, False, "Sorry.")
    assert after["ratings"] == [901, cast.FIT, 5]
    async with database.read() as reader:
        assert await reader.fetch_value("select review_id from review_edited") == review_id  # no delivery overwrites it
        found = "select review_id from review_search where document @@ websearch_to_tsquery('atelier', 'loud -quiet')"
        assert await reader.fetch_value(found) == review_id
        event = await reader.fetch_one("select * from event where id = %s", (edited.event_id,))
    assert event
    assert (event["action"], event["reason"], event["actor_id"]) == ("edit", "personal-data", cast.MODERATOR.id)
    assert event["fields"] == ["rating", "ratings", "recommend", "response", "summary"]
    assert await revert(database, edited.event_id) == (1, 0, 0)
    assert await now(database, review_id) == {**before, "version": 3}
    with pytest.raises(Conflict, match="undone already"):
        await revert(database, edited.event_id)


async def test_it_moves_to_another_product_with_what_is_rated_there(database: Database, review_id: int) -> None:
    edited = await edit(database, review_id, 1, product_id=2)
    after = await now(database, review_id)
    assert (after["product_id"], after["ratings"]) == (2, [901, SHADES_FIT, 3])
    await revert(database, edited.event_id)
    assert (await now(database, review_id))["ratings"] == [901, cast.FIT, 3, 902, cast.LENGTH, 4]
    with pytest.raises(Invalid, match="no product 99"):
        await edit(database, review_id, 3, product_id=99)


async def test_nothing_changed_is_no_change(database: Database, review_id: int) -> None:
    assert await edit(database, review_id, 1, summary=" Warm and quiet\r\n", rating=4) == Edited(None, 1)


async def test_who_comes_second_sees_all_three(database: Database, review_id: int) -> None:
    await edit(database, review_id, 1, body="Theirs, which says enough.", rating=2)
    with pytest.raises(Overtaken) as overtaken:
        await edit(database, review_id, 1, body="Yours.", rating=4)
    caught = overtaken.value
    assert caught.original
    assert caught.original["body"].startswith("I wore it")
    assert (caught.theirs["body"], caught.yours["body"]) == ("Theirs, which says enough.", "Yours.")
    assert (caught.theirs["rating"], caught.original["rating"], caught.yours["rating"]) == (2, 4, 4)
    assert caught.by == "Moderator"
    assert (await now(database, review_id))["version"] == 2


async def test_a_step_is_taken_back_as_far_as_nobody_changed_it_since(database: Database, review_id: int) -> None:
    first = await edit(database, review_id, 1, summary="First", rating=1)
    second = await edit(database, review_id, 2, summary="Second")
    async with database.write() as writer:
        hidden = await moderation.hide(writer, cast.MODERATOR, review_id, "spam")
    assert await revert(database, first.event_id) == (1, 0, 0)
    after = await now(database, review_id)
    assert (after["summary"], after["rating"], after["state"]) == ("Second", 4, "hidden")
    # A decision, too, however much was written since.
    assert await revert(database, hidden) == (1, 0, 0)
    assert (await now(database, review_id))["state"] == "published"
    assert await revert(database, second.event_id) == (1, 0, 0)
    assert (await now(database, review_id))["summary"] == "First"


async def test_what_was_redacted_since_does_not_come_back(database: Database, review_id: int) -> None:
    """A change that keeps no before-image may have removed just this."""
    edited = await edit(database, review_id, 1, body="Ring me on 07700 900461.")
    again = await edit(database, review_id, 2, body="Ring me.")
    async with database.write() as writer:
        await writer.execute("update review set body = 'Redacted.', version = version + 1")
    assert await revert(database, again.event_id) == (0, 1, 0)
    assert await revert(database, edited.event_id) == (0, 1, 0)
    with pytest.raises(Overtaken) as overtaken:
        await edit(database, review_id, 2, body="Ring me!")
    assert overtaken.value.original is None


async def test_who_may_and_of_what(database: Database, review_id: int) -> None:
    for actor in (cast.VIEWER, cast.OPERATOR):
        async with database.write() as writer:
            with pytest.raises(Forbidden):
                await editing.edit(writer, actor, review_id, 1, {"rating": 1})
            with pytest.raises(Forbidden):
                await editing.revert(writer, actor, 1)
    with pytest.raises(NotFound):
        await edit(database, review_id + 1, 1, rating=1)
    with pytest.raises(Invalid, match="one of the reasons"):
        await edit(database, review_id, 1, "no-reason", rating=1)
    with pytest.raises(Invalid, match="no characteristic"):
        await edit(database, review_id, 1, c_21=1)
