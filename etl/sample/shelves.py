"""The rest of the sample's catalogue: features, styles with skus and photos, related products, as many as in full sets.

Of each thousand rows some ten are spoiled: they take turns through all that is known to be wrong with such a file, and
some belong to nothing.
"""

from collections.abc import Callable, Sequence
from random import Random

from etl.sample.faults import FAULTS
from etl.sample.kinds import CLOTHING, SHOES, Kind
from etl.sample.truth import Fate, Ledger, Outcome, Piece
from etl.sample.values import COLUMNS, VALUES, Fields, Shape, spoiled
from etl.sample.words import COLOURS

FILES = ("features.csv", "styles.csv", "skus.csv", "photos.csv", "related.csv")
DIRT = 0.01
NOWHERE = 900_000_000  # an id that nothing has
_SIZES: dict[tuple[str, ...], tuple[str, ...]] = {
    CLOTHING: ("XS", "S", "M", "L", "XL", "XXL"),
    SHOES: ("36", "37.5", "39", "40.5", "42", "43.5", "45"),
}
_OTHER_SIZES = ("Small", "Medium", "Large", "Extra large", "One size")
_HEADS = {
    "features": b"id,product_id,feature,value\n",
    "styles": b"id,productId,name,sale_price,original_price,default_style\n",
    "skus": b"id,styleId,size,quantity\r\n",
    "style_photos": b"id,styleId,url,thumbnail_url\n",
    "related": b"id,current_product_id,related_product_id\n",
}


class Shelves:
    """Writes the five files. `lost` are products that are not taken, whose rows belong to nothing."""

    def __init__(
        self,
        ledgers: dict[str, Ledger],
        random: Random,
        kinds: Sequence[Kind],
        lost: set[int],
        photo: Callable[[Kind], str],
    ) -> None:
        self._kinds = kinds
        self._lost = lost
        self._photo = photo
        self._dice = random.random
        self._files = {
            fmt: _File(fmt, ledgers[name], self._dice)
            for fmt, name in zip(("features", "styles", "skus", "style_photos", "related"), FILES, strict=True)
        }

    def write(self) -> None:
        """All of them, product by product."""
        for index, kind in enumerate(self._kinds):
            product, orphan = index + 1, "product_id" if index + 1 in self._lost else ""
            for place in range(1 + int(self._dice() * 3.4)):
                fields = {"product_id": _number(product), **_feature(kind, place, self._dice)}
                self._files["features"].add(fields, orphan, "product_id")
            for place in range(1 + int(self._dice() * 3)):
                self._style(product, kind, place, orphan)
            self._related(product)

    def _style(self, product: int, kind: Kind, place: int, orphan: str) -> None:
        dice, styles = self._dice, self._files["styles"]
        price = int(kind.price[0] + (kind.price[1] - kind.price[0]) * dice())
        yes, no = (b"1", b"0") if dice() < 0.7 else (b"true", b"false")
        fields = {
            "product_id": _number(product),
            "name": _quoted(f"{COLOURS[int(dice() * len(COLOURS))]} & {COLOURS[int(dice() * len(COLOURS))]}"),
            "sale_price": _quoted(str(price * 3 // 4)) if dice() < 0.2 else b"null",
            "original_price": _quoted(str(price)),
            "default_style": no if place else yes,
        }
        taken = styles.add(fields, orphan, "product_id")
        lost = "" if taken else "style_id"
        for size in _SIZES.get(kind.traits, _OTHER_SIZES):
            fields = {"style_id": _number(styles.number), "size": _quoted(size), "quantity": _number(int(dice() * 60))}
            self._files["skus"].add(fields, lost, "style_id")
        for _ in range(1 + int(dice() * 3.7)):
            url = _quoted(self._photo(kind))
            fields = {
                "style_id": _number(styles.number),
                "url": url,
                "thumbnail_url": url if dice() < 0.98 else b"null",
            }
            self._files["style_photos"].add(fields, lost, "style_id")

    def _related(self, product: int) -> None:
        known = len(self._kinds)
        for _ in range(2 + int(self._dice() * 6)):
            other = 1 + int(self._dice() * known)
            if product in self._lost:
                orphan = "current_product_id"
                other = product if other in self._lost else other
            else:
                orphan = "related_product_id" if other in self._lost else ""
            fields = {"current_product_id": _number(product), "related_product_id": _number(other)}
            fate = _refused("itself", "related_product_id") if other == product else None
            self._files["related"].add(fields, orphan, "related_product_id", fate)


class _File:
    """One of the files: its rows get their numbers here, and their dirt."""

    def __init__(self, fmt: str, ledger: Ledger, dice: Callable[[], float]) -> None:
        self.number = 0
        self._fmt = fmt
        self._ledger = ledger
        self._dice = dice
        self._spoiled = 0
        end = b"\r\n" if fmt == "skus" else b"\n"
        self._shape = Shape(COLUMNS[fmt], end)
        ledger.head(_HEADS[fmt])

    def add(self, fields: Fields, orphan: str, parent: str, fate: Fate | None = None) -> bool:
        """Write a row; whether it is taken. `orphan` is the column whose parent is not there, `parent` one that may be
        made to point nowhere, `fate` what is known of it by now.
        """
        self.number += 1
        fields = {"id": _number(self.number), **fields}
        if fate is not None or orphan:
            return self._plant([(self._shape.line(fields), fate or _refused("orphan", orphan))])
        dirt = self._dice() / DIRT
        if dirt >= 1:
            self._ledger.rows(self._shape.line(fields))
            return True
        if dirt < 0.2:
            lost = {**fields, parent: _number(NOWHERE)}
            return self._plant([(self._shape.line(lost), _refused("orphan", parent))])
        return self._plant(self._turn(fields))

    def _turn(self, fields: Fields) -> list[Piece]:
        """The next of all that can be wrong with a row of this format."""
        faults, values = FAULTS[self._fmt], VALUES[self._fmt]
        turn, self._spoiled = self._spoiled % (len(faults) + len(values)), self._spoiled + 1
        if turn < len(faults):
            return faults[turn](fields, self._shape)
        return [spoiled(self._fmt, fields, self._shape, [values[turn - len(faults)]])]

    def _plant(self, pieces: Sequence[Piece]) -> bool:
        return self._ledger.plant(pieces)


def _feature(kind: Kind, place: int, dice: Callable[[], float]) -> Fields:
    named = (
        ("Material", kind.materials),
        ("Made for", kind.uses),
        ("Detail", kind.parts),
        ("Care", ("Wipe clean", "Machine wash, cold", "Hand wash", "null")),
    )
    name, values = named[place % len(named)]
    value = values[int(dice() * len(values))]
    return {"feature": _quoted(name), "value": b"null" if value == "null" else _quoted(value)}


def _number(number: int) -> bytes:
    return b"%d" % number


def _quoted(text: str) -> bytes:
    return b'"' + text.replace('"', '""').encode() + b'"'


def _refused(reason: str, column: str) -> Fate:
    return Fate(Outcome.REJECTED, (reason,), (column,))
