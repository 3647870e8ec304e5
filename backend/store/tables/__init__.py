"""The shape of the database, one module a subject. Alembic compares these with the migrations (`alembic check`)."""

from backend.store.tables.base import metadata
from backend.store.tables.bulk import bulk, bulk_left, bulk_part
from backend.store.tables.catalogue import (
    catalogue_orphan,
    characteristic,
    feature,
    product,
    product_edited,
    product_page,
    related,
    sku,
    style,
    style_photo,
)
from backend.store.tables.imports import (
    import_file,
    import_mapping,
    import_orphan,
    import_range,
    import_reject,
    import_run,
    import_signature,
    index_due,
    search_due,
)
from backend.store.tables.jobs import job, job_line
from backend.store.tables.load_tests import load_test
from backend.store.tables.moderation import moderation_case, reason, report, vote
from backend.store.tables.people import api_key, invitation, login_throttle, session, user_account
from backend.store.tables.personal import personal_row, reviewer_search
from backend.store.tables.queue import claim, reply_template, review_note
from backend.store.tables.replicas import replica, replica_lease
from backend.store.tables.reviews import product_rollup, review, review_edited, review_search
from backend.store.tables.system import alert, instance, metric_gauge, metric_request
from backend.store.tables.tallies import tally_case, tally_decision, tally_mark, tally_review
from backend.store.tables.trace import catalogue_before, event, review_before
from backend.store.tables.views import export, export_part, saved_view
from backend.store.tables.writes import idempotency_key, screening_rule, submission, write_rate

__all__ = [
    "alert",
    "api_key",
    "bulk",
    "bulk_left",
    "bulk_part",
    "catalogue_before",
    "catalogue_orphan",
    "characteristic",
    "claim",
    "event",
    "export",
    "export_part",
    "feature",
    "idempotency_key",
    "import_file",
    "import_mapping",
    "import_orphan",
    "import_range",
    "import_reject",
    "import_run",
    "import_signature",
    "index_due",
    "instance",
    "invitation",
    "job",
    "job_line",
    "load_test",
    "login_throttle",
    "metadata",
    "metric_gauge",
    "metric_request",
    "moderation_case",
    "personal_row",
    "product",
    "product_edited",
    "product_page",
    "product_rollup",
    "reason",
    "related",
    "replica",
    "replica_lease",
    "reply_template",
    "report",
    "review",
    "review_before",
    "review_edited",
    "review_note",
    "review_search",
    "reviewer_search",
    "saved_view",
    "screening_rule",
    "search_due",
    "session",
    "sku",
    "style",
    "style_photo",
    "submission",
    "tally_case",
    "tally_decision",
    "tally_mark",
    "tally_review",
    "user_account",
    "vote",
    "write_rate",
]
