"""A story in steps, each told undisturbed once: a delivery, votes and reports, a second delivery, its rollback."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from backend.domain.actors import SYSTEM, Actor
from backend.services import checking, importing, moderation, voting
from backend.settings import Settings
from backend.store.database import Database, Writer
from etl import sample
from tests import cast
from tests.jobs import disturbed
from tests.jobs.picture import picture
from tests.postgres import Server

FIRST, SECOND, ROLLBACK = "a first delivery", "a second delivery", "a rollback"

Ask = Callable[[Writer, Settings], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A step of the story: the database before it, what is asked of the workers, and what comes of it undisturbed."""

    before: str
    ask: Ask
    length: disturbed.Length
    after: dict[str, list[str]]


class Story:
    """A delivery, votes and reports, a second delivery, its rollback; each step from a database of its own."""

    def __init__(self, server: Server, folder: Path, more: Mapping[str, Any]) -> None:
        self.server = server
        self.folder = folder
        self.more = more
        self.scenes: dict[str, Scene] = {}
        self._numbers = iter(range(1_000_000))

    def database(self, template: str) -> str:
        """A copy of a database, by name. A commit that is answered outlives a crash, as in production."""
        name = f"story_{next(self._numbers)}"
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as db:
            db.execute(
                SQL("create database {} template {} owner atelier_owner strategy file_copy").format(
                    Identifier(name), Identifier(template)
                )
            )
            db.execute(SQL("alter database {} set synchronous_commit = on").format(Identifier(name)))
        return name

    def end(self) -> None:
        """Drop every database of it."""
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as db:
            names = db.execute("select datname from pg_database where datname like 'story%'").fetchall()
        for (name,) in names:
            self.drop(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as db:
            db.execute(SQL("drop database {} with (force)").format(Identifier(name)))

    def settings(self, name: str) -> Settings:
        return Settings(
            home=self.folder,
            database_url=self.server.url(name, "atelier_app"),
            owner_url=self.server.url(name, "atelier_owner"),
            reader_url=self.server.url(name, "atelier_read"),
            secret="for tests only",
            pool_size=3,
            **self.more,
        )

    async def ask(self, scene: Scene, settings: Settings) -> int:
        """Ask for the step; the run's id."""
        run_id: int = await write(settings, lambda writer: scene.ask(writer, settings))
        return run_id

    def spawn(self, settings: Settings) -> disturbed.Spawn:
        return lambda: disturbed.spawn(settings, self.folder / "worker.log")

    def tell(self, title: str, before: str, ask: Ask) -> str:
        """Do a step undisturbed; the database after it, which is sound."""
        name = self.database(before)
        settings = self.settings(name)
        run_id = asyncio.run(write(settings, lambda writer: ask(writer, settings)))
        length = disturbed.undisturbed(settings.owner_url, run_id, self.spawn(settings))
        asyncio.run(assert_sound(settings))
        self.scenes[title] = Scene(before, ask, length, picture(settings.owner_url))
        return name


async def write(settings: Settings, work: Callable[[Writer], Awaitable[Any]]) -> Any:
    async with Database(settings) as database, database.write() as writer:
        return await work(writer)


async def assert_sound(settings: Settings) -> None:
    async with Database(settings) as database, database.read() as reader:
        assert await checking.check(reader) == []


def newer(first: Path, second: Path) -> None:
    """The next delivery of the same: rows changed in every file, rows left out, rows that are new."""
    sample.write(second, products=70, reviews=480, seed=11)
    for name, every, old, new in (
        ("product.csv", 5, b"made for", b"meant for"),
        ("reviews.csv", 4, b",true,", b",false,"),
        ("reviews_photos.csv", 6, b"/sample-photos/", b"/photos/"),
        ("characteristic_reviews.csv", 7, b",5\n", b",2\n"),
        ("features.csv", 5, b"Material", b"Fabric"),
        ("styles.csv", 4, b",null,", b',"9.50",'),
        ("skus.csv", 9, b'"M"', b'"Medium"'),
        ("photos.csv", 8, b"/sample-photos/", b"/photos/"),
        ("related.csv", 6, b"1\n", b"2\n"),
    ):
        lines = (first / name).read_bytes().splitlines(keepends=True)
        known = {line.split(b",")[0] for line in lines}
        kept = [
            line.replace(old, new) if number % every == 0 else line
            for number, line in enumerate(lines)
            if number % 31 != 30
        ]
        added = [
            line for line in (second / name).read_bytes().splitlines(keepends=True) if line.split(b",")[0] not in known
        ]
        (second / name).write_bytes(b"".join(kept + [line for line in added if re.match(rb"\d+,", line)]))


async def _between(settings: Settings) -> None:
    """What people do between two deliveries."""
    async with Database(settings) as database, database.write() as writer:
        await _do(database, writer, settings)


async def _do(database: Database, writer: Writer, settings: Settings) -> None:
    public = Actor(kind="public", voter=b"v", caller=b"c")
    for row in await writer.fetch_all("select id from review where visible order by id limit 60"):
        number = row["id"]
        if number % 3 == 0:
            await voting.find_helpful(database, public, settings, number)
        elif number % 7 == 0:
            await moderation.report(writer, public, settings, number)
        elif number % 11 == 0:
            await moderation.hide(writer, cast.MODERATOR, number, "spam")
    await cast.review(writer, product_id=1)


def told(server: Server, folder: Path, place: Callable[[Path], str] = Path.as_uri, **more: Any) -> Story:
    """The whole story, its deliveries and logs in `folder`.

    Where a delivery is read from its `place` says (another store may hold it meanwhile), and `more` settings permit it.
    """
    first, second = folder / "deliveries" / "1", folder / "deliveries" / "2"
    sample.write(first, products=60, reviews=400, seed=5)
    newer(first, second)
    story = Story(server, folder, {"import_roots": (folder,), **more})

    def deliver(delivery: Path) -> Ask:
        return lambda writer, settings: importing.request_run(writer, SYSTEM, place(delivery), settings=settings)

    async def roll_back(writer: Writer, _settings: Settings) -> int:
        await importing.roll_back(writer, SYSTEM, 2)
        return 2

    after = story.tell(FIRST, "template_atelier", deliver(first))
    settings = story.settings(after)
    asyncio.run(_between(settings))
    asyncio.run(assert_sound(settings))
    after = story.tell(SECOND, after, deliver(second))
    story.tell(ROLLBACK, after, roll_back)
    return story
