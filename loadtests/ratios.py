"""The API's speed beside limits of the same machine in the same minute: Nginx with a file, Postgres with statements.

A case and its limits are measured in turn, several times; the first round only warms up. What is told is the median of
the rounds with the lowest and the highest.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from backend.store import sql
from loadtests import generator
from loadtests.generator import Rate, WrongAnswerError
from loadtests.spread import Spread

FILE_BYTES = 2048
LIST, META = "/reviews?product_id={}", "/reviews/meta?product_id={}"


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked of the API, and of Postgres as named statements with their share in one."""

    name: str
    paths: tuple[str, ...]
    statements: tuple[str, ...]


CASES = (
    Case("list", (LIST,), ("list_relevant",)),
    Case("meta", (META,), ("meta",)),
    Case("mixed", (LIST, META), ("list_relevant", "meta")),
)


@dataclass(frozen=True, slots=True)
class Result:
    """Answers a second of the API and of its limits; how much of each limit it reaches; milliseconds at 99 %."""

    case: str
    rate: Spread
    p99: Spread
    file: Spread
    of_file: Spread
    postgres: Spread
    of_postgres: Spread


@dataclass(frozen=True, slots=True)
class Bench:
    """Against a running system: its address, a folder that its Nginx serves below `served`, a database, pgbench."""

    url: str
    folder: Path
    served: str
    database: str
    pgbench: Path
    products: int
    seconds: float
    rounds: int

    def run(self, tell: Callable[[str], None]) -> list[Result]:
        file = self.folder / f"bench-{os.getpid()}.txt"
        file.write_bytes(b"x" * FILE_BYTES)
        try:
            return [self._case(case, f"{self.served}/{file.name}", tell) for case in CASES]
        finally:
            file.unlink()

    def _case(self, case: Case, file: str, tell: Callable[[str], None]) -> Result:
        rounds = []
        for turn in range(self.rounds + 1):
            tell(f"{case.name}: {'warming up' if turn == 0 else f'round {turn} of {self.rounds}'}")
            limit = generator.run(self.url, [file], self.products, self.seconds)
            api = generator.run(self.url, list(case.paths), self.products, self.seconds)
            postgres = self._postgres(case.statements)
            if turn:
                rounds.append((api, limit.per_second, postgres))
        return _result(case.name, rounds)

    def _postgres(self, statements: tuple[str, ...]) -> float:
        """Statements a second by pgbench, prepared, over as many connections as it takes to keep the server busy."""
        known = conninfo_to_dict(self.database)
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
        environment = {"PATH": os.environ["PATH"]} | {names[k]: str(v) for k, v in known.items() if k in names}
        queries = sql.load("reviews")
        with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
            command = [str(self.pgbench), "-n", "-M", "prepared", "-c", "8", "-j", "1", "-T", f"{self.seconds:.0f}"]
            for name in statements:
                script = Path(folder) / f"{name}.sql"
                values = {"product_id": ":product_id", "limit": "5", "offset": "0"}
                # pgbench ends a statement at a semicolon and would take one in a comment for an end, too.
                lines = [line for line in (queries[name] % values).splitlines() if not line.startswith("--")]
                script.write_text(
                    f"\\set product_id random(1, {self.products})\n" + "\n".join(lines) + ";\n", encoding="utf-8"
                )
                command += ["-f", str(script)]
            said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        rate = re.search(r"tps = ([\d.]+)", said)
        if rate is None:
            raise WrongAnswerError(said)
        return float(rate[1])


def _result(name: str, rounds: list[tuple[Rate, float, float]]) -> Result:
    return Result(
        name,
        rate=Spread.of([api.per_second for api, _, _ in rounds]),
        p99=Spread.of([api.p99 for api, _, _ in rounds]),
        file=Spread.of([file for _, file, _ in rounds]),
        of_file=Spread.of([api.per_second / file for api, file, _ in rounds]),
        postgres=Spread.of([postgres for _, _, postgres in rounds]),
        of_postgres=Spread.of([api.per_second / postgres for api, _, postgres in rounds]),
    )
