"""Changing reviews as a set: any sequence of changes and undos is what a naive reading makes of it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.services import changing, checking, moderation
from backend.services.changing import New, Subject
from backend.settings import Settings
from backend.store import trace
from backend.store.database import Database, Writer
from tests import cast
from tests.examples import tried

Do = Callable[[Callable[[Writer], Coroutine[Any, Any, Any]]], Any]

VALUES = {
    "state": st.sampled_from(["published", "approved", "held", "hidden"]),
    "product_id": st.sampled_from([cast.BRIGHT_FUTURE, cast.UNREVIEWED]),
    "rating": st.integers(1, 5),
    "recommend": st.booleans(),
    "summary": st.sampled_from(["Warm", "Cold", ""]),
    "response": st.sampled_from([None, "Thank you"]),
    "written_at": st.just(datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)),
}
news = st.fixed_dictionaries({}, optional=VALUES).filter(bool)
changes = st.tuples(st.lists(st.tuples(st.integers(0, 3), news, st.booleans()), min_size=1, unique_by=lambda t: t[0]))
steps = st.lists(changes | st.integers(0, 5), min_size=1, max_size=8)


@pytest.fixture
def do(settings: Settings) -> Iterator[Do]:
    """Runs something in a transaction of its own."""
    with asyncio.Runner() as runner:
        database = Database(settings)
        runner.run(database.__aenter__())

        async def inside(what: Callable[[Writer], Coroutine[Any, Any, Any]]) -> Any:
            async with database.write() as writer:
                return await what(writer)

        yield lambda what: runner.run(inside(what))
        runner.run(database.__aexit__(None, None, None))


@dataclass
class Known:
    """A review as the reference has it: what it was at each version, and which version another one brought back."""

    now: dict[str, Any]
    version: int = 1
    brought_back: dict[int, int] = field(default_factory=dict)

    def is_as(self, version: int) -> bool:
        at = self.version
        while at != version and at in self.brought_back:
            at = self.brought_back[at]
        return at == version

    def become(self, columns: dict[str, Any]) -> dict[str, Any]:
        """Change; what was there before."""
        before = {name: self.now[name] for name, value in columns.items() if self.now[name] != value}
        self.now.update(columns)
        self.version += bool(before)
        return before


async def event(writer: Writer) -> int:
    return await trace.record(writer, cast.MODERATOR, "edit", ("job", 1))


async def stored(writer: Writer, ids: list[int]) -> list[dict[str, Any]]:
    names = ", ".join(name if name != "state" else "state::text" for name in VALUES)
    return await writer.fetch_all(f"select version, {names} from review where id = any(%s) order by id", (ids,))


@tried(30)
@given(steps=steps)
def test_any_sequence_is_what_a_naive_reading_makes_of_it(do: Do, steps: list[Any]) -> None:
    async def seed(writer: Writer) -> list[int]:
        await writer.execute(
            "delete from review; delete from product_rollup; delete from characteristic; delete from product"
        )
        await cast.catalogue(writer)
        return [await cast.review(writer, product_id=1 + number % 2) for number in range(4)]

    ids = do(seed)
    known = [Known({name: row[name] for name in VALUES}) for row in do(lambda writer: stored(writer, ids))]
    done: list[tuple[int, dict[int, tuple[int, dict[str, Any]]]]] = []
    for step in steps:
        if isinstance(step, tuple):
            asked = [(number, columns, known[number].version + stale) for number, columns, stale in step[0]]

            async def change(writer: Writer, asked: list[Any] = asked) -> int:
                number = await event(writer)
                told = [New(Subject(ids[n], version), columns) for n, columns, version in asked]
                came = await changing.change_each(writer, number, told)
                assert {s.review_id for s in came.skipped} == {ids[n] for n, _, v in asked if v != known[n].version}
                return number

            number, images = do(change), {}
            for n, columns, version in asked:
                if version == known[n].version and (before := known[n].become(columns)):
                    images[n] = (known[n].version, before)
            done.append((number, images))
        elif done:
            number, images = done.pop(step % len(done))
            if not images:
                continue
            undone = do(partial(moderation.undo, actor=cast.MODERATOR, event_id=number))
            back = {n for n, (version, _) in images.items() if known[n].is_as(version)}
            assert (undone.reversed, undone.kept, undone.failed) == (len(back), len(images) - len(back), 0)
            for n in back:
                version, before = images[n]
                known[n].become(before)
                known[n].brought_back[known[n].version] = version - 1
        assert do(lambda writer: stored(writer, ids)) == [{"version": k.version, **k.now} for k in known]
        assert do(checking.check) == []


def test_alike_and_each_come_to_the_same(do: Do) -> None:
    async def run(writer: Writer) -> list[Any]:
        await cast.catalogue(writer)
        ids = [await cast.review(writer, rating=1 + n % 5, ratings=[n + 1, cast.FIT, 3]) for n in range(6)]
        same = {"state": "hidden", "response": "Sorry"}
        alike = await changing.change_alike(writer, await event(writer), [Subject(i, 1) for i in ids[:3]], same)
        each = await changing.change_each(writer, await event(writer), [New(Subject(i, 1), same) for i in ids[3:]])
        assert (len(alike.changed), len(each.changed)) == (3, 3)
        again = await changing.change_alike(writer, await event(writer), [Subject(i) for i in (*ids, 5)], same)
        assert (again.unchanged, again.gone) == (tuple(ids), (5,))
        assert await checking.check(writer) == []
        rows = await stored(writer, ids)
        edited = await writer.fetch_value("select count(*) from review_edited")
        return [rows[0] | {"rating": 0}, rows[3] | {"rating": 0}, edited]

    first, second, edited = do(run)
    assert first == second
    assert edited == 6


def test_a_case_comes_back_with_the_reports_that_came_since(do: Do, settings: Settings) -> None:
    async def seed(writer: Writer) -> int:
        await cast.catalogue(writer)
        return await cast.review(writer)

    async def put(writer: Writer, state: str) -> int:
        number = await event(writer)
        await changing.change_alike(writer, number, [Subject(review_id)], {"state": state})
        return number

    def waits() -> list[tuple[str, int]]:
        rows = do(lambda writer: writer.fetch_all("select kind, reports from moderation_case"))
        assert do(checking.check) == []
        return [(row["kind"], row["reports"]) for row in rows]

    review_id = do(seed)
    do(lambda writer: moderation.report(writer, cast.PUBLIC, settings, review_id))
    assert waits() == [("reported", 1)]
    held = do(lambda writer: put(writer, "held"))
    assert waits() == [("held", 1)]
    approved = do(lambda writer: put(writer, "approved"))
    assert waits() == []
    do(lambda writer: moderation.report(writer, cast.PUBLIC, settings, review_id))
    do(lambda writer: moderation.undo(writer, cast.MODERATOR, approved))
    assert waits() == [("held", 2)]
    do(lambda writer: moderation.undo(writer, cast.MODERATOR, held))
    assert waits() == [("reported", 2)]
