"""The files as matrices of parts, a block of rows at a time; a block is the same whatever was asked before it."""

from abc import ABC, abstractmethod

import numpy as np

from loadtests.delivery.assemble import Array, Layout
from loadtests.delivery.plan import Plan
from loadtests.delivery.texts import Range, Texts

FOREIGN = 0.02  # share of reviews whose name and body are not in English letters
LAST, SPAN = 1_795_208_400_000, 190_080_000_000  # ms: the newest date, and how far the oldest is from it
_STARS = np.cumsum(np.array(((24, 22, 24, 18, 12), (9, 9, 18, 32, 32), (3, 4, 9, 27, 57))) / 100, axis=1)


class File(ABC):
    """One file: `rows` are numbered from 0, also those that this delivery does not have."""

    name: str
    format: str
    header: bytes
    layout: Layout
    # The columns that name what a row belongs to, each with the format of that; and which of them dirt may tear off.
    parents: tuple[tuple[str, str], ...] = ()
    torn: tuple[tuple[str, ...], ...] = ()

    def __init__(self, plan: Plan, texts: Texts) -> None:
        self.plan = plan
        self.texts = texts

    @property
    @abstractmethod
    def rows(self) -> int: ...

    def reviews(self, rows: Array) -> Array | None:  # noqa: ARG002 - products and characteristics are of none
        """The review that each row is or belongs to, by its place among the reviews; None for what is of no review."""
        return None

    def parent(self, rows: Array, column: str) -> Array:
        """What each row belongs to by a column of its `parents`, by its place among those."""
        raise NotImplementedError

    def new(self, rows: Array) -> Array:
        """Which of these rows only the next delivery has."""
        reviews = self.reviews(rows)
        return np.zeros(len(rows), bool) if reviews is None else reviews >= self.plan.reviews

    def written(self, rows: Array) -> Array:
        """Which of these rows this delivery has."""
        reviews = self.reviews(rows)
        if reviews is None or not self.plan.variant.next:
            return ~self.new(rows)
        there: Array = ~self.plan.missing[reviews]
        return there

    @abstractmethod
    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:
        """The rows' parts, as the layout has them; those marked as changed are not what they were."""


class Products(File):
    name, format = "product.csv", "products"
    header = b"id,name,slogan,description,category,default_price\n"
    layout = Layout("n, t, t, t, t, t")

    @property
    def rows(self) -> int:
        return self.plan.products

    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:  # noqa: ARG002
        texts = self.texts
        groups = (texts.products, texts.slogans, texts.descriptions, texts.categories, texts.prices)
        return np.column_stack((rows + 1, *(any_of(group, random, len(rows)) for group in groups)))


class Characteristics(File):
    name, format = "characteristics.csv", "characteristics"
    header = b"id,product_id,name\n"
    layout = Layout("n, n, t")

    def __init__(self, plan: Plan, texts: Texts) -> None:
        super().__init__(plan, texts)
        self.product_of = np.repeat(np.arange(plan.products), plan.traits)
        self._firsts = np.zeros(max(texts.traits) + 1, np.int64)
        for count, (first, _) in texts.traits.items():
            self._firsts[count] = first

    @property
    def rows(self) -> int:
        return len(self.product_of)

    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:  # noqa: ARG002 - all is fixed
        product = self.product_of[rows]
        names = self._firsts[self.plan.traits[product]] + rows - self.plan.first_trait[product]
        return np.column_stack((rows + 1, product + 1, names))


class Reviews(File):
    name, format = "reviews.csv", "reviews"
    header = (
        b"id,product_id,rating,date,summary,body,recommend,reported,reviewer_name,reviewer_email,response,helpfulness\n"
    )
    layout = Layout("n, n, n, n, t, t, t, t, t, t n t, t, n")

    @property
    def rows(self) -> int:
        return len(self.plan.product_of)

    def reviews(self, rows: Array) -> Array:
        return rows

    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:
        plan, texts, count = self.plan, self.texts, len(rows)
        product = plan.product_of[rows]
        foreign = random.random(count) < FOREIGN
        stars = 1 + (random.random(count)[:, None] > _STARS[plan.quality[product]][:, :4]).sum(axis=1)
        mood = np.where(stars < 3, 0, np.where(stars == 3, 1, 2))
        helpful = (random.random(count) ** 6 * 60).astype(np.int64) + changed
        answered = random.random(count)
        silence = np.where(answered < 0.85, 0, np.where(answered < 0.97, 1, 2)) + texts.no_answer[0]
        recommended = (stars > 2) == (random.random(count) < 0.95)
        return np.column_stack(
            (
                plan.ids[rows],
                product + 1,
                stars,
                LAST - (random.random(count) ** 1.7 * SPAN).astype(np.int64),
                _of_each(texts.summaries, stars - 1, random),
                np.where(foreign, _of_each(texts.foreign, mood, random), _of_each(texts.bodies, mood, random)),
                texts.booleans[0] + recommended,
                texts.booleans[0] + (random.random(count) < 0.003),
                np.where(foreign, any_of(texts.accented, random, count), any_of(texts.names, random, count)),
                any_of(texts.mail, random, count),
                random.integers(0, 1000, count),
                any_of(texts.hosts, random, count),
                np.where(answered < 0.08, _of_each(texts.answers, (stars > 3).astype(int), random), silence),
                helpful,
            )
        )


class Children(File):
    """Rows that belong to reviews, in the order of those."""

    def __init__(self, plan: Plan, texts: Texts, counts: Array) -> None:
        super().__init__(plan, texts)
        self.ends = np.cumsum(counts)

    @property
    def rows(self) -> int:
        return int(self.ends[-1])

    def reviews(self, rows: Array) -> Array:
        return np.searchsorted(self.ends, rows, side="right")

    def parent(self, rows: Array, column: str) -> Array:  # noqa: ARG002 - photos have but this one
        return self.reviews(rows)


class Photos(Children):
    name, format = "reviews_photos.csv", "photos"
    header = b"id,review_id,url\n"
    layout = Layout("n, n, t n- n t")
    parents, torn = (("review_id", "reviews"),), (("review_id",),)

    def __init__(self, plan: Plan, texts: Texts) -> None:
        super().__init__(plan, texts, plan.photos)

    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:  # noqa: ARG002
        count = len(rows)
        return np.column_stack(
            (
                rows + 1,
                self.plan.ids[self.reviews(rows)],
                any_of(self.texts.photo, random, count),
                random.integers(1_400_000_000_000, 1_600_000_000_000, count),
                random.integers(10**9, 10**12, count),
                any_of(self.texts.size, random, count),
            )
        )


class Ratings(Children):
    name, format = "characteristic_reviews.csv", "characteristic_ratings"
    header = b"id,characteristic_id,review_id,value\n"
    layout = Layout("n, n, n, n")
    parents = (("review_id", "reviews"), ("characteristic_id", "characteristics"))
    torn = (("review_id",), ("characteristic_id",), ("review_id", "characteristic_id"))

    def __init__(self, plan: Plan, texts: Texts) -> None:
        super().__init__(plan, texts, plan.ratings)

    def parent(self, rows: Array, column: str) -> Array:
        return self.reviews(rows) if column == "review_id" else self.trait_of(rows)

    def trait_of(self, rows: Array) -> Array:
        """The characteristic that each rates, by its place among them."""
        review = self.reviews(rows)
        first = np.where(review > 0, self.ends[review - 1], 0)
        traits: Array = self.plan.first_trait[self.plan.product_of[review]] + rows - first
        return traits

    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:  # noqa: ARG002
        stars = 1 + (random.random(len(rows))[:, None] > _STARS[1][:4]).sum(axis=1)
        return np.column_stack((rows + 1, self.trait_of(rows) + 1, self.plan.ids[self.reviews(rows)], stars))


FILES: tuple[type[Products | Characteristics | Reviews | Photos | Ratings], ...] = (
    Products,
    Characteristics,
    Reviews,
    Photos,
    Ratings,
)


def any_of(group: Range, random: np.random.Generator, count: int) -> Array:
    """Pieces of a group, at random."""
    return group[0] + random.integers(0, group[1], count)


def _of_each(groups: list[Range], chosen: Array, random: np.random.Generator) -> Array:
    """Pieces at random, each of the group that is chosen for it."""
    firsts = np.array([first for first, _ in groups])
    counts = np.array([count for _, count in groups])
    pieces: Array = firsts[chosen] + (random.random(len(chosen)) * counts[chosen]).astype(np.int64)
    return pieces
