"""Load tests are kept as they were measured, by those who look after the system."""

from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg
import pytest

from backend.domain.actors import SYSTEM
from backend.domain.errors import Forbidden, NotFound
from backend.services import load_tests
from backend.settings import Settings
from backend.store.database import Database
from loadtests import furnishing
from loadtests.plan import Plan
from tests import cast
from tests.cast import load_test

pytestmark = pytest.mark.anyio


async def test_what_was_measured_is_what_is_read(database: Database) -> None:
    async with database.write() as writer:
        numbers = [await load_tests.store(writer, SYSTEM, load_test(p95=float(n))) for n in range(1, 5)]
    async with database.read() as reader:
        row = await load_tests.one(reader, cast.OPERATOR, numbers[0])
        assert (row["requests"], row["p95"], row["held"], row["partial"]) == (3_000, 1.0, True, False)
        assert [each["name"] for each in row["names"]] == ["GET /reviews/meta", "GET /reviews newest"]
        assert row["options"]["users"] == 40
        first, older = await load_tests.page(reader, cast.OPERATOR, size=3)
        rest, end = await load_tests.page(reader, cast.OPERATOR, older, size=3)
        assert ([each["id"] for each in (*first, *rest)], end) == (numbers[::-1], None)
        assert [each["id"] for each in await load_tests.latest(reader, cast.OPERATOR)] == numbers[:0:-1]
        with pytest.raises(NotFound):
            await load_tests.one(reader, cast.OPERATOR, numbers[-1] + 1)


async def test_who_may(database: Database) -> None:
    async with database.write() as writer:
        for actor in (cast.VIEWER, cast.MODERATOR, cast.LEAD, cast.PUBLIC):
            with pytest.raises(Forbidden):
                await load_tests.store(writer, actor, load_test())
        with pytest.raises(Forbidden):
            await load_tests.page(writer, cast.PUBLIC)
        with pytest.raises(Forbidden):
            await load_tests.one(writer, cast.PUBLIC, 1)


@pytest.mark.parametrize("statement", ["update load_test set held = true", "delete from load_test"])
async def test_nobody_changes_a_result(database: Database, statement: LiteralString) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with database.write() as writer:
            await writer.execute(statement)


def test_what_is_made_for_a_test_opens_nothing_afterwards(settings: Settings) -> None:
    told = []
    for _ in range(2):  # the second time there are accounts already
        with furnishing.furnished(settings, Plan(host=""), 2) as plan:
            with psycopg.connect(settings.database_url) as db:
                assert db.execute("select count(*) from user_account where disabled_at is null").fetchone() == (2,)
            told.append((plan.key, plan.accounts))
    assert len(set(told)) == 2
    with psycopg.connect(settings.database_url) as db:
        assert db.execute("select count(*), count(disabled_at) from user_account").fetchone() == (2, 2)
        assert db.execute("select count(*) from api_key where revoked_at is null").fetchone() == (0,)


async def test_what_a_test_wrote_is_hidden_and_nothing_else(database: Database, settings: Settings) -> None:
    now = datetime.now(UTC) - timedelta(minutes=1)
    async with database.write() as writer:
        await cast.catalogue(writer)
        before = await cast.review(writer, reviewer_email=furnishing.EMAIL, written_at=now)
        mine = [
            await cast.review(writer, reviewer_email=furnishing.EMAIL, state=state) for state in ("published", "hidden")
        ]
        theirs = await cast.review(writer)
    assert await furnishing.hide_written(settings, before) == 1
    async with database.read(fresh=True) as reader:
        rows = await reader.fetch_all("select id, visible from review order by id")
    assert {row["id"]: row["visible"] for row in rows} == {before: True, mine[0]: False, mine[1]: False, theirs: True}
