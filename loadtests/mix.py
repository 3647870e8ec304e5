"""Who comes, and what they do how often: every weight of the load, as data.

A user is one who asks one thing after the other; what they do is a method of their class, by its name.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Journey:
    """The class of its users, and their share of all users.

    `furnished` says that it needs what only the local system can make; `paced`, that a rate is asked of these: people
    at a desk take their own time, and come on top.
    """

    users: str
    share: int
    furnished: bool
    paced: bool


JOURNEYS = {
    "storefront": Journey("Shopper", 90, furnished=False, paced=True),
    "clients": Journey("Client", 8, furnished=True, paced=True),
    "moderators": Journey("Moderator", 2, furnished=True, paced=False),
}

SHOPPER = {"look": 60, "walk": 12, "shelf": 10, "vote": 4, "write": 1, "report": 1}
SORTED = 0.3  # of those who look also put the reviews in another order
WALKED = 3  # pages behind the first, at most
SHELF = 20  # products on a page of many

CLIENT = {"collect": 4, "look_again": 4, "one": 2}
COLLECTED = 10  # pages of a product, at most
PAGE = 100  # reviews that a client takes at once

MODERATOR = {"decide": 6, "search": 3, "read": 3}
# What they look for in the list of reviews; a product's number is filled in.
FILTERS = ("", "status=reported", "status=hidden", "rating=1", "product={product}", "q=good&product={product}")

# Between two steps, of those that no rate drives: seconds, at least and at most.
PAUSES = {"Shopper": (0.2, 1.0), "Client": (0.05, 0.2), "Moderator": (0.5, 2.0), "Nobody": (0.0, 0.0)}
EACH = 5.0  # requests a second of one user, where a rate is asked for and no number of users


def counts(journeys: tuple[str, ...], users: int) -> dict[str, int]:
    """How many of so many users each of the chosen journeys has: by their shares, but one at least."""
    whole = sum(JOURNEYS[name].share for name in journeys)
    return {name: max(1, round(users * JOURNEYS[name].share / whole)) for name in journeys}


def paced(journeys: tuple[str, ...], users: int) -> int:
    """How many of so many users a rate is asked of."""
    return users - sum(count for name, count in counts(journeys, users).items() if not JOURNEYS[name].paced)
