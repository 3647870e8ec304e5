"""What waits at the same moment shares one query: reads of products, and votes.

A storefront's pages ask the same two things all day, of different products. What one query costs the driver and the
server is mostly the query, not the product; so as many as are waiting when one is done go into the next.
Nobody waits for company: who comes alone is asked for at once. And nobody waits long for others: beside a query that
takes its time a second one is begun.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, LiteralString, NamedTuple, Protocol, TypeVar

import structlog

from backend.domain.errors import Unavailable
from backend.store.connections import SHARED

log = structlog.get_logger(__name__)
T = TypeVar("T")

MOST = 64  # keys in one query
SLOW = 0.02  # seconds after which a query no longer holds up what has come since
KEYS = "keys"  # the parameter of a statement that has one
FULL = 2048  # callers that wait at most: more are told to come back

Row = dict[str, Any]


class Question(NamedTuple):
    """A statement that answers for many keys at once, at most `limit` rows each; each row says its `key`.

    The keys are given to its parameter `among`, an array. A statement may have several, for questions of several kinds
    that share it: then each row says as `part` among which its key was.
    """

    query: LiteralString
    limit: int = 1
    among: str = KEYS


class Answer(NamedTuple):
    """The rows of one key in the statement's order, and who answered: `primary`, or a replica."""

    rows: list[Row]
    source: str


class Caller(Protocol):
    """Who waits, and is told one of the two, once."""

    def have(self, answer: Answer) -> None:
        """The rows are here."""

    def fail(self, error: Exception) -> None:
        """There are none."""


Key = tuple[str, int]  # among which, and which
Statement = tuple[LiteralString, int]  # and its limit
Waiting = dict[Key, list[Caller]]
Ask = Callable[[Statement, Mapping[Key, int]], Awaitable[Answer]]


class Coalesced:
    """The waiting callers of one instance. `ask` carries out a statement for keys of so many callers each: all rows."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiting: dict[Statement, Waiting] = {}
        self._callers = 0
        self._busy = 0
        self._begun = 0.0  # when the last query began, by the loop's clock
        self._lanes: set[asyncio.Task[None]] = set()  # held, because a loop does not hold its tasks

    async def fetch(self, question: Question, key: int) -> Answer:
        """One key's rows, as of a moment after this call. `Unavailable` where the database does not answer."""
        waiting = _Waiting()
        self.ask(question, key, waiting)
        return await waiting.answer

    def ask(self, question: Question, key: int, caller: Caller) -> None:
        """The same, told to the caller. `Unavailable` at once where too many wait."""
        if self._callers >= FULL:
            raise Unavailable("Too many are waiting. Try again shortly.", retry_after=1)
        loop = asyncio.get_running_loop()
        query, limit, among = question
        # Never one of a query under way: that may have looked before the caller's own last write.
        self._waiting.setdefault((query, limit), {}).setdefault((among, key), []).append(caller)
        self._callers += 1
        if self._busy == 0 or (self._busy < SHARED and loop.time() - self._begun > SLOW):
            self._busy += 1
            self._begun = loop.time()
            lane = loop.create_task(self._serve(), name="coalesced")
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)

    async def _serve(self) -> None:
        try:
            while self._waiting:
                await self._answer(*self._next())
                # In one turn of the loop the answers go out, in the next what has come meanwhile is taken in: the more
                # share a query, the less it costs each.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
        finally:
            self._busy -= 1

    async def _answer(self, statement: Statement, batch: Waiting) -> None:
        self._begun = asyncio.get_running_loop().time()
        try:
            rows, source = await self._ask(statement, {key: len(callers) for key, callers in batch.items()})
            found: dict[Key, list[Row]] = {key: [] for key in batch}
            for row in rows:
                found[row.get("part", KEYS), row["key"]].append(row)
        except Unavailable as error:
            # Whoever waits, waits for the same database: let none of them try its patience once more.
            late, self._waiting = [batch, *self._waiting.values()], {}
            for each in late:
                self._refuse(each, error)
        except Exception as error:
            if len(batch) == 1:
                self._refuse(batch, error)
                return
            # What is wrong with one key is not to be the others' loss.
            for key, callers in batch.items():
                await self._answer(statement, {key: callers})
        else:
            for key, callers in batch.items():
                answer = Answer(found[key], source)
                self._callers -= len(callers)
                for caller in callers:
                    _tell(caller.have, answer)

    def _next(self) -> tuple[Statement, Waiting]:
        """What has waited longest, with as much of its kind as one query takes. The rest of it goes to the end."""
        statement = next(iter(self._waiting))
        batch = self._waiting.pop(statement)
        if len(batch) > MOST:
            self._waiting[statement] = {key: batch.pop(key) for key in list(batch)[MOST:]}
        return statement, batch

    def _refuse(self, batch: Waiting, error: Exception) -> None:
        for callers in batch.values():
            self._callers -= len(callers)
            for caller in callers:
                _tell(caller.fail, error)


def _tell(caller: Callable[[T], None], what: T) -> None:
    """One caller's mishap is not to be the others' loss."""
    try:
        caller(what)
    except Exception as error:
        log.exception("a caller broke off", exc_info=error)


class _Waiting:
    """A caller that awaits its answer, and may have given up meanwhile."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def have(self, answer: Answer) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
