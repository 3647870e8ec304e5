"""What a load test needs of the system that it is sent to, and takes away again: ids, a key, moderators, reviews."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from backend.domain.actors import SYSTEM
from backend.domain.errors import Conflict, Misconfigured, NotFound
from backend.domain.roles import Role
from backend.services import accounts, keys, moderation, passwords
from backend.settings import Settings
from backend.store.database import Database, Row
from loadtests.plan import Plan

NAME = "Load test"  # of the key and the moderators
EMAIL = "load-test@example.org"  # of whoever writes its reviews
REASON = "fake"
MOST_MODERATORS = 40
_AT_ONCE = 100

_RANGES = """
select (select min(id) from product) as first_product, (select max(id) from product) as last_product,
    (select min(id) from review) as first_review, (select max(id) from review where id < 1000000000) as last_review,
    (select coalesce(max(id), 0) from review) as before, (select version_num from alembic_version) as revision
"""
# By the primary key: what is younger than the test.
_WRITTEN = """
select id from review where id > %s and reviewer_email = %s and state not in ('hidden', 'removed') order by id limit %s
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """The first and the last id of products and of reviews; the schema's revision; the last review before the test."""

    products: tuple[int, int]
    reviews: tuple[int, int]
    revision: str
    before: int


async def survey(database: Database) -> Ground:
    """What there is to ask for; `Misconfigured` where there is nothing."""
    async with database.read(fresh=True) as reader:
        row: Row = await reader.fetch_one(_RANGES) or {}
    if row["first_product"] is None:
        raise Misconfigured("There are no products to ask for: import a delivery first.")
    reviews = (row["first_review"] or 1, row["last_review"] or row["first_review"] or 1)
    return Ground((row["first_product"], row["last_product"]), reviews, row["revision"], row["before"])


@dataclass(slots=True)
class Made:
    """What was made for a run, as far as it came: the addresses of its moderators, and its key."""

    emails: list[str] = field(default_factory=list)
    key: int | None = None


@contextmanager
def furnished(settings: Settings, plan: Plan, moderators: int) -> Iterator[Plan]:
    """The plan with a key and so many moderators' accounts; when it is over, neither opens anything any more."""
    made = Made()
    try:
        yield asyncio.run(_make(settings, plan, min(moderators, MOST_MODERATORS), made))
    finally:
        asyncio.run(_take_away(settings, made))


async def hide_written(settings: Settings, before: int) -> int:
    """Hide what load tests have written since the review of this id; how many there were."""
    hidden = 0
    async with Database(settings) as database:
        while True:
            async with database.write() as writer:
                rows = await writer.fetch_all(_WRITTEN, (before, EMAIL, _AT_ONCE))
                for row in rows:
                    before = row["id"]
                    try:
                        await moderation.hide(writer, SYSTEM, before, REASON)
                        hidden += 1
                    except Conflict:
                        continue  # somebody did meanwhile
            if not rows:
                return hidden


async def _make(settings: Settings, plan: Plan, moderators: int, made: Made) -> Plan:
    doors = []
    async with Database(settings) as database:
        for number in range(1, moderators + 1):
            email = f"load-test-{number}@localhost"
            made.emails.append(email)
            doors.append((email, await _hire(database, email)))
        async with database.write() as writer:
            made.key, token = await keys.add(writer, SYSTEM, NAME, [])
    return plan.but(key=token, accounts=tuple(doors))


async def _take_away(settings: Settings, made: Made) -> None:
    async with Database(settings) as database, database.write() as writer:
        if made.key is not None:
            await keys.revoke(writer, SYSTEM, made.key)
        for email in made.emails:
            with suppress(NotFound):  # where it was broken off before
                await accounts.disable(writer, SYSTEM, email)


async def _hire(database: Database, email: str) -> str:
    """A moderator with a new password, who was there before or not: the list of people does not grow with each test."""
    password = passwords.generate()
    async with database.write() as writer:
        try:
            await accounts.add(writer, SYSTEM, email=email, name=NAME, role=Role.MODERATOR, password=password)
        except Conflict:
            await accounts.enable(writer, SYSTEM, email)
            await accounts.set_role(writer, SYSTEM, email, Role.MODERATOR)
            await accounts.set_password(writer, SYSTEM, email, password)
    return password
