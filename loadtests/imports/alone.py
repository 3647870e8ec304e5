"""Reviews alone: the five files about them, out of a delivery of ten."""

from loadtests.delivery import Delivery
from loadtests.delivery.files import FILES

NAMES = tuple(each.name for each in FILES)


def reviews_of(given: Delivery) -> Delivery:
    """The delivery without what only belongs to products. Its files are links, in a folder beside."""
    folder = given.folder.with_name(f"{given.folder.name}-reviews")
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        (folder / name).unlink(missing_ok=True)
        (folder / name).hardlink_to(given.folder / name)
    return Delivery(folder, {name: given.truth[name] for name in NAMES}, given.new, given.changed)
