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
KEYS = (
    *(f"alter table {table} add primary key (id)" for table in FILES),
    "create index on reviews (product_id)",
    "create index on photos (review_id)",
    "create index on characteristics (product_id)",
    "create index on ratings (review_id)",
    "create index on ratings (characteristic_id)",
    "create index on features (product_id)",
    "create index on styles (product_id)",
    "create index on skus (style_id)",
    "create index on style_photos (style_id)",
    "create index on related (current_product_id)",
    "alter table characteristics add foreign key (product_id) references products",
    "alter table reviews add foreign key (product_id) references products",
    "alter table photos add foreign key (review_id) references reviews",
    "alter table ratings add foreign key (review_id) references reviews",
    "alter table ratings add foreign key (characteristic_id) references characteristics",
    "alter table features add foreign key (product_id) references products",
    "alter table styles add foreign key (product_id) references products",
    "alter table skus add foreign key (style_id) references styles",
    "alter table style_photos add foreign key (style_id) references styles",
    "alter table related add foreign key (current_product_id) references products",
    "alter table related add foreign key (related_product_id) references products",
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
    """Seconds of the ten COPYs, and of the keys after them."""
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
    db.execute(SQL("copy {} from {} (format csv, header, null 'null')").format(Identifier(table), path))
