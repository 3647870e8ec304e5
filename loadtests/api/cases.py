"""What is measured, what each is measured beside, and the bars."""

from dataclasses import dataclass
from itertools import product

from loadtests.api.place import SMALL
from loadtests.api.products import LAWS
from loadtests.api.subjects import FEW, MANY, Half, Reads, Soak, Sql, Static, Subject, Writes
from loadtests.api.system import Shape

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Bar:
    """A case beside a limit, as a ratio of the two; or by itself, where no limit is named.

    `of` names the figure: rate, cpu (a request's, of our side with Postgres), p99 (ms), errors, memory (MB), growth.
    """

    limit: str = ""
    of: str = "rate"
    least: float | None = None
    most: float | None = None
    aim: float | None = None

    @property
    def demands(self) -> bool:
        return self.least is not None or self.most is not None

    def holds(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True, slots=True)
class Case:
    """A subject with its bars. One that is `once` is measured once and for as long as it takes, not in rounds."""

    title: str
    subject: Subject
    bars: tuple[Bar, ...] = ()
    once: bool = False


LIMITS: dict[str, tuple[str, Subject]] = {
    "return": ("Nginx return 200", Static("return")),
    "file": ("Nginx, a 2 KB file", Static("file")),
    "hello": ("a bare ASGI hello", Static("hello")),
    "pgbench-mixed": ("pgbench, the same statements", Sql("mixed")),
    "pgbench-mixed-hot": ("pgbench, the same statements", Sql("mixed", "hot")),
    "pgbench-list": ("pgbench, the same statement", Sql("list")),
    "pgbench-meta": ("pgbench, the same statement", Sql("meta")),
    "pgbench-mixed-products": ("pgbench, the same statements", Sql("mixed-products")),
    "pgbench-last-products": ("pgbench, the same statements", Sql("mixed-products", "last")),
    "pgbench-product": ("pgbench, the same statement", Sql("product")),
    "pgbench-styles": ("pgbench, the same statement", Sql("styles")),
    "pgbench-related": ("pgbench, the same statement", Sql("related")),
    "usual-mixed": ("pgbench, the usual design", Sql("mixed", usual=True)),
    "usual-mixed-hot": ("pgbench, the usual design", Sql("mixed", "hot", usual=True)),
    "usual-list": ("pgbench, the usual design", Sql("list", usual=True)),
    "usual-meta": ("pgbench, the usual design", Sql("meta", usual=True)),
    "pgbench-submit": ("pgbench, the same transaction", Sql("submit")),
    "pgbench-submit-hot": ("pgbench, the same transaction", Sql("submit", "hot")),
    "pgbench-helpful": ("pgbench, the same transaction", Sql("helpful")),
    "pgbench-helpful-hot": ("pgbench, the same transaction", Sql("helpful", "hot")),
    "mixed-small": ("mixed, of 0.01 of the data", Reads("mixed", shape=Shape(database=SMALL))),
}
_CACHED = Shape(cached=True)
# In the order in which they are measured: those that write come after those that read, those with the replica last.
CASES: dict[str, Case] = {
    "mixed": Case(
        "70 % list, 30 % meta",
        Reads("mixed"),
        (
            Bar("pgbench-mixed", least=0.42, aim=0.5),
            Bar("usual-mixed", least=0.8, aim=1.0),
            Bar("return"),
            Bar("file"),
            Bar("hello"),
            Bar(of="p99", most=45, aim=30),
            Bar(of="errors", most=0),
            Bar(of="memory", most=150),
        ),
    ),
    "half": Case("mixed, at half that rate", Half(), (Bar(of="p99", most=10), Bar(of="errors", most=0))),
    "hot": Case(
        "mixed, the hot product",
        Reads("mixed", "hot"),
        (Bar("mixed", least=0.9), Bar("usual-mixed-hot", least=50), Bar("pgbench-mixed-hot")),
    ),
    "last": Case("mixed, the last tenth", Reads("mixed", "last"), (Bar("mixed"),)),
    "zipf": Case("mixed, by Zipf's law", Reads("mixed", "zipf"), (Bar("mixed"),)),
    "list": Case("list", Reads("list"), (Bar("pgbench-list"), Bar("usual-list"))),
    "meta": Case("meta", Reads("meta"), (Bar("pgbench-meta"), Bar("usual-meta"))),
    "mixed-products": Case(
        "40 % product, 40 % styles, 20 % related",
        Reads("mixed-products"),
        (
            Bar("pgbench-mixed-products", least=0.42, aim=0.5),
            Bar(of="p99", most=45, aim=30),
            Bar(of="errors", most=0),
            Bar(of="memory", most=150),
        ),
    ),
    "last-products": Case(
        "the same, the last tenth",
        Reads("mixed-products", "last"),
        (
            Bar("pgbench-last-products", least=0.42, aim=0.5),
            Bar("mixed-products"),
            Bar(of="p99", most=45, aim=30),
            Bar(of="errors", most=0),
        ),
    ),
    "product": Case("product", Reads("product"), (Bar("pgbench-product"),)),
    "styles": Case("styles", Reads("styles"), (Bar("pgbench-styles"),)),
    "related": Case("related", Reads("related"), (Bar("pgbench-related"),)),
    "few": Case("mixed, 16 connections", Reads("mixed", connections=FEW), (Bar("mixed"), Bar("pgbench-mixed"))),
    "one": Case("mixed, 1 instance", Reads("mixed", shape=Shape(1)), (Bar("mixed"),)),
    "three": Case("mixed, 3 instances", Reads("mixed", shape=Shape(3)), (Bar("mixed"),)),
    "cost": Case("mixed, a request's cost", Reads("mixed"), (Bar("mixed-small", of="cpu", most=1.25),)),
    "hot-cached": Case(
        "list, the hot product, kept by Nginx",
        Reads("list", "hot", shape=_CACHED),
        (Bar("file", least=0.8, aim=0.9), Bar(of="p99", most=30)),
    ),
    "zipf-cached": Case(
        "mixed, by Zipf's law, kept by Nginx", Reads("mixed", "zipf", shape=_CACHED), (Bar("zipf", least=1.1),)
    ),
    "submit": Case("submit", Writes("submit"), (Bar("pgbench-submit", least=0.5), Bar(of="errors", most=0))),
    "submit-hot": Case(
        "submit, one hot product", Writes("submit", "hot"), (Bar("submit", least=0.9), Bar("pgbench-submit-hot"))
    ),
    "helpful": Case("helpful", Writes("helpful"), (Bar("pgbench-helpful", least=0.6), Bar(of="errors", most=0))),
    "helpful-hot": Case(
        "helpful, the hot product's reviews",
        Writes("helpful", "hot"),
        (Bar("helpful", least=0.9), Bar("pgbench-helpful-hot")),
    ),
    "soak": Case(
        "1,000/s, 90 % reads, 8 % votes, 2 % submits",
        Soak(),
        (
            Bar(of="errors", most=0),
            Bar(of="p99", most=50),
            Bar(of="memory", most=150),
            Bar(of="growth", most=1.1),
        ),
        once=True,
    ),
    "replica": Case(
        "mixed, read from a replica", Reads("mixed", shape=Shape(replica=True)), (Bar("mixed"), Bar(of="p99"))
    ),
    "submit-replica": Case("submit, waiting for a replica", Writes("submit", shape=Shape(replica=True))),
}


def subject(name: str) -> Subject:
    """Of a case or a limit."""
    return CASES[name].subject if name in CASES else LIMITS[name][1]


def title(name: str) -> str:
    """Of a case or a limit."""
    return CASES[name].title if name in CASES else LIMITS[name][0]


def grid(*, cached: bool) -> dict[str, Case]:
    """Every kind of read by every law, at both numbers of connections, of one to three instances: once each."""
    found = {}
    keeping = (False, True) if cached else (False,)
    for what, law, connections, instances, kept in product(
        ("list", "meta", "mixed"), LAWS, (FEW, MANY), (1, 2, 3), keeping
    ):
        name = f"{what}, {law}, {connections} connections, {instances} instances{', kept by Nginx' * kept}"
        reads = Reads(what, law, connections, Shape(instances, cached=kept))
        found[name] = Case(name, reads, (Bar(of="errors", most=0),), once=True)
    return found
