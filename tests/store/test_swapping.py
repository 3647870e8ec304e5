"""Tables that take the place of others: whoever maintains one of either side is waited for."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from backend.domain.errors import Conflict
from backend.settings import Settings
from backend.store import beside, swapping

NAMES = (beside.PAGES,)
MAINTAINING = SQL("lock table {} in share update exclusive mode")  # as autovacuum does


@pytest.fixture
def owner(settings: Settings) -> "psycopg.Connection[tuple[int]]":
    return psycopg.connect(settings.owner_url, autocommit=True)


@pytest.mark.parametrize("schema", ["public", "beside"])
def test_whoever_maintains_a_table_is_waited_for(
    owner: "psycopg.Connection[tuple[int]]", settings: Settings, monkeypatch: pytest.MonkeyPatch, schema: str
) -> None:
    monkeypatch.setattr(swapping, "_PATIENCE", 2)
    with owner, psycopg.connect(settings.owner_url) as maintaining, ThreadPoolExecutor(1) as aside:
        ready(owner)
        maintaining.execute(MAINTAINING.format(Identifier(schema, beside.PAGES)))
        swapped = aside.submit(swap, owner)
        time.sleep(3)  # longer than both tries would take that do not wait for it
        maintaining.rollback()
        swapped.result()
        assert owner.execute("select product_id from product_page").fetchall() == [(1,)]


def test_who_reads_all_the_time_is_not(
    owner: "psycopg.Connection[tuple[int]]", settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swapping, "_PATIENCE", 2)
    with owner, psycopg.connect(settings.owner_url) as reader:
        ready(owner)
        reader.execute("select from product_page")
        with pytest.raises(Conflict, match="when it is quieter"):
            swap(owner)
        assert owner.execute("select product_id from product_page").fetchall() == []


def ready(owner: "psycopg.Connection[tuple[int]]") -> None:
    """A page beside the live ones."""
    beside.create(owner)
    beside.make(owner, 1, NAMES)
    owner.execute("insert into beside.product_page (product_id, facts, styles, related) values (1, '{}', '[]', '[]')")
    for statement in beside.indexing(owner, NAMES):
        owner.execute(statement)
    beside.make_keys(owner, NAMES)


def swap(owner: "psycopg.Connection[tuple[int]]") -> None:
    swapping.swap(owner, NAMES, empty=NAMES, conclude=lambda: beside.drop(owner))
