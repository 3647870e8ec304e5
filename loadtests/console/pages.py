"""The pages that are measured, and how long the first byte of each may take at p95."""

from dataclasses import dataclass

import psycopg

PAGE_MS, SEARCH_MS = 200, 500
_FACTS = """
select (select max(id) from product) / 2 as product,
    (select product_id from product_rollup
     order by stars_1 + stars_2 + stars_3 + stars_4 + stars_5 desc, product_id limit 1) as hot,
    (select review_id from moderation_case order by opened_at, review_id limit 1) as waiting,
    (select max(id) from review) as review,
    (select (extract(epoch from percentile_disc(0.5) within group (order by written_at)) * 1000000)::bigint
     from review tablesample system (1)) as middle,
    (select split_part(name, ' ', 1) from product where name is not null order by id limit 1) as word
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page by its address."""

    name: str
    address: str
    limit_ms: int = PAGE_MS


def pages(url: str) -> list[Page]:
    """Every page, with ids that this database has."""
    with psycopg.connect(url) as db:
        row = db.execute(_FACTS).fetchone()
        assert row is not None
        product, hot, waiting, review, middle, word = row
    return [
        Page("queue, reported", "queue"),
        Page("queue, held", "queue?kind=held"),
        Page("queue, a card open", f"queue?review={waiting}"),
        Page("reviews, newest", "reviews"),
        Page("reviews, deep", f"reviews?older={middle}.{review}"),
        Page("reviews, hidden", "reviews?status=hidden"),
        Page("reviews, one star", "reviews?rating=1"),
        Page("reviews, a week", "reviews?from=2026-01-01&to=2026-01-07"),
        Page("reviews of a product", f"reviews?product={product}"),
        Page("reviews of the hot one", f"reviews?product={hot}"),
        Page("search, a common word", "reviews?q=good", SEARCH_MS),
        Page("search, a rare phrase", 'reviews?q="held%20everything"%20-good', SEARCH_MS),
        Page("search, no such word", "reviews?q=nobodywrotethis", SEARCH_MS),
        Page("search within the hot one", f"reviews?product={hot}&q=lovely", SEARCH_MS),
        Page("one review", f"reviews/{review}"),
        Page("products, by number", "products"),
        Page("products, by name", "products?sort=name"),
        Page("products, open cases", "products?sort=cases"),
        Page("products, a beginning", f"products?q={word}", SEARCH_MS),
        Page("products, inside of names", "products?q=nobodysoldthis&sort=inside", SEARCH_MS),
        Page("one product", f"products/{product}"),
        Page("the hot product", f"products/{hot}"),
        Page("imports", "imports"),
        Page("insights, 7 days", "insights?days=7"),
        Page("insights, 90 days", "insights?days=90"),
        Page("moderation report", "insights/report?from=2026-01-01&to=2026-12-31"),
        Page("account", "account"),
    ]
