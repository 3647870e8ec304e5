"""The moderation report of a period: what storefronts and authorities ask for, in the spirit of the EU's DSA."""

from dataclasses import dataclass
from datetime import datetime

from backend.domain.actors import Actor
from backend.domain.decisions import Outcome
from backend.domain.states import ReviewState
from backend.services import insights
from backend.services.periods import Period
from backend.services.tallying import DECISIONS
from backend.store.database import Reader, Row

MADE_BY = ("people", "rules", "clients")
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Report:
    """`outcomes` counts decisions by what they came to and by who made them (people, rules, clients of the API).

    `reinstated` counts reviews that were refused and brought back, by approval or by taking the refusal back;
    `notices` has reason, public, colleagues; `median` is in seconds; `at_once` are the newest changes of many reviews.
    Decisions are counted up to `counted`.
    """

    period: Period
    notices: list[Row]
    outcomes: dict[Outcome, dict[str, int]]
    reasons: list[Row]
    median: float | None
    reinstated: int
    at_once: list[Row]
    counted: datetime | None

    def of(self, outcome: Outcome) -> int:
        """Decisions that came to this, whoever made them."""
        return sum(self.outcomes[outcome].values())


async def moderation(reader: Reader, actor: Actor, period: Period) -> Report:
    """The report of a period."""
    rows = await insights.rows(reader, actor, "outcomes", period.bounds())
    outcomes = {outcome: dict.fromkeys(MADE_BY, 0) for outcome in Outcome}
    reinstated = 0
    for row in rows:
        outcomes[Outcome(row["outcome"])][_maker(row["actor_kind"])] += row["decisions"]
        if row["was"] == ReviewState.HIDDEN and row["outcome"] in (Outcome.STOOD, Outcome.UNDONE):
            reinstated += row["decisions"]
    return Report(
        period,
        await insights.rows(reader, actor, "notices", period.bounds()),
        outcomes,
        await insights.reasons(reader, actor, period),
        await insights.median_wait(reader, actor, period),
        reinstated,
        await insights.rows(reader, actor, "at_once", {**period.bounds(), "most": MOST_AT_ONCE}),
        (await insights.counted(reader, actor))[DECISIONS],
    )


def _maker(actor_kind: str) -> str:
    return {"user": "people", "key": "clients"}.get(actor_kind, "rules")
