"""What imports are measured by: plain server-side COPY of clean files, and the keys of the usual normalised schema."""

from pathlib import Path
from time import perf_counter

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from loadtests.imports.place import Place

REVIEWS = """
create table reviews (id int, product_id int, rating smallint, date bigint, summary text, body text, recommend boolean,
    reported boolean, reviewer_name text, reviewer_email text, response text, helpfulness int)
"""
TABLES = (
    "create table products (id int, name text, slogan text, description text, category text, default_price numeric)",
    "create table characteristics (id int, product_id int, name text)",
    REVIEWS,
    "create table photos (id int, review_id int, url text)",
    "create table ratings (id int, characteristic_id int, review_id int, value smallint)",
)
FILES = {
    "products": "product.csv",
    "characteristics": "characteristics.csv",
    "reviews": "reviews.csv",
    "photos": "reviews_photos.csv",
    "ratings": "characteristic_reviews.csv",
}
KEYS = (
    *(f"alter table {table} add primary key (id)" for table in FILES),
    "create index on reviews (product_id)",
    "create index on photos (review_id)",
    "create index on characteristics (product_id)",
    "create index on ratings (review_id)",
    "create index on ratings (characteristic_id)",
    "alter table characteristics add foreign key (product_id) references products",
    "alter table reviews add foreign key (product_id) references products",
    "alter table photos add foreign key (review_id) references reviews",
    "alter table ratings add foreign key (review_id) references reviews",
    "alter table ratings add foreign key (characteristic_id) references characteristics",
)


def copy(place: Place, folder: Path) -> float:
    """Seconds of one COPY of reviews.csv into a bare table."""
    with place.database(migrated=False) as name, psycopg.connect(place.server.url(name), autocommit=True) as db:
        db.execute(REVIEWS)
        place.settle()
        began = perf_counter()
        copy_file(db, "reviews", folder)
        return perf_counter() - began


def measure(place: Place, folder: Path) -> dict[str, float]:
    """Seconds of the five COPYs, and of the keys after them."""
    with place.database(migrated=False) as name, psycopg.connect(place.server.url(name), autocommit=True) as db:
        for table in TABLES:
            db.execute(table)
        place.settle()
        began = perf_counter()
        for table in FILES:
            copy_file(db, table, folder)
        copied = perf_counter()
        for key in KEYS:
            db.execute(key.encode())
        return {"copy": copied - began, "keys": perf_counter() - copied}


def copy_file(db: "psycopg.Connection[tuple[object, ...]]", table: str, folder: Path) -> None:
    """One file of a delivery into its table."""
    path = Literal(str(folder / FILES[table]))
    db.execute(SQL("copy {} from {} (format csv, header)").format(Identifier(table), path))
