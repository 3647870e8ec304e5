"""What imports are measured by: plain server-side COPY of clean files, and the keys of the usual normalised schema."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from loadtests.imports.place import Place

REVIEWS = """
create table reviews (id int, product_id int, rating smallint, date bigint, summary text, body text, recommend boolean,
    reported boolean, reviewer_name text, reviewer_email text, response text, helpfulness int)
"""
STYLES = """
create table styles (id int, product_id int, name text, sale_price numeric, original_price numeric,
    default_style boolean)
"""
TABLES = (
    "create table products (id int, name text, slogan text, description text, category text, default_price numeric)",
    "create table characteristics (id int, product_id int, name text)",
    REVIEWS,
    "create table photos (id int, review_id int, url text)",
    "create table ratings (id int, characteristic_id int, review_id int, value smallint)",
    "create table features (id int, product_id int, feature text, value text)",
    STYLES,
    "create table skus (id int, style_id int, size text, quantity int)",
    "create table style_photos (id int, style_id int, url text, thumbnail_url text)",
    "create table related (id int, current_product_id int, related_product_id int)",
)
FILES = {
    "products": "product.csv",
    "characteristics": "characteristics.csv",
    "reviews": "reviews.csv",
    "photos": "reviews_photos.csv",
    "ratings": "characteristic_reviews.csv",
    "features": "features.csv",
    "styles": "styles.csv",
    "skus": "skus.csv",
    "style_photos": "photos.csv",
    "related": "related.csv",
}
OF_REVIEWS = ("products", "characteristics", "reviews", "photos", "ratings")
# The columns that name what a row belongs to, and the table of that. Each has an index, but for the last one: who asks
# for what is related asks by the product.
BELONGS = {
    "characteristics": {"product_id": "products"},
    "reviews": {"product_id": "products"},
    "photos": {"review_id": "reviews"},
    "ratings": {"review_id": "reviews", "characteristic_id": "characteristics"},
    "features": {"product_id": "products"},
    "styles": {"product_id": "products"},
    "skus": {"style_id": "styles"},
    "style_photos": {"style_id": "styles"},
    "related": {"current_product_id": "products", "related_product_id": "products"},
}
NOT_INDEXED = Identifier("related_product_id")


def copy(place: Place, folder: Path) -> float:
    """Seconds of one COPY of reviews.csv into a bare table."""
    with place.database(migrated=False) as name, psycopg.connect(place.server.url(name), autocommit=True) as db:
        db.execute(REVIEWS)
        place.settle()
        began = perf_counter()
        copy_file(db, "reviews", folder)
        return perf_counter() - began


def measure(place: Place, folder: Path, tables: Sequence[str]) -> dict[str, float]:
    """Seconds of one COPY for each of these tables, and of the keys after them."""
    with place.database(migrated=False) as name, psycopg.connect(place.server.url(name), autocommit=True) as db:
        for table in TABLES:
            db.execute(table)
        place.settle()
        began = perf_counter()
        for table in tables:
            copy_file(db, table, folder)
        copied = perf_counter()
        for key in keys(tables):
            db.execute(key)
        return {"copy": copied - began, "keys": perf_counter() - copied}


def keys(tables: Sequence[str]) -> list[Composed]:
    """What makes them: primary keys, then indexes, then foreign keys."""
    foreign = SQL("alter table {} add foreign key ({}) references {}")
    return [*primary_keys(tables), *indexes(tables), *(foreign.format(*each) for each in _belonging(tables))]


def primary_keys(tables: Sequence[str]) -> list[Composed]:
    """What makes those of these tables."""
    return [SQL("alter table {} add primary key (id)").format(Identifier(table)) for table in tables]


def indexes(tables: Sequence[str]) -> list[Composed]:
    """What makes those of these tables, by what a row belongs to."""
    return [
        SQL("create index on {} ({})").format(table, column)
        for table, column, _ in _belonging(tables)
        if column != NOT_INDEXED
    ]


def _belonging(tables: Sequence[str]) -> list[tuple[Identifier, Identifier, Identifier]]:
    return [
        (Identifier(table), Identifier(column), Identifier(parent))
        for table in tables
        for column, parent in BELONGS.get(table, {}).items()
    ]


def copy_file(db: "psycopg.Connection[tuple[object, ...]]", table: str, folder: Path) -> None:
    """One file of a delivery into its table."""
    path = Literal(str(folder / FILES[table]))
    db.execute(SQL("copy {} from {} (format csv, header, null 'null')").format(Identifier(table), path))
