"""What can be measured: our side under some load, and what it is held against."""

from dataclasses import dataclass

from loadtests.api.system import Shape

MANY, FEW = 96, 16  # connections
USUAL = Shape()
# The kinds of reads, and what is asked for where several are mixed: so many of ten.
KINDS = {
    "list": "/reviews?product_id={}",
    "meta": "/reviews/meta?product_id={}",
    "product": "/products/{}",
    "styles": "/products/{}/styles",
    "related": "/products/{}/related",
}
MIXES = {
    **{kind: {kind: 10} for kind in KINDS},
    "mixed": {"list": 7, "meta": 3},
    "mixed-products": {"product": 4, "styles": 4, "related": 2},
}
SOAK = {"read": 0.9, "helpful": 0.08, "submit": 0.02}


@dataclass(frozen=True, slots=True)
class Reads:
    """Of a kind or a mix, as fast as they are answered; `products` is the law by which they are asked for."""

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
