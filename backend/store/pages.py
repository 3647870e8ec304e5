"""The pages of products: what the public is sent of each, made anew by whoever changes what it is made of."""

from collections.abc import Sequence

from psycopg.sql import SQL, Composed

from backend.store import sql
from backend.store.database import Writer

_queries = sql.load("pages")
_MADE = SQL(_queries["made"]).format()
_OF_IDS = SQL("select distinct id from unnest(%(ids)s::int[]) as asked (id)")
WRITE: Composed = SQL(_queries["write"]).format(asked=_OF_IDS, made=_MADE)
# For tables that nobody sees yet: the pages of all their products.
FILL: Composed = SQL(_queries["fill"]).format(made=_MADE)
# `first` and `last` are products; gives `n` and `example`.
DRIFT: Composed = SQL(_queries["drift"]).format(made=_MADE)


async def lock(writer: Writer, ids: Sequence[int]) -> None:
    """Hold products, before what their pages are made of is read or written: so two who change it go one by one."""
    await writer.execute(_queries["lock"], {"ids": list(ids)})


async def write(writer: Writer, ids: Sequence[int]) -> None:
    """Make the pages of products anew. The caller holds them (`lock`) and has written what they are made of."""
    if ids:
        await writer.execute(WRITE, {"ids": list(ids)})
