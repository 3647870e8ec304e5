"""Redacting reviews: what could tell who wrote them goes from the row, the words and what it was before."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain import wording
from backend.domain.errors import Conflict, Forbidden, Invalid, NotFound
from backend.domain.personal import Redaction
from backend.jobs import work
from backend.services import checking, jobs, moderation, redacting
from backend.settings import Settings
from backend.store.database import Database
from tests import cast

ALL = Redaction(contacts=True, name=True, email=True)
BODY = "Warm. Write to ines@example.org or (call +351 912 345 678)."


@pytest.fixture
async def reviewed(database: Database) -> None:
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
        await cast.review(writer, id=1, body=BODY, response="Call 0351 912 345 678")
        await cast.review(writer, id=2, reviewer_name="Anonymous", reviewer_email="")
        await moderation.hide(writer, cast.MODERATOR, 1, "personal-data")
        await moderation.restore(writer, cast.MODERATOR, 1)


@pytest.mark.anyio
async def test_the_job_takes_it_out_and_keeps_no_copy(database: Database, settings: Settings, reviewed: None) -> None:
    async with database.write() as writer:
        job_id = await redacting.redact(writer, cast.LEAD, [2, 1, 1], ALL, why="Asked for", number="2")
    await work.carry_out(database, settings, job_id)
    async with database.read(fresh=True) as reader:
        rows = await reader.fetch_all("select * from review order by id")
        job = await jobs.one(reader, cast.LEAD, job_id)
        events = await reader.fetch_all("select subject_id, fields from event where action = 'redact'")
        hidden = await reader.fetch_value("select max(id) from event where action = 'approve'")
        assert await reader.fetch_value("select count(*) from review_before") == 0
        assert (
            await reader.fetch_value("select document::text like '%example%' from review_search where review_id = 1")
            is False
        )
        assert await checking.check(reader) == []
    assert rows[0]["body"] == "Warm. Write to [removed] or (call [removed])."
    assert rows[0]["response"] == "Call [removed]"
    assert (rows[0]["reviewer_name"], rows[0]["reviewer_email"], rows[0]["version"]) == ("Anonymous", "", 4)
    assert rows[0]["visible"]
    assert rows[1]["version"] == 1
    assert (job["state"], job["counts"]) == ("finished", {"redacted": 1, "nothing_to_redact": 1})
    assert events == [{"subject_id": 1, "fields": ["body", "response", "reviewer_email", "reviewer_name"]}]
    async with database.write() as writer:
        with pytest.raises(Conflict):
            await moderation.undo(writer, cast.LEAD, hidden)


@pytest.mark.anyio
async def test_only_what_was_chosen(database: Database, reviewed: None) -> None:
    async with database.read(fresh=True) as reader:
        told = await redacting.preview(reader, cast.LEAD, [1, 2], Redaction(contacts=False, name=True, email=False))
        with pytest.raises(NotFound, match="There is no review 9"):
            await redacting.preview(reader, cast.LEAD, [1, 9], ALL)
    assert [preview.becomes for preview in told] == [{"reviewer_name": "Anonymous"}, {}]


@pytest.mark.anyio
async def test_what_is_refused(database: Database, reviewed: None) -> None:
    nothing = Redaction(contacts=False, name=False, email=False)
    async with database.write() as writer:
        for ids, redaction, why, number, field in (
            ([1], ALL, "Asked", "2", "number"),
            ([1], ALL, " ", "1", "why"),
            ([1], nothing, "Asked", "1", "what"),
            ([], ALL, "Asked", "0", "reviews"),
            (list(range(1, 502)), ALL, "Asked", "501", "reviews"),
        ):
            with pytest.raises(Invalid) as refused:
                await redacting.redact(writer, cast.LEAD, ids, redaction, why=why, number=number)
            assert [error.field for error in refused.value.errors] == [field]
        with pytest.raises(Forbidden):
            await redacting.redact(writer, cast.MODERATOR, [1], ALL, why="Asked", number="1")
        with pytest.raises(Forbidden):
            await redacting.preview(writer, cast.MODERATOR, [1], ALL)


@given(st.text(alphabet="ab1 +-.@()x3", max_size=60), st.sampled_from(["", "a@b.co", "+351 912 345 678", "a(at)b.de"]))
def test_no_contact_is_left_in_a_text(text: str, contact: str) -> None:
    given = f"{text} {contact} {text}"
    spans = wording.contact_spans(given)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    redacted = wording.without_contacts(given, "[removed]")
    assert redacted == given if not spans else redacted.count("[removed]") == len(spans)
