"""A streaming replica of the embedded Postgres, copied from the primary, and again when it cannot follow any more."""

import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass

import psycopg

from backend.local.ports import HOST
from backend.local.postgres import Server


@dataclass(frozen=True, slots=True)
class Standby:
    """`server` is the replica's own, `primary` the one it follows. Its name is its server's."""

    server: Server
    primary: Server

    @property
    def slot(self) -> str:
        return self.server.name.replace("-", "_")

    @property
    def reader_url(self) -> str:
        """For the application's reads; the application knows the replica by this name."""
        return self.server.url("read", application_name=self.server.name)

    def prepare(self) -> bool:
        """Make the folder ready to be served, from a fresh copy where it must be. True where it was copied."""
        copied = not self._follows()
        if copied:
            self._copy()
        self.server.configure(
            f"primary_conninfo = 'host={HOST} port={self.primary.port} user=atelier_replica "
            f"password={self.server.secrets.replica} application_name={self.server.name}'\n"
            f"primary_slot_name = '{self.slot}'\n"
        )
        return copied

    def rebuild(self) -> None:
        """Throw the copy away and make another."""
        shutil.rmtree(self.server.data, ignore_errors=True)
        self.prepare()

    def _follows(self) -> bool:
        """Whether it is a copy of this primary, and the primary still has all that it needs to go on."""
        theirs, ours = self.primary.data / "global/pg_control", self.server.data / "global/pg_control"
        if not ours.is_file() or not (self.server.data / "standby.signal").exists():
            return False
        # The first eight bytes are the identifier that a cluster gets from initdb and its copies share.
        with theirs.open("rb") as first, ours.open("rb") as second:
            if first.read(8) != second.read(8):
                return False
        with psycopg.connect(self.primary.url("superuser", "postgres"), autocommit=True) as connection:
            state = connection.execute(
                "select wal_status from pg_replication_slots where slot_name = %s", [self.slot]
            ).fetchone()
        return state is not None and state[0] not in ("lost", "unreserved")

    def _copy(self) -> None:
        fresh = self.server.data.with_name(f"{self.server.name}.new")
        for folder in (fresh, self.server.data):
            shutil.rmtree(folder, ignore_errors=True)
        with psycopg.connect(self.primary.url("superuser", "postgres"), autocommit=True) as connection:
            for _ in range(50):
                # A walsender of the replica that has just gone may hold the slot for a moment longer.
                held = connection.execute(
                    "select active from pg_replication_slots where slot_name = %s", [self.slot]
                ).fetchone()
                if held is None:
                    break
                if not held[0]:
                    connection.execute("select pg_drop_replication_slot(%s)", [self.slot])
                    break
                time.sleep(0.1)
        self.server.place.account.folder(fresh)
        self.server.run(
            "pg_basebackup", "--pgdata", str(fresh), "--host", HOST, "--port", str(self.primary.port),
            "--username", "atelier_replica", "--no-password", "--wal-method", "stream", "--checkpoint", "fast",
            "--create-slot", "--slot", self.slot,
            PGPASSWORD=self.server.secrets.replica,
        )  # fmt: skip
        signal = fresh / "standby.signal"
        signal.touch(mode=0o600)
        self.server.place.account.own(signal)
        fresh.rename(self.server.data)

    @staticmethod
    def forget_others(primary: Server, kept: Collection[str]) -> None:
        """Drop what replicas of an earlier start have left that are not among `kept`: slots hold back the log."""
        with psycopg.connect(primary.url("superuser", "postgres"), autocommit=True) as connection:
            slots = [name.replace("-", "_") for name in kept]
            connection.execute(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
                " where slot_name ~ '^replica_[0-9]+$' and not active and slot_name <> all(%s)",
                [slots],
            )
        for folder in primary.place.folder.glob("replica-*"):
            if folder.name not in kept:
                shutil.rmtree(folder)

    def streams(self) -> bool:
        """Whether the primary sees it following."""
        try:
            with psycopg.connect(self.primary.url("superuser", "postgres"), connect_timeout=2) as connection:
                found = connection.execute(
                    "select 1 from pg_stat_replication where application_name = %s and state = 'streaming'",
                    [self.server.name],
                ).fetchone()
        except psycopg.OperationalError:
            return False
        return found is not None
