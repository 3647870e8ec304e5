"""The whole system on one machine: what starts after what, and what it is told."""

import asyncio
import contextlib
import secrets
import signal
import sys
import time
from dataclasses import dataclass, replace

import psycopg

from backend.domain.errors import Misconfigured
from backend.local import account, nginx, photos, ports, postgres, probes, s3, sample
from backend.local.deploy import NOTHING_DONE
from backend.local.environment import attach, inherited
from backend.local.instances import Instance
from backend.local.ports import HOST
from backend.local.postgres import Server
from backend.local.screen import Screen
from backend.local.standby import Standby
from backend.local.state import Home
from backend.local.supervisor import Part, Supervisor
from backend.settings import Settings

ADMINISTRATOR = "admin@localhost"


@dataclass(frozen=True, slots=True)
class Shape:
    """How many of each."""

    api: int = 2
    console: int = 2
    replicas: int = 1


class System:
    """One start of everything, from nothing to ready; `stop` undoes it from wherever it got to."""

    def __init__(self, settings: Settings, home: Home, screen: Screen, shape: Shape) -> None:
        self.settings = settings
        self.home = home
        self.screen = screen
        self.secrets = home.secrets()
        self.own_database = not settings.database_url
        self.own_bucket = settings.s3_endpoint is None
        self.supervisor = Supervisor(home, screen.tell)
        self.place = account.settle(home)
        inner = ports.inner_ports()
        meeting = nginx.folder_of(self.place)
        self.api = [Instance("api", number, next(inner), meeting) for number in range(1, shape.api + 1)]
        self.console = [Instance("console", number, next(inner), meeting) for number in range(1, shape.console + 1)]
        self.bucket = s3.Bucket(home.bucket, next(inner), self.secrets)
        self.last_port = home.recall("port")
        self.port = ports.public_port(settings.port, self.last_port)
        self.password: str | None = None
        self.primary: Server | None = None
        self.standbys: list[Standby] = []
        if self.own_database:
            if settings.replica_urls:
                raise Misconfigured("ATELIER_REPLICA_URLS is set without ATELIER_DATABASE_URL: set both, or neither.")
            folder = postgres.binaries(self.place)
            self.primary = Server("primary", self.place, folder, next(inner), self.secrets)
            self.primary.demand_version()
            self.standbys = [
                Standby(Server(f"replica-{n}", self.place, folder, next(inner), self.secrets), self.primary)
                for n in range(1, shape.replicas + 1)
            ]
        self.environment = {
            **inherited(own_database=self.own_database, own_bucket=self.own_bucket),
            **self._common(),
        }

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def deliveries(self) -> str:
        """Where the sample is imported from: the local bucket, else the folder itself."""
        if self.own_bucket:
            return f"s3://{s3.DELIVERIES}/{sample.FOLDER}/"
        return (self.home.bucket / s3.DELIVERIES / sample.FOLDER).as_uri() + "/"

    def _common(self) -> dict[str, str]:
        """What every part is told, and a shell beside them."""
        settings, told = self.settings, {"ATELIER_LOCAL": "1", "ATELIER_HOME": str(self.home.path)}
        told["ATELIER_PORT"] = str(self.port)
        told["ATELIER_SECRET"] = settings.secret or self.secrets.signing
        told["ATELIER_PHOTO_HOSTS"] = ",".join(settings.photo_hosts or (f"{HOST}:{self.port}",))
        told["ATELIER_IMPORT_ROOTS"] = ",".join(str(root) for root in settings.import_roots or (self.home.bucket,))
        if self.primary is not None:
            told["ATELIER_DATABASE_URL"] = self.primary.url("app")
            told["ATELIER_READER_URL"] = self.primary.url("read")
            told["ATELIER_REPLICA_URLS"] = ",".join(standby.reader_url for standby in self.standbys)
        if self.own_bucket:
            told |= self.bucket.environment()
        return told

    def _shell(self) -> dict[str, str]:
        """What the worker and a shell are told: also how to be the owner."""
        return {**self._common(), "ATELIER_OWNER_URL": self._owner_url()}

    def _owner_url(self) -> str:
        return self.primary.url("owner") if self.primary is not None else self.settings.owner_url

    def _app_url(self) -> str:
        return self.primary.url("app") if self.primary is not None else self.settings.database_url

    async def start(self) -> None:
        """From nothing to ready. What order allows goes on at the same time."""
        self.supervisor.facts = {
            "since": time.time(),
            "own_database": self.own_database,
            "own_bucket": self.own_bucket,
            "rolls": NOTHING_DONE,
        }
        self.supervisor.write_record()
        fresh = not self.home.recall("sample_done")
        async with asyncio.TaskGroup() as group:
            # Only our own database is known to be empty before it has been asked.
            files = group.create_task(self._sample_files()) if fresh and self.own_database else None
            bucket = group.create_task(self._start_bucket())
            await self._start_database()
            await self._start_instances()
            await bucket
            if files is not None:
                await files
        if fresh:
            await self._import_sample()
        # Last, because the password is shown once: a start that is cut off before its screen must not have made it.
        await self._administrator()
        self.home.remember(port=self.port)
        self.supervisor.facts["address"] = self.address
        self.supervisor.write_record()
        attach(self.home, self._shell())

    async def _start_database(self) -> None:
        from backend.store.connections import probe

        settings = self.settings
        if self.primary is None:
            with self.screen.stage("Database") as stage:
                await probe(settings.database_url, "The database", "ATELIER_DATABASE_URL")
                await probe(settings.owner_url, "The database, as the owner,", "ATELIER_OWNER_URL")
                await probe(settings.reader_url, "The database, for reads,", "ATELIER_READER_URL")
                for url in settings.replica_urls:
                    await probe(url, "A replica", "ATELIER_REPLICA_URLS")
                stage.say("yours, by ATELIER_DATABASE_URL")
            await self._migrate()
            return
        primary = self.primary
        with self.screen.stage("Database") as stage:
            if not primary.data.exists():
                stage.say("making the data folder")
            await asyncio.to_thread(primary.make)
            primary.configure()
            await self.supervisor.start(self._postgres_part(primary, "superuser", "postgres"))
            await asyncio.to_thread(primary.ensure_roles)
            await asyncio.to_thread(Standby.forget_others, primary, [each.server.name for each in self.standbys])
            stage.say(f"Postgres on {HOST}:{primary.port}")
        async with asyncio.TaskGroup() as group:
            group.create_task(self._migrate())
            for standby in self.standbys:
                group.create_task(self._start_standby(standby))

    def _postgres_part(self, server: Server, role: str, database: str) -> Part:
        return Part(
            name=server.name,
            command=server.command,
            environment=postgres.bare_environment(),
            ready=lambda: probes.connects(server.url(role, database)),
            address=f"{HOST}:{server.port}",
            account=self.place.account,
            stop=signal.SIGINT,  # without waiting for its clients, but in order
            if_orphaned=signal.SIGINT,
            patience=300.0,  # after a power cut it reads its log again
            grace=60.0,
        )

    async def _start_standby(self, standby: Standby) -> None:
        with self.screen.stage("Replica") as stage:
            copied = await asyncio.to_thread(standby.prepare)

            async def rebuild() -> None:
                await asyncio.to_thread(standby.rebuild)

            part = replace(
                self._postgres_part(standby.server, "superuser", "postgres"),
                mend=rebuild,
                ready=lambda: _follows(standby),
                patience=30.0,
            )
            try:
                await self.supervisor.start(part)
            except Misconfigured:
                stage.say("it cannot follow; copying it anew")
                await self.supervisor.drop(standby.server.name)
                await rebuild()
                await self.supervisor.start(part)
            stage.say(f"{'a fresh copy' if copied else 'following'} on {HOST}:{standby.server.port}")

    async def _migrate(self) -> None:
        with self.screen.stage("Migrations") as stage:
            from backend.store import migrations

            before = await asyncio.to_thread(migrations.current, self._owner_url())
            head = await asyncio.to_thread(migrations.head)
            if before != head:
                await asyncio.to_thread(migrations.upgrade, self._owner_url())
            stage.say(f"at {head}" if before == head else f"from {before or 'nothing'} to {head}")

    async def _start_bucket(self) -> None:
        with self.screen.stage("Bucket") as stage:
            if self.own_bucket:
                await self.supervisor.start(self.bucket.part(self.environment, stage.say))
                stage.say(f"S3 on {self.bucket.endpoint}")
            elif self.settings.s3_endpoint is not None:
                await s3.demand(self.settings)
                stage.say("yours, by ATELIER_S3_ENDPOINT")

    async def _start_instances(self) -> None:
        with self.screen.stage("Instances") as stage:
            api, console = [each.met for each in self.api], [each.met for each in self.console]
            front = nginx.part(self.home, self.place, self.port, api, console, self.settings.cache_seconds)
            await self.supervisor.start(*map(self._instance, self.api + self.console), self._worker())
            await self.supervisor.start(front)
            stage.say(f"{len(api)} API, {len(console)} console, the worker, Nginx")

    def _instance(self, at: Instance) -> Part:
        return Part(
            name=at.name,
            command=[*PROGRAM, "serve", "--role", at.role, "--share-port", *at.options],
            environment={**self.environment, "ATELIER_INSTANCE": at.name},
            ready=lambda: probes.is_ready(at.port),
            answers=lambda process: probes.is_ready_as(process, at.port),
            address=f"http://{HOST}:{at.port}",
        )

    def _worker(self) -> Part:
        began = time.time()

        async def works() -> bool:
            return await _has_worker(self._app_url(), began)

        return Part(
            name="worker",
            command=[*PROGRAM, "worker"],
            environment={**self.environment, "ATELIER_OWNER_URL": self._owner_url(), "ATELIER_INSTANCE": "worker"},
            ready=works,
        )

    async def _sample_files(self) -> None:
        folder = self.home.bucket / s3.DELIVERIES / sample.FOLDER
        photos.draw(self.place.folder / "photos")
        if not folder.exists():
            with self.screen.stage("Sample") as stage:
                stage.say(f"{sample.PRODUCTS:,} products, {sample.REVIEWS:,} reviews")
                await sample.make(folder, self.home.run, f"{self.address}/sample-photos", self.environment)

    async def _import_sample(self) -> None:
        if self.home.recall("sample_begun") or await sample.is_wanted(self._app_url()):
            await self._sample_files()
            self.home.remember(sample_begun=True)
            with self.screen.stage("Import") as stage:
                if self.own_bucket:
                    await self.bucket.fill(only=sample.FOLDER)
                await sample.bring_in(self.environment, self.deliveries, stage)
        self.home.remember(sample_done=True)

    async def _administrator(self) -> None:
        """On a database without people, the first one, with a password nobody knows yet."""
        if self.own_database and self.home.recall("administrator"):
            return
        from backend.domain.actors import SYSTEM
        from backend.domain.roles import Role
        from backend.services import accounts
        from backend.store.database import Database

        async with Database(Settings.from_environment(self.environment)) as database, database.write() as writer:
            if not await writer.fetch_value("select exists (select from user_account)"):
                password = secrets.token_urlsafe(12)
                who = {"email": ADMINISTRATOR, "name": "Administrator", "password": password}
                await accounts.add(writer, SYSTEM, role=Role.ADMINISTRATOR, **who)
                self.password = password
        self.home.remember(administrator=True)

    async def product_to_try(self) -> int:
        """A product that has reviews, for the first call."""
        with contextlib.suppress(psycopg.Error):
            async with await psycopg.AsyncConnection.connect(self._app_url()) as connection:
                cursor = await connection.execute("select product_id from review where visible order by id limit 1")
                if found := await cursor.fetchone():
                    return int(found[0])
        return 1

    async def stop(self) -> None:
        await self.supervisor.stop()
        with contextlib.suppress(OSError):
            attach(self.home, {})


PROGRAM = [sys.executable, "-P", "-m", "backend.cli"]


async def _follows(standby: Standby) -> bool:
    url = standby.server.url("superuser", "postgres")
    return await probes.connects(url) and await asyncio.to_thread(standby.streams)


async def _has_worker(url: str, since: float) -> bool:
    """Whether a worker that began after `since` has shown itself in the queue's tables."""
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=2) as connection:
            cursor = await connection.execute(
                "select exists (select from procrastinate_workers where last_heartbeat >= to_timestamp(%s))", [since]
            )
            return await cursor.fetchone() == (True,)
    except psycopg.Error:
        return False
