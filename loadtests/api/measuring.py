"""Carries measurements out, one at a time: the load, what it cost whom, and whether the answers were right."""

import resource
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import psycopg

from loadtests.api import expected, facts, paced, pgbench, processes, statements, wrk
from loadtests.api.checker import Checker
from loadtests.api.facts import BREAK, NUMBER, Facts
from loadtests.api.measured import Measured
from loadtests.api.place import FULL
from loadtests.api.subjects import KINDS, MANY, MIXES, SOAK, Half, Reads, Soak, Sql, Static, Subject, Writes
from loadtests.api.system import Front, System
from loadtests.place import Place

_QUIET = 0.3  # seconds
_FILLING = 3.0  # seconds, three times as long as an answer is kept
_LAST = "select max(id) from review"
_STORED = {
    "submit": "select count(*) from review where id > %(last)s",
    "helpful": "select sum(helpfulness_votes) from review where id = any(%(ids)s)",
}
Tell = Callable[[str], None]


class Measuring:
    """`checked` answers were read whole; `wrong` says what was not as it must be."""

    facts: Callable[[str], Facts]

    def __init__(self, place: Place, system: System, seconds: float, soak: float) -> None:
        self._place = place
        self._system = system
        self._seconds = seconds
        self._soak_seconds = soak
        self._rates: dict[str, float] = {}
        self._random = Random(11)
        self.facts = cache(self._learn)
        self._expected = cache(self._answers)
        self.checked = 0
        self.wrong: list[str] = []

    def reached(self, name: str, rate: float) -> None:
        """Remember what rate a case has reached, for those that are told in shares of it."""
        self._rates[name] = rate

    def has(self, name: str) -> bool:
        """Whether a rate of that name is known."""
        return name in self._rates

    def measure(self, subject: Subject) -> Measured:
        """One measurement."""
        self._system.forget_logs()
        match subject:
            case Reads():
                return self._reads(subject)
            case Writes():
                return self._writes(subject)
            case Half():
                return self._half(subject)
            case Soak():
                return self._soak(subject)
            case Static():
                front = self._system.limits()
                url = f"{front.url}/{subject.path}"
                return self._costed(front, lambda: wrk.run(url, None, MANY, self._seconds))
            case Sql():
                return self._sql(subject)

    def _learn(self, database: str) -> Facts:
        return facts.learn(self._place.server.url(database))

    def _answers(self, database: str, law: str, what: str) -> expected.Answers:
        products = self.facts(database).products
        return expected.answers(self._place.server.url(database), products, law, MIXES[what])

    def _reads(self, reads: Reads) -> Measured:
        front = self._system.front(reads.shape)
        database = reads.shape.database
        products, answers = self.facts(database).products, self._expected(database, reads.products, reads.what)
        url, script = front.url, None
        if reads.what == "list" and reads.products == "hot":
            # One address, without a script: in the time that Lua takes, Nginx could have sent half an answer.
            url += f"/reviews?product_id={products.hot}"
        else:
            script = self._file("reads.lua", wrk.reading(MIXES[reads.what], products, reads.products))
        if reads.shape.cached:
            # What Nginx keeps is what has been asked for: it fills while nobody measures.
            wrk.run(url, script, reads.connections, _FILLING)
        with Checker(front.url, answers) as checker:
            measured = self._costed(front, lambda: wrk.run(url, script, reads.connections, self._seconds))
        self.checked += checker.checked
        self.wrong += [f"{path} was answered otherwise than what is stored says" for path in checker.wrong]
        return measured

    def _writes(self, writes: Writes) -> Measured:
        front, told = self._system.front(writes.shape), self.facts(FULL)
        submitting = writes.what == "submit"
        ids = told.reviews[writes.products]
        lines = told.drafts[writes.products] if submitting else [facts.vote(each) for each in ids]
        script = wrk.writing("POST" if submitting else "PUT", self._file("lines", "\n".join(lines) + "\n"))
        path = self._file("writes.lua", script)
        with psycopg.connect(self._place.server.url(FULL), autocommit=True) as db:
            asked = {"last": _last(db), "ids": ids}
            before = _count(db, writes.what, asked)
            measured = self._costed(front, lambda: wrk.run(front.url, path, MANY, self._seconds))
            self._hold(writes.what, _settled(db, writes.what, asked) - before, measured.answers, under_way=MANY)
        self._expected.cache_clear()
        return measured

    def _half(self, half: Half) -> Measured:
        shape = Reads("mixed").shape
        front, rate = self._system.front(shape), max(1.0, self._rates[half.of] / 2)
        requests = [self._read() for _ in range(round(rate * self._seconds))]
        return self._paced(front, rate, requests)[0]

    def _soak(self, soak: Soak) -> Measured:
        front, told = self._system.front(Reads("mixed").shape), self.facts(FULL)
        kinds = self._random.choices(list(SOAK), list(SOAK.values()), k=round(soak.rate * self._soak_seconds))
        makers: dict[str, Callable[[], paced.Request]] = {
            "read": self._read,
            "helpful": lambda: self._write("helpful", "PUT", facts.vote(self._random.choice(told.reviews["random"]))),
            "submit": lambda: self._write("submit", "POST", self._random.choice(told.drafts["random"])),
        }
        with psycopg.connect(self._place.server.url(FULL), autocommit=True) as db:
            asked = {"last": _last(db), "ids": told.reviews["random"]}
            before = {what: _count(db, what, asked) for what in _STORED}
            began = processes.memory(front.instances)
            measured, answers = self._paced(front, soak.rate, [makers[kind]() for kind in kinds])
            for what in _STORED:
                self._hold(what, _settled(db, what, asked) - before[what], answers.get(what, 0), under_way=0)
        ended = processes.memory(front.instances)
        self._expected.cache_clear()
        return replace(measured, growth=max((now / then for then, now in zip(began, ended, strict=True)), default=None))

    def _paced(self, front: Front, rate: float, requests: list[paced.Request]) -> tuple[Measured, dict[str, int]]:
        port = urlsplit(front.url).port
        assert port is not None
        answers: dict[str, int] = {}

        def run() -> Measured:
            plan = paced.Plan(port, rate, MANY, requests)
            measured, answered, wrong = paced.run(plan, self._place.work)
            answers.update(answered)
            self.checked += measured.answers
            self.wrong += [f"{count} x {what}, paced" for what, count in wrong.items()]
            return measured

        return self._costed(front, run), answers

    def _read(self) -> paced.Request:
        product = self.facts(FULL).products.draw("random", self._random)
        (kind,) = self._random.choices(list(MIXES["mixed"]), list(MIXES["mixed"].values()))
        begins = f'{{"product":"{product}"' if kind == "list" else f'{{"product_id":"{product}"'
        return kind, begins, f"GET {KINDS[kind].format(product)} {_HEAD}"

    def _write(self, kind: str, method: str, line: str) -> paced.Request:
        number = f"{self._random.randrange(10**9):09d}"
        return kind, "", f"{method} {line.replace(NUMBER, number).replace(BREAK, _END)}"

    def _sql(self, asked: Sql) -> Measured:
        products = self.facts(FULL).products
        match asked.what:
            case "submit":
                scripts = {"submit": (statements.submit(products, asked.products), 1)}
            case "helpful":
                scripts = {"helpful": (statements.helpful(*self.facts(FULL).spans[asked.products]), 1)}
            case _:
                scripts = {
                    kind: (statements.reads(kind, products, asked.products, usual=asked.usual), weight)
                    for kind, weight in MIXES[asked.what].items()
                }
        if asked.what in _STORED:
            self._expected.cache_clear()
        return self._costed(None, lambda: pgbench.run(self._place.server.url(FULL), scripts, self._seconds))

    def _hold(self, what: str, stored: int, answered: int, *, under_way: int) -> None:
        """As many are stored as were answered; what was under way when the generator hung up may be, too."""
        if not answered <= stored <= answered + under_way:
            self.wrong.append(f"{what}: {answered:,} were answered, {stored:,} are stored")

    def _costed(self, front: Front | None, run: Callable[[], Measured]) -> Measured:
        """Run, and tell what it cost whom."""
        groups: dict[str, list[int]] = {"postgres": self._place.processes()}
        if front is not None:
            groups |= {"instances": list(front.instances), "nginx": [front.nginx]}
        before, generator = processes.cpu(groups), _children()
        measured = run()
        after, generator = processes.cpu(groups), _children() - generator
        used = {name: after[name] - before[name] for name in groups} | {"generator": generator}
        answers = max(1, measured.answers)
        memory = max(processes.memory(front.instances), default=0) if front else 0
        return replace(measured, cpu={name: spent / answers for name, spent in used.items()}, memory=memory)

    def _file(self, name: str, text: str) -> Path:
        path = self._place.work / name
        path.write_text(text, encoding="utf-8")
        return path


_END = "\r\n"
_HEAD = f"HTTP/1.1{_END}Host: bench{_END}{_END}"


def _count(db: "psycopg.Connection[tuple[int]]", what: str, asked: dict[str, object]) -> int:
    (count,) = db.execute(_STORED[what].encode(), asked).fetchone() or (0,)
    return int(count or 0)


def _settled(db: "psycopg.Connection[tuple[int]]", what: str, asked: dict[str, object]) -> int:
    """The count when it grows no more: who hangs up does not end what was under way."""
    before, count = -1, _count(db, what, asked)
    while before != count:
        time.sleep(_QUIET)
        before, count = count, _count(db, what, asked)
    return count


def _last(db: "psycopg.Connection[tuple[int]]") -> int:
    (last,) = db.execute(_LAST).fetchone() or (0,)
    return last


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
