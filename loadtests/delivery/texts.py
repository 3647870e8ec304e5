"""The pieces that rows are made of: reviews that read like the sample's, names, addresses, products."""

from random import Random

from etl.sample import prose
from etl.sample.kinds import KINDS
from etl.sample.words import ACCENTED, ANIMALS, COLOURS, HANDLES, LINES, MAIL_HOSTS, NAMES, SLOGANS, SURNAMES
from loadtests.delivery.assemble import Pool

BODIES, FOREIGN = 8_192, 512  # of each mood
SPECIAL = 0.15  # share of bodies with commas, doubled quotes and line breaks
TRAITS = {4: ("Fit", "Length", "Comfort", "Quality"), 3: ("Size", "Comfort", "Quality"), 2: ("Comfort", "Quality")}
Range = tuple[int, int]


def _q(text: str) -> bytes:
    return b'"' + text.replace('"', '""').encode() + b'"'


class Texts:
    """All pieces in one pool; each attribute names a range of them: the first, and how many."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        self.pool = Pool()
        add, banks = self.pool.add, [prose.bank_of(kind) for kind in KINDS]
        one = random.choice

        def body(stars: int, *, foreign: bool) -> bytes:
            special = not foreign and random.random() < SPECIAL
            return _q(prose.body(one(banks), stars, random.random, special=special, foreign=foreign))

        stars_of = (1, 3, 5)  # of a bad, a fair and a good mood
        self.bodies = [add(body(stars, foreign=False) for _ in range(BODIES)) for stars in stars_of]
        self.foreign = [add(body(stars, foreign=True) for _ in range(FOREIGN)) for stars in stars_of]
        self.summaries = [
            add(_q(prose.summary(one(banks), stars, random.random)) for _ in range(256)) for stars in range(1, 6)
        ]
        self.names = add(_q(name) for name in (*NAMES, *(f"{name} {one(SURNAMES)}." for name in NAMES)))
        self.accented = add(_q(name) for name in ACCENTED)
        self.mail = add(b'"%s.%s' % (one(HANDLES).encode(), one(ANIMALS).encode()) for _ in range(512))
        self.hosts = add(b'@%s"' % host.encode() for host in MAIL_HOSTS)
        self.answers = [add(_q(prose.response(stars, random.random)) for _ in range(64)) for stars in (1, 5)]
        self.no_answer = add((b"null", b"", b'"null"'))
        self.booleans = add((b"false", b"true"))
        self.traits = {count: add(map(_q, names)) for count, names in TRAITS.items()}
        self.photo = add((b'"https://images.example.com/photo-',))
        self.size = add(b'?ixlib=rb-1.2.1&auto=format&fit=crop&w=%d&q=80"' % width for width in (640, 975, 1650))
        materials = [(kind, material) for kind in KINDS for material in kind.materials]
        self.products = add(_q(f"{one(LINES)} {material} {kind.noun}") for kind, material in materials * 16)
        self.slogans = add(map(_q, SLOGANS))
        self.descriptions = add(
            _q(f"{material} {kind.noun.lower()} made for {one(kind.uses)}, with care for the {one(kind.parts)}.")
            for kind, material in materials * 4
        )
        self.categories = add(_q(kind.category) for kind in KINDS)
        self.prices = add(b'"%d"' % price for price in range(9, 409))
        self.features = add(_q(name) for name in ("Material", "Made for", "Detail", "Care", "Sole", "Lining"))
        self.materials = add(_q(material) for _, material in materials)
        self.colours = add(_q(f"{one(COLOURS)} & {one(COLOURS)}") for _ in range(256))
        self.sizes = add(_q(size) for size in ("XS", "S", "M", "L", "XL", "XXL", "7.5", "8", "8.5", "9"))
        self.pool.close()
