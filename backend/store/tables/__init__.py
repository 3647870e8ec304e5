"""The shape of the database, one module a subject. Alembic compares these with the migrations (`alembic check`)."""

from backend.store.tables.base import metadata
from backend.store.tables.catalogue import characteristic, product
from backend.store.tables.imports import (
    import_file,
    import_mapping,
    import_orphan,
    import_range,
    import_reject,
    import_run,
    import_signature,
    search_due,
)
from backend.store.tables.jobs import job, job_line
from backend.store.tables.moderation import moderation_case, reason, report, vote
from backend.store.tables.people import api_key, login_throttle, session, user_account
from backend.store.tables.queue import claim, reply_template, review_note
from backend.store.tables.replicas import replica, replica_lease
from backend.store.tables.reviews import product_rollup, review, review_search
from backend.store.tables.trace import catalogue_before, event, review_before
from backend.store.tables.writes import idempotency_key, screening_rule, submission, write_rate

__all__ = [
    "api_key",
    "catalogue_before",
    "characteristic",
    "claim",
    "event",
    "idempotency_key",
    "import_file",
    "import_mapping",
    "import_orphan",
    "import_range",
    "import_reject",
    "import_run",
    "import_signature",
    "job",
    "job_line",
    "login_throttle",
    "metadata",
    "moderation_case",
    "product",
    "product_rollup",
    "reason",
    "replica",
    "replica_lease",
    "reply_template",
    "report",
    "review",
    "review_before",
    "review_note",
    "review_search",
    "screening_rule",
    "search_due",
    "session",
    "submission",
    "user_account",
    "vote",
    "write_rate",
]
