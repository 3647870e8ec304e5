"""Features, styles with skus and photos, related products: rows of each spread evenly over what they belong to."""

from abc import abstractmethod

import numpy as np

from loadtests.delivery.assemble import Array, Layout
from loadtests.delivery.files import File, any_of
from loadtests.delivery.plan import FEATURES, PRODUCTS, RELATED, SKUS, STYLE_PHOTOS, STYLES, Plan


class Shelf(File):
    """Rows that belong to products or styles, in the order of those."""

    whole: int  # rows of the full set
    of: str  # the format of what they belong to

    @property
    def rows(self) -> int:
        return rows_of(self.plan, self.whole)

    def parent(self, rows: Array, column: str) -> Array:  # noqa: ARG002 - most have but one
        owners = self.plan.products if self.of == "products" else rows_of(self.plan, STYLES)
        places: Array = rows * owners // self.rows
        return places

    @abstractmethod
    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array: ...


class Features(Shelf):
    name, format, whole, of = "features.csv", "features", FEATURES, "products"
    header = b"id,product_id,feature,value\n"
    layout = Layout("n, n, t, t")
    parents, torn = (("product_id", "products"),), (("product_id",),)

    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:  # noqa: ARG002
        texts, count = self.texts, len(rows)
        product = self.parent(rows, "product_id") + 1
        return np.column_stack(
            (rows + 1, product, any_of(texts.features, random, count), any_of(texts.materials, random, count))
        )


class Styles(Shelf):
    name, format, whole, of = "styles.csv", "styles", STYLES, "products"
    header = b"id,productId,name,sale_price,original_price,default_style\n"
    layout = Layout("n, n, t, t, t, n")
    parents, torn = (("product_id", "products"),), (("product_id",),)

    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:  # noqa: ARG002
        texts, count = self.texts, len(rows)
        product = self.parent(rows, "product_id")
        price = any_of(texts.prices, random, count)
        reduced = random.random(count) < 0.2
        before = self.parent(np.maximum(rows - 1, 0), "product_id")
        is_first = (product != before) | (rows == 0)
        return np.column_stack(
            (
                rows + 1,
                product + 1,
                any_of(texts.colours, random, count),
                np.where(reduced, any_of(texts.prices, random, count), texts.no_answer[0]),
                price,
                is_first,
            )
        )


class Skus(Shelf):
    name, format, whole, of = "skus.csv", "skus", SKUS, "styles"
    header = b"id,styleId,size,quantity\n"
    layout = Layout("n, n, t, n")
    parents, torn = (("style_id", "styles"),), (("style_id",),)

    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:  # noqa: ARG002
        count = len(rows)
        style = self.parent(rows, "style_id") + 1
        return np.column_stack(
            (rows + 1, style, any_of(self.texts.sizes, random, count), random.integers(0, 60, count))
        )


class StylePhotos(Shelf):
    name, format, whole, of = "photos.csv", "style_photos", STYLE_PHOTOS, "styles"
    header = b"id,styleId,url,thumbnail_url\n"
    layout = Layout("n, n, t n- n t, t n- n t")
    parents, torn = (("style_id", "styles"),), (("style_id",),)

    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:  # noqa: ARG002
        texts, count = self.texts, len(rows)
        url = (
            any_of(texts.photo, random, count),
            random.integers(1_400_000_000_000, 1_600_000_000_000, count),
            random.integers(10**9, 10**12, count),
        )
        large, small = (any_of(texts.size, random, count) for _ in range(2))
        return np.column_stack((rows + 1, self.parent(rows, "style_id") + 1, *url, large, *url, small))


class Related(Shelf):
    name, format, whole, of = "related.csv", "related", RELATED, "products"
    header = b"id,current_product_id,related_product_id\n"
    layout = Layout("n, n, n")
    parents = (("current_product_id", "products"), ("related_product_id", "products"))
    # Both nowhere would be one and the same.
    torn = (("current_product_id",), ("related_product_id",))

    def parent(self, rows: Array, column: str) -> Array:
        product = super().parent(rows, column)
        if column == "current_product_id":
            return product
        others = self.plan.products - 1
        places: Array = (product + 1 + rows * 7_919 % others) % (others + 1)
        return places

    def parts(self, rows: Array, random: np.random.Generator, changed: Array) -> Array:  # noqa: ARG002 - all is fixed
        return np.column_stack((rows + 1, *(self.parent(rows, column) + 1 for column, _ in self.parents)))


def rows_of(plan: Plan, whole: int) -> int:
    """How many rows of a file of the full set there are in this one: as many of a product."""
    return max(1, round(whole * plan.products / PRODUCTS))


SHELVES: tuple[type[Features | Styles | Skus | StylePhotos | Related], ...] = (
    Features,
    Styles,
    Skus,
    StylePhotos,
    Related,
)
