"""The pages of products: what the public is sent of each, made anew by whoever changes what it is made of."""

from collections.abc import Sequence

from psycopg.sql import SQL, Composed, Literal

from backend.store import sql
from backend.store.database import Writer

_queries = sql.load("pages")
_MADE = SQL(_queries["made"]).format()
_OF_IDS = SQL("select distinct id from unnest(%(ids)s::int[]) as asked (id)")
WRITE: Composed = SQL(_queries["write"]).format(asked=_OF_IDS, made=_MADE)
# `first` and `last` are products; gives `n` and `example`.
DRIFT: Composed = SQL(_queries["drift"]).format(made=_MADE)


def fill(first: int = 0, last: int = 2**31 - 1) -> Composed:
    """Make the pages of all products from one to another, none of which has one: for tables that nobody sees yet."""
    return SQL(_queries["fill"]).format(made=_MADE, first=Literal(first), last=Literal(last))


async def lock(writer: Writer, ids: Sequence[int]) -> None:
    """Hold products, before what their pages are made of is read or written: so two who change it go one by one."""
    await writer.execute(_queries["lock"], {"ids": list(ids)})


async def write(writer: Writer, ids: Sequence[int]) -> None:
    """Make the pages of products anew. The caller holds them (`lock`) and has written what they are made of."""
    if ids:
        await writer.execute(WRITE, {"ids": list(ids)})
