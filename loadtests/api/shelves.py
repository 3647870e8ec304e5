"""What is sold of each product, at the scale of its products: its page, as an import leaves it, and nothing beside.

Reads ask for pages alone. As in the real catalogue a product has two styles on average, six pictures and twelve sizes
of these, two features, and four or five related products.
"""

from pathlib import Path

import psycopg

_PAGES = Path(__file__).with_name("shelves.sql")


def fill(url: str) -> None:
    """Write the pages of all products there are; the same for the same products."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("set synchronous_commit = off")
        db.execute(_PAGES.read_bytes())
        db.execute("vacuum (freeze, analyze) product_page")
