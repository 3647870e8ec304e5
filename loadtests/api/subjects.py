"""What can be measured: our side under some load, and what it is held against."""

from dataclasses import dataclass

from loadtests.api.system import Shape

MANY, FEW = 96, 16  # connections
USUAL = Shape()
SHARES = {"list": 1.0, "meta": 0.0, "mixed": 0.7}  # of lists among the reads
SOAK = {"read": 0.9, "helpful": 0.08, "submit": 0.02}


@dataclass(frozen=True, slots=True)
class Reads:
    """Lists, metas or both, as fast as they are answered; `products` is the law by which they are asked for."""

    what: str
    products: str = "random"
    connections: int = MANY
    shape: Shape = USUAL


@dataclass(frozen=True, slots=True)
class Writes:
    """Reviews (`submit`) or votes (`helpful`), as fast as they are answered: for any product, or the hot one's."""

    what: str
    products: str = "random"
    shape: Shape = USUAL


@dataclass(frozen=True, slots=True)
class Half:
    """Mixed reads at half the rate that was reached with as many as possible."""

    of: str = "mixed"


@dataclass(frozen=True, slots=True)
class Soak:
    """Reads, votes and reviews at a steady rate, for minutes."""

    rate: int = 1000


@dataclass(frozen=True, slots=True)
class Static:
    """Nginx alone, or before the least of applications."""

    path: str


@dataclass(frozen=True, slots=True)
class Sql:
    """pgbench with the statements of such requests, of our design or of the usual one."""

    what: str
    products: str = "random"
    usual: bool = False


Subject = Reads | Writes | Half | Soak | Static | Sql
