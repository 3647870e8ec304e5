"""A sample delivery of our own: deterministic, quoted as real deliveries are, with dirt whose truth is known.

It is what a newcomer sees in the console, and what the tests hold the import against. Product 1 is among the most
reviewed.
Photos stand under `photo_base_url` by the names of `photo_names()`.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from random import Random

from etl.sample import prose, shelves
from etl.sample.dirt import plant_review
from etl.sample.kinds import KINDS, Kind
from etl.sample.truth import DUPLICATE, STRUCT, TAKEN, Fate, FileTruth, Ledger, Outcome, Truth
from etl.sample.values import COLUMNS
from etl.sample.words import ACCENTED, ANIMALS, HANDLES, LINES, MAIL_HOSTS, NAMES, SLOGANS, SURNAMES

__all__ = ["FILES", "PRODUCTS", "SEED", "FileTruth", "Truth", "photo_names", "write"]

FILES = (
    "product.csv",
    "characteristics.csv",
    "reviews.csv",
    "reviews_photos.csv",
    "characteristic_reviews.csv",
    *shelves.FILES,
)
PRODUCTS, SEED = 20_000, 2026
PHOTOS_A_CATEGORY = 8
LAST = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
DAY_MS = 86_400_000
DIRT = 0.01
NOWHERE = 900_000_000  # an id that nothing has
REVIEWS_HEADER = (
    b"id,product_id,rating,date,summary,body,recommend,reported,reviewer_name,reviewer_email,response,helpfulness\n"
)
_NAMES = COLUMNS["reviews"]
_ORPHAN = Fate(Outcome.REJECTED, ("orphan",), ("review_id",))
_ORPHAN_OF_TRAIT = Fate(Outcome.REJECTED, ("orphan",), ("characteristic_id",))
# Shares of stars from 1 to 5 for a poor, a middling and a good product.
STARS = ((24, 22, 24, 18, 12), (9, 9, 18, 32, 32), (3, 4, 9, 27, 57))


def photo_names() -> tuple[str, ...]:
    """Every image a sample photo may point at, relative to the base URL: `bags-1.svg` and so on."""
    categories = sorted({kind.photo for kind in KINDS})
    return tuple(f"{word}-{number}.svg" for word in categories for number in range(1, PHOTOS_A_CATEGORY + 1))


def write(
    folder: Path,
    *,
    products: int = PRODUCTS,
    reviews: int = 100_000,
    seed: int = SEED,
    photo_base_url: str = "http://127.0.0.1:8080/sample-photos",
    on_progress: Callable[[int, int], None] | None = None,
) -> Truth:
    """Write the ten files into `folder` (made if missing) and return what an import of them must report.

    The same arguments give the same bytes. `on_progress` is told reviews written and reviews in all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return _Delivery(folder, products, reviews, seed, photo_base_url.rstrip("/"), on_progress).write()


def _q(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class _Delivery:
    def __init__(
        self,
        folder: Path,
        products: int,
        reviews: int,
        seed: int,
        photo_base_url: str,
        on_progress: Callable[[int, int], None] | None,
    ) -> None:
        self.folder = folder
        self.reviews = reviews
        self.random = Random(seed)
        self.dice = self.random.random
        self.photo_base_url = photo_base_url
        self.on_progress = on_progress
        self.truth: Truth = {name: FileTruth() for name in FILES}
        self.ledgers: dict[str, Ledger] = {}
        self.kinds = [KINDS[int(self.dice() * len(KINDS))] for _ in range(products)]
        self.kinds[0] = next(kind for kind in KINDS if kind.noun == "Camo Onesie")
        self.banks = {kind.noun: prose.bank_of(kind) for kind in KINDS}
        self.traits: list[list[int]] = []  # the ids of each product's characteristics
        self.lost: set[int] = set()  # products that are not taken
        self.shelved = Random(seed + 1)  # its own, so that it changes nothing in the other files

    def write(self) -> Truth:
        with ExitStack() as files:
            for name, truth in self.truth.items():
                file = files.enter_context((self.folder / name).open("wb"))
                self.ledgers[name] = Ledger(truth, file.write)
            self._products()
            self._characteristics()
            self._reviews(self._popularity())
            shelves.Shelves(self.ledgers, self.shelved, self.kinds, self.lost, self._photo).write()
        return self.truth

    def _pick(self, words: tuple[str, ...]) -> str:
        return words[int(self.dice() * len(words))]

    def _photo(self, kind: Kind) -> str:
        return f"{self.photo_base_url}/{kind.photo}-{1 + int(self.shelved.random() * PHOTOS_A_CATEGORY)}.svg"

    def _products(self) -> None:
        ledger = self.ledgers["product.csv"]
        ledger.head(b"ID,Name,Slogan,Description,Category,Default_Price\n")
        for index, kind in enumerate(self.kinds):
            material = self._pick(kind.materials)
            name = f"{self._pick(LINES)} {material} {kind.noun}"
            if index == 0:
                name = "Camo Onesie"
            low, high = kind.price
            price, reason = str(int(low + (high - low) * self.dice() ** 1.6)), ""
            # Of a product with a broken price the reviews still tell; product 1 is whole.
            if index and self.dice() < DIRT / 4:
                price, reason = (("free", "number"), ("-5", "range"))[self.dice() < 0.5]
                self.lost.add(index + 1)
            description = (
                f"{'' if kind.plural else _article(material)}{_small(material)} {_small(kind.noun)} made for"
                f" {self._pick(kind.uses)}, with particular care for the {self._pick(kind.parts)}."
            )
            line = (
                f"{index + 1},{_q(name)},{_q(self._pick(SLOGANS))},{_q(description[0].upper() + description[1:])},"
                f"{_q(kind.category)},{_q(price)}\n"
            ).encode()
            _enter(ledger, line, _refused(reason, "default_price") if reason else TAKEN)

    def _characteristics(self) -> None:
        ledger = self.ledgers["characteristics.csv"]
        ledger.head(b"\xef\xbb\xbfid,product_id,name\r\n")
        number = 0
        for index, kind in enumerate(self.kinds):
            ids = []
            for name in kind.traits:
                number += 1
                ids.append(number)
                shouted = index and self.dice() < DIRT / 2
                line = f'{number},{index + 1},"{name.upper() if shouted else name}"\n'.encode()
                _enter(ledger, line, Fate(Outcome.TAKEN, repairs=("name",)) if shouted else TAKEN)
            self.traits.append(ids)
            if index and self.dice() < DIRT:
                number += 1
                name, reason = (("Colour", "name"), (kind.traits[0], "duplicate_name"))[self.dice() < 0.5]
                _enter(ledger, f'{number},{index + 1},"{name}"\n'.encode(), _refused(reason, "name"))

    def _popularity(self) -> list[int]:
        """How many reviews each product has: a few have more than a thousand of 100,000, many have none."""
        ranks = list(range(1, len(self.kinds) + 1))
        self.random.shuffle(ranks)
        place = ranks.index(min(3, len(ranks)))
        ranks[0], ranks[place] = ranks[place], ranks[0]
        weights = list(accumulate(rank**-0.75 for rank in ranks))
        counts = [0] * len(ranks)
        for index in self.random.choices(range(len(ranks)), cum_weights=weights, k=self.reviews):
            counts[index] += 1
        return counts

    def _reviews(self, counts: list[int]) -> None:
        ledger = self.ledgers["reviews.csv"]
        ledger.head(REVIEWS_HEADER)
        photos, ratings = _Photos(self), _Ratings(self)
        dice, number, written, dirty = self.dice, 0, 0, 0
        for index, count in enumerate(counts):
            kind = self.kinds[index]
            bank, shares = self.banks[kind.noun], STARS[int(dice() ** 0.6 * 3)]
            for stars in self.random.choices((1, 2, 3, 4, 5), shares, k=count):
                number += 1 + (dice() < 0.01)
                fields = self._review(number, index + 1, stars, bank)
                taken = True
                if dice() < DIRT:
                    parts = [field.encode() for field in fields]
                    taken = ledger.plant(plant_review(dict(zip(_NAMES, parts, strict=True)), dirty))
                    dirty += 1
                else:
                    ledger.rows((",".join(fields) + "\n").encode())
                photos.of(number, kind, taken)
                ratings.of(number, index, stars, taken)
            written += count
            if self.on_progress and index % 500 == 0:
                self.on_progress(written, self.reviews)
        photos.close()
        if self.on_progress:
            self.on_progress(written, self.reviews)

    def _review(self, number: int, product: int, stars: int, bank: prose.Bank) -> list[str]:
        dice = self.dice
        foreign = dice() < 0.02
        name = self._pick(ACCENTED if foreign else NAMES)
        style = dice()
        if style < 0.35:
            shown = f"{name} {self._pick(SURNAMES)}."
        elif style < 0.6:
            shown = f"{self._pick(HANDLES)}{self._pick(ANIMALS)}{int(dice() * 90) + 10}"
        else:
            shown = name
        handle = name.lower().replace("-", "") if name.isascii() else self._pick(HANDLES)
        at = int(LAST.timestamp() * 1000) - int(dice() ** 1.7 * 2200 * DAY_MS)
        date = str(at) if dice() < 0.75 else datetime.fromtimestamp(at / 1000, UTC).strftime('"%Y-%m-%d"')
        yes, no = ("true", "false") if (form := dice()) < 0.83 else ("1", "0") if form < 0.98 else ("t", "f")
        reply = dice()
        return [
            str(number),
            str(product),
            str(stars),
            date,
            _q(prose.summary(bank, stars, dice)),
            _q(prose.body(bank, stars, dice, special=dice() < 0.15, foreign=foreign)),
            yes if (stars > 2) == (dice() < 0.95) else no,
            yes if dice() < 0.003 else no,
            _q(shown),
            _q(f"{handle}.{self._pick(ANIMALS)}{int(dice() * 1000)}@{self._pick(MAIL_HOSTS)}"),
            _q(prose.response(stars, dice))
            if reply < 0.08
            else "null"
            if reply < 0.85
            else ""
            if reply < 0.97
            else '"null"',
            str(int(dice() ** 6 * 60)),
        ]


class _Photos:
    def __init__(self, delivery: _Delivery) -> None:
        self.delivery = delivery
        self.ledger = delivery.ledgers["reviews_photos.csv"]
        self.ledger.head(b"id,review_id,url\n")
        self.number = 0

    def of(self, review: int, kind: Kind, taken: bool) -> None:
        dice = self.delivery.dice
        if dice() >= 0.22:
            return
        for _ in range(1 + int(dice() ** 1.4 * 4)):
            self.number += 1
            url = f"{self.delivery.photo_base_url}/{kind.photo}-{1 + int(dice() * PHOTOS_A_CATEGORY)}.svg"
            dirt = dice() / DIRT
            parent, fate = review, TAKEN
            if dirt < 0.4:
                url = ("ftp://photos.example/1.jpg", "no photo", "javascript:alert(1)")[int(dice() * 3)]
                fate = _refused("url", "url")
            elif not taken or dirt < 0.8:
                parent, fate = review if not taken else NOWHERE, _ORPHAN
            line = f'{self.number},{parent},"{url}"\n'.encode()
            _enter(self.ledger, line, fate)
            if fate is TAKEN and dirt < 1:
                _enter(self.ledger, line, DUPLICATE)

    def close(self) -> None:
        """End the file in the middle of a quoted field, as a transfer that broke off does."""
        line = f'{self.number + 1},1,"{self.delivery.photo_base_url}/ba'.encode()
        _enter(self.ledger, line, STRUCT)


class _Ratings:
    def __init__(self, delivery: _Delivery) -> None:
        self.delivery = delivery
        self.ledger = delivery.ledgers["characteristic_reviews.csv"]
        self.ledger.head(b"id,characteristic_id,review_id,value\n")
        self.number = 0

    def of(self, review: int, product: int, stars: int, taken: bool) -> None:
        dice = self.delivery.dice
        for trait in self.delivery.traits[product]:
            self.number += 1
            value = min(5, max(1, stars + int(dice() * 3 - 1)))
            dirt = dice() / DIRT
            fate = TAKEN if taken else _ORPHAN
            written = trait, review, value
            if dirt < 1:
                written, fate = self._spoil(trait, review, product, value, dirt, taken)
            line = f"{self.number},{written[0]},{written[1]},{written[2]}\n".encode()
            _enter(self.ledger, line, TAKEN if fate is DUPLICATE else fate)
            if fate is DUPLICATE:
                _enter(self.ledger, line, fate)

    def _spoil(
        self, trait: int, review: int, product: int, value: int, dirt: float, taken: bool
    ) -> tuple[tuple[int, int, int], Fate]:
        traits = self.delivery.traits
        if dirt < 0.4:
            return (trait, review, (0, 6, -1)[int(dirt * 7)]), _refused("range", "value")
        if not taken:
            return (trait, review, value), _ORPHAN
        if dirt < 0.6:
            return (trait, NOWHERE, value), _ORPHAN
        if dirt < 0.8:
            return (NOWHERE, review, value), _ORPHAN_OF_TRAIT
        if dirt < 0.9 and len(traits) > 1:
            return (traits[product - 1][0], review, value), _refused("other_product", "characteristic_id")
        return (trait, review, value), DUPLICATE


def _refused(reason: str, column: str) -> Fate:
    return Fate(Outcome.REJECTED, (reason,), (column,))


def _enter(ledger: Ledger, line: bytes, fate: Fate) -> None:
    """Write one line: a plain row, or one that was planted."""
    if fate is TAKEN:
        ledger.rows(line)
    else:
        ledger.plant(((line, fate),))


def _small(words: str) -> str:
    """Lower case, but for units and letters that name a shape: `20 L`, `T-Shirt`."""
    return " ".join(word if len(word.split("-")[0]) == 1 else word.lower() for word in words.split(" "))


def _article(word: str) -> str:
    return "an " if word[0] in "AEIOUaeiou" else "a "
