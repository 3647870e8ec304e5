"""What was counted of decisions, of cases and of reviews, by quarters of an hour: every zone's days are made of these.

The worker counts (`services/tallying`); pages add up. Nothing here names a review or a text.
"""

from datetime import datetime

from sqlalchemy import Column, DateTime, Float, Index, Integer, SmallInteger, Table, Text, text

from backend.domain.decisions import Outcome
from backend.store.tables.base import metadata, one_of

_NONE = text("0")


def _quarter(*, primary_key: bool = False) -> Column[datetime]:
    return Column("quarter", DateTime(timezone=True), nullable=False, comment="Its beginning", primary_key=primary_key)


tally_decision = Table(
    "tally_decision",
    metadata,
    _quarter(),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Integer, comment="The user or the API key, by its kind"),
    Column("outcome", Text, nullable=False),
    Column("was", Text, comment="The state before; null for a review that nobody had seen"),
    Column("reason", Text, comment="A reason's code"),
    Column("rating", SmallInteger, comment="The stars of the reviews; null where they are gone"),
    Column("waited", SmallInteger, comment="How long their cases were open, as a step of domain/waiting.py"),
    Column("decisions", Integer, nullable=False),
    one_of("outcome", [outcome.value for outcome in Outcome], "outcome_known"),
    Index("tally_decision_quarter_idx", "quarter"),
    comment="Decisions about reviews, counted once. Rows are added, never changed: what is alike adds up on reading",
)

tally_case = Table(
    "tally_case",
    metadata,
    _quarter(),
    Column("kind", Text, nullable=False, comment="reported or held"),
    Column("opened", Integer, nullable=False),
    Index("tally_case_quarter_idx", "quarter"),
    comment="Cases that were opened, counted once",
)

tally_review = Table(
    "tally_review",
    metadata,
    _quarter(primary_key=True),
    Column("delivered", Integer, nullable=False, server_default=_NONE),
    Column("born", Integer, nullable=False, server_default=_NONE, comment="Written here, through the API"),
    comment="Reviews by when they were written, of the last months; counted anew now and then",
)

tally_mark = Table(
    "tally_mark",
    metadata,
    Column("name", Text, primary_key=True),
    Column("upto", DateTime(timezone=True), nullable=False, comment="All that happened before it is counted"),
    Column("seconds", Float, nullable=False, server_default=_NONE, comment="How long counting took the last time"),
    comment="How far each tally has come: what pages say as “as of”",
)

__all__ = ["tally_case", "tally_decision", "tally_mark", "tally_review"]
