"""What a whole delivery holds: how many rows, of which products, who belongs to whom. The same for the same seed."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
PRODUCTS, CHARACTERISTICS, REVIEWS, PHOTOS, RATINGS = 1_000_011, 3_347_679, 5_774_952, 2_742_540, 19_327_575
FEATURES, STYLES, SKUS, STYLE_PHOTOS, RELATED = 2_200_000, 2_000_000, 11_300_000, 5_700_000, 4_500_000
HOT = 25_000  # reviews of the most reviewed product
GAPS = 0.01  # of the reviews' ids
NEW, MISSING, CHANGED = 0.0002, 0.0002, 0.01  # shares of the reviews in the next delivery
_PHOTOS = (0.78, 0.066, 0.077, 0.053, 0.024)  # shares of reviews with 0 to 4 photos
_SKEW = 1.6


@dataclass(frozen=True, slots=True)
class Variant:
    """Which delivery: the first, or the `next` one with a few rows changed, new and missing."""

    scale: float
    seed: int
    next: bool = False


class Plan:
    """Numbers of all rows. Reviews stand in the order of their ids and products; the last `new` only come next."""

    def __init__(self, variant: Variant) -> None:
        self.variant = variant
        self.products = max(20, round(PRODUCTS * variant.scale))
        self.reviews = max(100, round(REVIEWS * variant.scale))
        self.new = max(1, round(self.reviews * NEW))
        random = np.random.default_rng([variant.seed, 1])
        self.product_of = self._products_of_reviews(random)
        self.ids = np.cumsum(1 + (random.random(len(self.product_of)) < GAPS)).astype(np.int64)
        self.traits = self._traits()
        self.first_trait = np.concatenate(([0], np.cumsum(self.traits)[:-1]))
        self.quality = (random.random(self.products) ** 0.6 * 3).astype(np.int8)
        self.photos = self._photos(random)
        self.ratings = self._ratings()
        self.missing = random.random(len(self.product_of)) < MISSING
        self.missing[self.reviews :] = False
        self.changed = random.random(len(self.product_of)) < CHANGED

    def _products_of_reviews(self, random: np.random.Generator) -> Array:
        hot = min(HOT, self.reviews // 20)
        weights = np.minimum(random.pareto(_SKEW, self.products), 3_000)
        counts = random.multinomial(self.reviews - hot, weights / weights.sum())
        counts[self.products // 3] += hot
        known = np.repeat(np.arange(self.products), counts)
        later = np.sort(random.integers(0, self.products, self.new))
        return np.concatenate((known, later)).astype(np.int64)

    def _traits(self) -> Array:
        """How many characteristics each product has: 3 or 4, much-reviewed ones 4."""
        wanted = round(self.products * CHARACTERISTICS / PRODUCTS)
        steps = np.arange(self.products + 1) * wanted // self.products
        traits = np.diff(steps)
        order = np.argsort(-np.bincount(self.product_of[: self.reviews], minlength=self.products), kind="stable")
        few = [each for each in order[: self.products // 500 + 1] if traits[each] == 3]
        many = [each for each in order[::-1][: self.products // 10 + 1] if traits[each] == 4][: len(few)]
        traits[few[: len(many)]] = 4
        traits[many] = 3
        return traits.astype(np.int64)

    def _photos(self, random: np.random.Generator) -> Array:
        counts = random.choice(5, size=len(self.product_of), p=_PHOTOS)
        counts[self.reviews :] = 1
        lack = round(self.reviews * PHOTOS / REVIEWS) - int(counts[: self.reviews].sum())
        fitting = np.flatnonzero(counts[: self.reviews] < 4) if lack > 0 else np.flatnonzero(counts[: self.reviews])
        counts[_spread(fitting, abs(lack))] += 1 if lack > 0 else -1
        return counts.astype(np.int64)

    def _ratings(self) -> Array:
        """How many characteristics each review rates: all of its product's, but for a few reviews."""
        counts = self.traits[self.product_of]
        over = int(counts[: self.reviews].sum()) - round(self.reviews * RATINGS / REVIEWS)
        counts[_spread(np.arange(self.reviews), over)] -= 1
        return counts


def _spread(places: Array, count: int) -> Array:
    """`count` of the places, evenly."""
    count = max(0, min(count, len(places)))
    return places[np.arange(count) * len(places) // max(1, count)]
