"""The queue below its page: holding, replying, the order of the cards, claims, and a person's last decisions."""

import math
from dataclasses import replace
from typing import Any

import pytest

from backend.domain import priority
from backend.domain.actors import Actor
from backend.domain.errors import Conflict, Forbidden, Invalid, NotFound
from backend.jobs.housekeeping import refresh_reach
from backend.services import checking, claims, judging, moderation, notes, queue, replies
from backend.services.judging import Decision, Subject
from backend.services.queue import Kind, Place
from backend.settings import Settings
from backend.store.database import Database
from tests import cast

pytestmark = pytest.mark.anyio


async def case_of(database: Database, review_id: int) -> dict[str, Any] | None:
    async with database.read() as reader:
        return await reader.fetch_one("select * from moderation_case where review_id = %s", (review_id,))


async def review_of(database: Database, review_id: int) -> dict[str, Any]:
    async with database.read() as reader:
        assert await checking.check(reader) == []
        row = await reader.fetch_one("select state::text, version, response from review where id = %s", (review_id,))
    assert row
    return row


@pytest.fixture
async def review_id(database: Database) -> int:
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
        return await cast.review(writer, ratings=[901, cast.FIT, 3, 902, cast.LENGTH, 4])


async def test_on_hold_it_is_out_of_sight_and_waits_in_its_holders_name(database: Database, review_id: int) -> None:
    async with database.write() as writer:
        event = await moderation.hold(writer, cast.MODERATOR, review_id)
    assert (await review_of(database, review_id))["state"] == "held"
    case = await case_of(database, review_id)
    assert case
    assert (case["kind"], case["held_by"], case["reports"]) == ("held", cast.MODERATOR.id, 0)
    async with database.write() as writer:
        with pytest.raises(Conflict, match="held already"):
            await moderation.hold(writer, cast.LEAD, review_id)
        await moderation.undo(writer, cast.MODERATOR, event)
    assert (await review_of(database, review_id))["state"] == "published"
    assert await case_of(database, review_id) is None


async def test_a_reported_one_on_hold_keeps_its_reports_and_its_age(
    database: Database, settings: Settings, review_id: int
) -> None:
    async with database.write() as writer:
        await moderation.report(writer, cast.PUBLIC, settings, review_id, reason="offensive")
    before = await case_of(database, review_id)
    async with database.write() as writer:
        event = await moderation.hold(writer, cast.MODERATOR, review_id)
        await moderation.report(writer, cast.PUBLIC, settings, review_id, reason="illegal")
    case = await case_of(database, review_id)
    assert before
    assert case
    assert (case["kind"], case["reports"], case["urgent"]) == ("held", 2, priority.urgency("illegal"))
    assert case["opened_at"] == before["opened_at"]
    async with database.write() as writer:
        await moderation.undo(writer, cast.MODERATOR, event)
    case = await case_of(database, review_id)
    assert case
    assert (case["kind"], case["held_by"], case["reports"]) == ("reported", None, 2)
    assert (await review_of(database, review_id))["state"] == "reported"


async def test_approving_what_is_held_and_taking_that_back(database: Database, review_id: int) -> None:
    async with database.write() as writer:
        await moderation.hold(writer, cast.MODERATOR, review_id)
        event = await moderation.restore(writer, cast.LEAD, review_id)
    assert await case_of(database, review_id) is None
    async with database.write() as writer:
        undone = await moderation.undo(writer, cast.LEAD, event)
    case = await case_of(database, review_id)
    assert case
    assert (case["kind"], case["held_by"]) == ("held", cast.MODERATOR.id)
    assert (await review_of(database, review_id))["state"] == "held"
    assert undone.event_id
    async with database.write() as writer:
        with pytest.raises(Conflict, match="decided anew"):
            await moderation.undo(writer, cast.LEAD, undone.event_id)


async def test_approved_again_a_review_that_was_reported_since_leaves_the_queue(
    database: Database, settings: Settings, review_id: int
) -> None:
    async with database.write() as writer:
        await moderation.restore(writer, cast.MODERATOR, review_id)
        with pytest.raises(Conflict, match="approved already"):
            await moderation.restore(writer, cast.LEAD, review_id)
        await moderation.report(writer, cast.PUBLIC, settings, review_id)
        event = await moderation.restore(writer, cast.LEAD, review_id)
    assert await case_of(database, review_id) is None
    async with database.write() as writer:
        await moderation.undo(writer, cast.LEAD, event)
    assert (await review_of(database, review_id))["state"] == "approved"
    assert await case_of(database, review_id)


async def test_a_reply_is_content_and_is_taken_back(database: Database, review_id: int) -> None:
    async with database.write() as writer:
        first = await replies.reply(writer, cast.MODERATOR, review_id, "  Thank you.\r\nCome again. ", version=1)
        with pytest.raises(Conflict, match="stands there already"):
            await replies.reply(writer, cast.MODERATOR, review_id, "Thank you.\nCome again.")
        second = await replies.reply(writer, cast.LEAD, review_id, "We are sorry.")
    assert await review_of(database, review_id) == {"state": "published", "version": 3, "response": "We are sorry."}
    async with database.write() as writer:
        await moderation.undo(writer, cast.LEAD, second)
    assert (await review_of(database, review_id))["response"] == "Thank you.\nCome again."
    async with database.write() as writer:
        await moderation.undo(writer, cast.MODERATOR, first)
    assert (await review_of(database, review_id))["response"] is None


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * 2001, "a\0b", "a\x1bb", "\ud800"])
async def test_what_is_no_reply(database: Database, review_id: int, text: str) -> None:
    async with database.write() as writer:
        with pytest.raises(Invalid) as refused:
            await replies.reply(writer, cast.MODERATOR, review_id, text)
        assert refused.value.errors[0].field == "reply"


@pytest.mark.parametrize("actor", [cast.VIEWER, cast.OPERATOR, cast.PUBLIC])
async def test_who_may_not(database: Database, review_id: int, actor: Actor) -> None:
    async with database.write() as writer:
        for forbidden in (
            moderation.hold(writer, actor, review_id),
            replies.reply(writer, actor, review_id, "Thank you."),
            notes.note(writer, actor, review_id, "Seen before."),
            claims.keep(writer, actor, review_id),
            judging.last_undoable(writer, actor),
        ):
            with pytest.raises(Forbidden):
                await forbidden


async def test_cards_come_by_their_urgency_page_by_page(
    database: Database, review_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 4)
    waiting = [  # reports, reason, visible reviews of the product, hours that it has waited
        (1, None, 0, 1),
        (40, None, 0, 2),
        (2, "illegal", 0, 3),
        (3, "spam", 5000, 4),
        (0, None, 100, 300),
        (1, "other", 0, 40),
    ]
    async with database.write() as writer:
        for number, (reports, reason, seen, hours) in enumerate(waiting, 11):
            await cast.review(writer, id=number, product_id=number, state="reported")
            await writer.execute(
                "insert into product_rollup (product_id, slot, stars_5) values (%s, 0, %s)", (number, seen)
            )
            await writer.execute(
                "insert into moderation_case (review_id, product_id, kind, reports, urgent, opened_at)"
                " values (%s, %s, 'reported', %s, %s, now() - make_interval(hours => %s))",
                (number, number, reports, priority.urgency(reason), hours),
            )
    await refresh_reach(database)

    def waited(place: int) -> float:
        reports, reason, seen, hours = waiting[place]
        reach = math.floor(math.log2(1 + seen))
        return hours + 12 * math.log2(1 + reports) + priority.urgency(reason) + 3 * reach

    expected = [11 + place for place in sorted(range(len(waiting)), key=waited, reverse=True)]
    async with database.read() as reader:
        page = await queue.cards(reader, cast.VIEWER, Kind.REPORTED)
        assert [row["id"] for row in page.rows] == expected[:4]
        assert page.more
        after = await queue.cards(reader, cast.VIEWER, Kind.REPORTED, Place.parse(str(page.more)))
        assert [row["id"] for row in after.rows] == expected[4:]
        assert after.more is None


async def test_a_claim_keeps_others_from_deciding_until_it_lapses(
    database: Database, settings: Settings, review_id: int
) -> None:
    async with database.write() as writer:
        assert await claims.open_card(writer, cast.MODERATOR, review_id)
        assert not await claims.open_card(writer, cast.LEAD, review_id)
    subject = [Subject(review_id)]
    async with database.write() as writer:
        with pytest.raises(Conflict, match="Moderator has this card open"):
            await judging.judge(writer, cast.LEAD, settings, Decision.HOLD, subject)
        await judging.judge(writer, cast.LEAD, settings, Decision.REPORT, subject)
    async with database.write() as writer:
        await writer.execute("update claim set until = now()")
        assert (await judging.judge(writer, cast.LEAD, settings, Decision.HOLD, subject)).done == (review_id,)


async def test_a_person_has_one_card_open_and_lets_it_go_by_deciding(
    database: Database, settings: Settings, review_id: int
) -> None:
    async with database.write() as writer:
        other = await cast.review(writer)
        await claims.open_card(writer, cast.MODERATOR, review_id)
        await claims.open_card(writer, cast.MODERATOR, other)
        assert list(await claims.of(writer, cast.LEAD, [review_id, other])) == [other]
        await judging.judge(writer, cast.MODERATOR, settings, Decision.HIDE, [Subject(other)], reason="spam")
        assert await claims.of(writer, cast.LEAD, [review_id, other]) == {}


async def test_the_last_decisions_are_undone_one_by_one_and_those_of_one_moment_together(
    database: Database, settings: Settings, review_id: int
) -> None:
    async with database.write() as writer:
        others = [await cast.review(writer) for _ in range(3)]

    async def decide(actor: Actor, decision: Decision, *ids: int) -> None:
        async with database.write() as writer:
            subjects = [Subject(number) for number in ids]
            await judging.judge(writer, actor, settings, decision, subjects, reason="spam")

    await decide(cast.MODERATOR, Decision.HOLD, review_id)
    await decide(cast.MODERATOR, Decision.HIDE, *others[:2])
    await decide(cast.MODERATOR, Decision.HIDE, others[2])
    await decide(cast.LEAD, Decision.RESTORE, others[2])

    async def undo() -> tuple[int, int]:
        async with database.write() as writer:
            last = await judging.last_undoable(writer, replace(cast.MODERATOR, request_id="another request"))
            return (await judging.undo(writer, cast.MODERATOR, last.events)).reversed, last.passed

    assert await undo() == (2, 1), "the newest was decided by somebody else since"
    assert await undo() == (1, 1)
    with pytest.raises(NotFound, match="nothing of yours"):
        await undo()
    async with database.read() as reader:
        states = await reader.fetch_all("select state::text from review order by id = any(%s), id", (others,))
    assert [row["state"] for row in states] == ["published", "published", "published", "approved"]


async def test_fifty_decisions_are_remembered(
    database: Database, settings: Settings, review_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "REMEMBERED", 2)
    for decision in (Decision.HOLD, Decision.RESTORE, Decision.HIDE):
        async with database.write() as writer:
            await judging.judge(writer, cast.MODERATOR, settings, decision, [Subject(review_id)], reason="spam")
    for _ in range(2):
        async with database.write() as writer:
            last = await judging.last_undoable(writer, cast.MODERATOR)
            await judging.undo(writer, cast.MODERATOR, last.events)
    async with database.write() as writer:
        with pytest.raises(NotFound):
            await judging.last_undoable(writer, cast.MODERATOR)
    assert (await review_of(database, review_id))["state"] == "held"
