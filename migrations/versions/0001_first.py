"""The first shape: catalogue, reviews with their rollups and search, trace, people, imports, and the queue.

Revision ID: 0001
Revises:
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


SQL = Path(__file__).parent.parent / "sql"
BORN_HERE = ("characteristic_id_seq", "review_id_seq", "photo_id_seq", "rating_id_seq")
ENUMS = ("characteristic_name", "file_state", "review_state", "run_state", "user_role")


def run(name: str) -> None:
    """Run a file of statements as it stands: straight through the driver, which takes several at once and no parameters."""
    statements = (SQL / name).read_text(encoding="utf-8")
    if op.get_context().as_sql:
        op.execute(statements.replace(":", r"\:"))
    else:
        op.get_bind().connection.cursor().execute(statements)


def upgrade() -> None:
    run("0001_before.sql")
    for name in BORN_HERE:
        op.execute(f"create sequence {name} as int start 1000000000")
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the key"),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("api_key_pkey")),
        sa.UniqueConstraint("key_hash", name=op.f("api_key_key_hash_key")),
        comment="Clients of the API that say who they are",
    )
    op.create_table(
        "characteristic",
        sa.Column("id", sa.Integer(), server_default=sa.text("nextval('characteristic_id_seq')"), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column(
            "name",
            postgresql.ENUM("Fit", "Length", "Comfort", "Quality", "Size", "Width", name="characteristic_name"),
            nullable=False,
        ),
        sa.Column(
            "version",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Changes of content and state, from 1",
        ),
        sa.Column(
            "delivered_hash",
            sa.BigInteger(),
            nullable=True,
            comment="Hash of the delivered columns: tells updated from unchanged",
        ),
        sa.Column("source_offset", sa.BigInteger(), nullable=True, comment="Byte offset of the record in its file"),
        sa.Column("source_run", sa.Integer(), nullable=True, comment="Import run that last wrote this row"),
        sa.Column("source_file", sa.Integer(), nullable=True, comment="File of that run"),
        sa.Column(
            "source_line", sa.Integer(), nullable=True, comment="Physical line on which the record begins, from 1"
        ),
        sa.Column("source_length", sa.Integer(), nullable=True, comment="Length of the record in bytes"),
        sa.PrimaryKeyConstraint("id", name=op.f("characteristic_pkey")),
        sa.UniqueConstraint("product_id", "name", name=op.f("characteristic_product_id_name_key")),
        comment="What the reviewers of a product are asked to rate. A name stands once a product: meta is keyed by it",
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column(
            "actor_id",
            sa.Integer(),
            nullable=True,
            comment="The user or the API key, by its kind; null for the system and the public",
        ),
        sa.Column(
            "action", sa.Text(), nullable=False, comment="What was done, as a verb: hide, restore, import, sign-in"
        ),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True, comment="A reason's code"),
        sa.Column(
            "cause", sa.Text(), nullable=True, comment="What brought it about: `undo of event 12`, `run 5`, `reports`"
        ),
        sa.Column("undoes", sa.BigInteger(), nullable=True, comment="The event this one takes back"),
        sa.Column(
            "fields",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Names of the changed columns",
        ),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "actor_kind in ('user', 'key', 'public', 'rule', 'import', 'system')",
            name=op.f("event_actor_kind_known_check"),
        ),
        sa.CheckConstraint(
            "subject_kind in ('review', 'product', 'run', 'user', 'key')", name=op.f("event_subject_kind_known_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("event_pkey")),
        comment="The trace: append-only, without texts or personal data",
    )
    op.create_index("event_actor_idx", "event", ["actor_kind", "actor_id", "id"], unique=False)
    op.create_index("event_subject_idx", "event", ["subject_kind", "subject_id", "id"], unique=False)
    op.create_index(
        "event_undoes_idx", "event", ["undoes"], unique=False, postgresql_where=sa.text("undoes is not null")
    )
    op.create_table(
        "login_throttle",
        sa.Column("subject", sa.LargeBinary(), nullable=False, comment="Keyed hash of an account's name or an address"),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("login_throttle_pkey")),
        comment="Failed sign-ins, so that guessing gets slower",
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "default_price",
            sa.Numeric(),
            nullable=True,
            comment="In the catalogue's currency, with the decimals that were delivered",
        ),
        sa.Column("name", sa.Text(), nullable=True, comment="Null while the product is known from reviews alone"),
        sa.Column("slogan", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column(
            "version",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Changes of content and state, from 1",
        ),
        sa.Column(
            "delivered_hash",
            sa.BigInteger(),
            nullable=True,
            comment="Hash of the delivered columns: tells updated from unchanged",
        ),
        sa.Column("source_offset", sa.BigInteger(), nullable=True, comment="Byte offset of the record in its file"),
        sa.Column("source_run", sa.Integer(), nullable=True, comment="Import run that last wrote this row"),
        sa.Column("source_file", sa.Integer(), nullable=True, comment="File of that run"),
        sa.Column(
            "source_line", sa.Integer(), nullable=True, comment="Physical line on which the record begins, from 1"
        ),
        sa.Column("source_length", sa.Integer(), nullable=True, comment="Length of the record in bytes"),
        sa.CheckConstraint("default_price >= 0", name=op.f("product_default_price_not_negative_check")),
        sa.CheckConstraint("id > 0", name=op.f("product_id_positive_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("product_pkey")),
        comment="What is sold. A product seen only as the subject of a review has no name yet",
    )
    op.create_index("product_category_idx", "product", ["category", "id"], unique=False)
    op.create_table(
        "product_rollup",
        sa.Column("product_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("stars_1", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stars_2", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stars_3", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stars_4", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stars_5", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "recommended",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Reviews that recommend it",
        ),
        sa.Column("not_recommended", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "characteristics",
            postgresql.ARRAY(sa.Integer()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Flat: characteristic id, ratings counted, their sum, and so on, by id",
        ),
        sa.CheckConstraint(
            "mod(cardinality(characteristics), 3) = 0", name=op.f("product_rollup_characteristics_in_threes_check")
        ),
        sa.CheckConstraint("slot between 0 and 7", name=op.f("product_rollup_slot_range_check")),
        sa.PrimaryKeyConstraint("product_id", "slot", name=op.f("product_rollup_pkey")),
        comment="Visible reviews counted. A product's numbers are the sum over its slots (a slot alone may be negative): a writer takes the first unlocked one, so that writers of one hot product do not queue",
    )
    op.create_table(
        "reason",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False, comment="As moderators read it"),
        sa.Column("explanation", sa.Text(), nullable=False, comment="As the public may read it"),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("reason_pkey")),
        comment="Why a review is hidden: codes that are data",
    )
    op.create_table(
        "replica",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "out_since", sa.DateTime(timezone=True), nullable=True, comment="Set while it lags too far to serve reads"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("replica_pkey")),
        comment="Replicas that instances have announced",
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), server_default=sa.text("nextval('review_id_seq')"), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "relevance",
            sa.BigInteger(),
            sa.Computed(
                "(date_part('epoch', written_at - to_timestamp(0)) * 1000)::bigint + (7776000000 * ln(1 + helpfulness_base::float8 + helpfulness_votes::float8) / ln(2::float8))::bigint",
                persisted=True,
            ),
            nullable=False,
            comment="epoch_ms(written_at) + 90 days x log2(1 + helpfulness): the order of sort=relevant",
        ),
        sa.Column(
            "helpfulness_base", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="As delivered"
        ),
        sa.Column(
            "helpfulness_votes", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Votes cast here"
        ),
        sa.Column(
            "helpfulness",
            sa.Integer(),
            sa.Computed("helpfulness_base + helpfulness_votes", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "state",
            postgresql.ENUM("published", "approved", "held", "reported", "hidden", "removed", name="review_state"),
            server_default=sa.text("'published'"),
            nullable=False,
        ),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("recommend", sa.Boolean(), nullable=False),
        sa.Column(
            "visible",
            sa.Boolean(),
            sa.Computed("state = 'published' or state = 'approved'", persisted=True),
            nullable=False,
            comment="Whether list, meta and stats show it, by its state",
        ),
        sa.Column(
            "version",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Changes of content and state, from 1",
        ),
        sa.Column("summary", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=True, comment="The merchant's reply"),
        sa.Column("reviewer_name", sa.Text(), nullable=False),
        sa.Column("reviewer_email", sa.Text(), nullable=False, comment="Personal; never served by the public API"),
        sa.Column("photo_ids", postgresql.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "photo_urls",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Beside photo_ids, one each",
        ),
        sa.Column(
            "ratings",
            postgresql.ARRAY(sa.Integer()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Characteristic ratings, flat: rating id, characteristic id, value (1 to 5), and so on",
        ),
        sa.Column(
            "delivered_hash",
            sa.BigInteger(),
            nullable=True,
            comment="Hash of the delivered columns: tells updated from unchanged",
        ),
        sa.Column("source_offset", sa.BigInteger(), nullable=True, comment="Byte offset of the record in its file"),
        sa.Column("source_run", sa.Integer(), nullable=True, comment="Import run that last wrote this row"),
        sa.Column("source_file", sa.Integer(), nullable=True, comment="File of that run"),
        sa.Column(
            "source_line", sa.Integer(), nullable=True, comment="Physical line on which the record begins, from 1"
        ),
        sa.Column("source_length", sa.Integer(), nullable=True, comment="Length of the record in bytes"),
        sa.CheckConstraint("cardinality(photo_ids) = cardinality(photo_urls)", name=op.f("review_photos_paired_check")),
        sa.CheckConstraint("mod(cardinality(ratings), 3) = 0", name=op.f("review_ratings_in_threes_check")),
        sa.CheckConstraint(
            "helpfulness_base >= 0 and helpfulness_votes >= 0", name=op.f("review_helpfulness_not_negative_check")
        ),
        sa.CheckConstraint("id > 0", name=op.f("review_id_positive_check")),
        sa.CheckConstraint("product_id > 0", name=op.f("review_product_id_positive_check")),
        sa.CheckConstraint("rating between 1 and 5", name=op.f("review_rating_range_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("review_pkey")),
        comment="One review, whole: its photos and characteristic ratings stand in its row, so that reading needs no join",
    )
    op.create_index(
        "review_helpful_idx",
        "review",
        ["product_id", sa.literal_column("helpfulness DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("visible"),
    )
    op.create_index(
        "review_newest_idx",
        "review",
        ["product_id", sa.literal_column("written_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("visible"),
    )
    op.create_index(
        "review_relevant_idx",
        "review",
        ["product_id", sa.literal_column("relevance DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("visible"),
    )
    op.create_index(
        "review_written_idx",
        "review",
        [sa.literal_column("written_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "review_unseen_idx",
        "review",
        [sa.literal_column("written_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("not visible"),
    )
    op.create_table(
        "review_before",
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False, comment="The cause: what changed the row"),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="The row's version after the change: undo compares with it"
        ),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "columns",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The changed columns as they were",
        ),
        sa.Column(
            "lineage",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Where it came from before an import changed it, by the names of those columns",
        ),
        sa.Column(
            "restores",
            sa.Integer(),
            nullable=True,
            comment="The version that a rollback brought back: the row is as it was then",
        ),
        sa.PrimaryKeyConstraint("at", "event_id", "review_id", name=op.f("review_before_pkey")),
        comment="Before-images of updated or deleted reviews, a partition a day, dropped after 30 days",
        postgresql_partition_by="range (at)",
    )
    op.create_index("review_before_event_idx", "review_before", ["event_id", "review_id"], unique=False)
    op.create_index("review_before_review_idx", "review_before", ["review_id", "event_id"], unique=False)
    op.create_table(
        "catalogue_before",
        sa.Column("event_id", sa.BigInteger(), nullable=False, comment="The cause: the event of an imported file"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False, comment="The product's or the characteristic's"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="The row's version after the change"),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="The whole row as it was"),
        sa.CheckConstraint(
            "kind in ('product', 'characteristic')", name=op.f("catalogue_before_kind_known_check")
        ),
        sa.PrimaryKeyConstraint("event_id", "kind", "id", name=op.f("catalogue_before_pkey")),
        comment="Before-images of products and characteristics that an import updated, deleted after 30 days",
    )
    op.create_index("catalogue_before_at_idx", "catalogue_before", ["at"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "role",
            postgresql.ENUM("viewer", "moderator", "lead", "operator", "administrator", name="user_role"),
            nullable=False,
        ),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="argon2id"),
        sa.Column(
            "time_zone",
            sa.Text(),
            server_default=sa.text("'UTC'"),
            nullable=False,
            comment="IANA name; times are shown in it",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("user_account_pkey")),
        comment="People who use the console",
    )
    op.create_index("user_account_email_key", "user_account", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="s3://bucket/prefix or file:///path"),
        sa.Column(
            "state",
            postgresql.ENUM("waiting", "running", "finished", "failed", "cancelled", "reversing", "reversed", name="run_state"),
            server_default=sa.text("'waiting'"),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Text(),
            nullable=True,
            comment="What it is doing: pin, read, relate, merge",
        ),
        sa.Column("user_id", sa.Integer(), nullable=True, comment="Who started it; null from the shell"),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), nullable=True, comment="Last sign of life of the worker that runs it"
        ),
        sa.Column("cancel_asked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True, comment="Why it failed, with the mend"),
        sa.Column(
            "stages",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Each stage: name, began, ended",
        ),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "checkpoint",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="By stage: merged up to this id",
        ),
        sa.Column(
            "reversal",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Its rollback: who asked, the state before, rows done and to do",
        ),
        sa.Column(
            "merged_rows",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Rows merged so far, for the progress of the merge",
        ),
        sa.Column("merge_total", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="Rows to merge"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("import_run_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("import_run_pkey")),
        comment="One import of one delivery",
    )
    op.create_index("import_run_requested_idx", "import_run", [sa.literal_column("id DESC")], unique=False)
    op.create_index("import_run_user_id_idx", "import_run", ["user_id"], unique=False)
    op.create_table(
        "moderation_case",
        sa.Column("review_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_report_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "reports", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Reports since it was opened"
        ),
        sa.CheckConstraint("kind in ('reported', 'held')", name=op.f("moderation_case_kind_known_check")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("moderation_case_review_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("moderation_case_pkey")),
        comment="A review that waits for a moderator: one row however often it was reported, gone once judged",
    )
    op.create_index("moderation_case_queue_idx", "moderation_case", ["kind", "opened_at", "review_id"], unique=False)
    op.create_table(
        "replica_lease",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("replica", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["replica"], ["replica.name"], name=op.f("replica_lease_replica_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instance", "replica", name=op.f("replica_lease_pkey")),
        prefixes=["UNLOGGED"],
        comment="An instance reads from a replica only until its lease ends; who takes the replica out waits for that",
    )
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True, comment="Set when a colleague flagged it in the console"),
        sa.Column("voter", sa.LargeBinary(), nullable=True, comment="Keyed hash of who reported, where known"),
        sa.Column(
            "caller",
            sa.LargeBinary(),
            nullable=True,
            comment="Keyed hash of the address it came from: the circuit breaker counts by it",
        ),
        sa.Column(
            "hid",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether this report hid the review",
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="From the fixed list, where one was given"),
        sa.Column("note", sa.Text(), nullable=True, comment="The reporter's own words"),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("report_review_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("report_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("report_pkey")),
        comment="Every report of a review, kept after it was judged",
    )
    op.create_index("report_at_hid_idx", "report", ["at"], unique=False, postgresql_where=sa.text("hid"))
    op.create_index("report_review_id_idx", "report", ["review_id", "id"], unique=False)
    op.create_index(
        "report_review_voter_key",
        "report",
        ["review_id", "voter"],
        unique=True,
        postgresql_where=sa.text("voter is not null"),
    )
    op.create_index(
        "report_user_id_idx", "report", ["user_id"], unique=False, postgresql_where=sa.text("user_id is not null")
    )
    op.create_table(
        "review_search",
        sa.Column("review_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("review_search_review_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("review_search_pkey")),
        comment="Words of a review for full-text search, apart from its row so that a vote does not touch them",
    )
    op.create_index(
        "review_search_document_idx", "review_search", ["product_id", "document"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the cookie's token"),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("session_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("session_pkey")),
        comment="Who is signed in",
    )
    op.create_index("session_expires_at_idx", "session", ["expires_at"], unique=False)
    op.create_index("session_user_id_idx", "session", ["user_id"], unique=False)
    op.create_table(
        "vote",
        sa.Column("review_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "voter", sa.LargeBinary(), nullable=False, comment="Keyed hash of who voted; never the address itself"
        ),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("vote_review_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("review_id", "voter", name=op.f("vote_pkey")),
        comment="Helpful votes of voters that are known, so that each counts once. Anonymous votes only count",
    )
    op.create_table(
        "import_file",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="Its URL below the run's source"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "format",
            sa.Text(),
            nullable=True,
            comment="reviews, photos, characteristics, characteristic_ratings, products; null if none fits",
        ),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column(
            "state",
            postgresql.ENUM("waiting", "reading", "read", "merged", "skipped", "failed", name="file_state"),
            server_default=sa.text("'waiting'"),
            nullable=False,
        ),
        sa.Column(
            "understood",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Encoding, separator, columns",
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="Size of the object"),
        sa.Column("bytes_read", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "records",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Records cut, after re-synchronising",
        ),
        sa.Column("inserted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "repaired",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Records with at least one repair, beside the balance",
        ),
        sa.Column(
            "kept",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Of the unchanged: rows a moderator decided, left as they are",
        ),
        sa.Column("blank", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="Blank lines"),
        sa.Column("headers", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "record_bytes",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Bytes that belong to records; with blank and header bytes they account for the file",
        ),
        sa.Column("blank_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("header_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "event_id",
            sa.BigInteger(),
            nullable=True,
            comment="The event its changes stand under, written when the run ends",
        ),
        sa.Column(
            "reversed",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Changes that its rollback took back",
        ),
        sa.Column(
            "reverse_kept",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Changes that it left, because somebody changed the row since",
        ),
        sa.Column(
            "reverse_failed",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Changes that it could not take back",
        ),
        sa.Column(
            "kept_by",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Rows left, by who changed them",
        ),
        sa.Column(
            "reverse_event_id",
            sa.BigInteger(),
            nullable=True,
            comment="The event that the rollback of this file stands under",
        ),
        sa.Column(
            "repairs",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Count by rule",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("import_file_run_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("import_file_pkey")),
        comment="One object of a delivery: how it was understood and what became of every record",
    )
    op.create_index("import_file_run_id_idx", "import_file", ["run_id", "id"], unique=False)
    op.create_table(
        "import_reject",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("byte_offset", sa.BigInteger(), nullable=False),
        sa.Column("byte_length", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False, comment="Physical line on which it begins, from 1"),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False, comment="Every reason, not only the first"),
        sa.Column(
            "columns",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Beside reasons: the column meant",
        ),
        sa.Column("raw", sa.LargeBinary(), nullable=False, comment="The original bytes, up to 64 KB"),
        sa.ForeignKeyConstraint(
            ["file_id"], ["import_file.id"], name=op.f("import_reject_file_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("import_reject_pkey")),
        comment="Records that could not be taken, whole and with every reason",
    )
    op.create_index("import_reject_file_id_idx", "import_reject", ["file_id", "byte_offset"], unique=False)
    for name in BORN_HERE[:2]:
        op.execute(f"alter sequence {name} owned by {name.removesuffix('_id_seq')}.id")
    run("0001_procrastinate.sql")
    run("0001_after.sql")


def downgrade() -> None:
    run("0001_down.sql")
    op.drop_index("import_reject_file_id_idx", table_name="import_reject")
    op.drop_table("import_reject")
    op.drop_index("import_file_run_id_idx", table_name="import_file")
    op.drop_table("import_file")
    op.drop_table("vote")
    op.drop_index("session_user_id_idx", table_name="session")
    op.drop_index("session_expires_at_idx", table_name="session")
    op.drop_table("session")
    op.drop_index("review_search_document_idx", table_name="review_search", postgresql_using="gin")
    op.drop_table("review_search")
    op.drop_index("report_user_id_idx", table_name="report", postgresql_where=sa.text("user_id is not null"))
    op.drop_index("report_review_voter_key", table_name="report", postgresql_where=sa.text("voter is not null"))
    op.drop_index("report_review_id_idx", table_name="report")
    op.drop_index("report_at_hid_idx", table_name="report", postgresql_where=sa.text("hid"))
    op.drop_table("report")
    op.drop_table("replica_lease")
    op.drop_index("moderation_case_queue_idx", table_name="moderation_case")
    op.drop_table("moderation_case")
    op.drop_index("import_run_user_id_idx", table_name="import_run")
    op.drop_index("import_run_requested_idx", table_name="import_run")
    op.drop_table("import_run")
    op.drop_index("user_account_email_key", table_name="user_account")
    op.drop_table("user_account")
    op.drop_index("catalogue_before_at_idx", table_name="catalogue_before")
    op.drop_table("catalogue_before")
    op.drop_index("review_before_review_idx", table_name="review_before")
    op.drop_index("review_before_event_idx", table_name="review_before")
    op.drop_table("review_before")
    op.drop_index("review_written_idx", table_name="review")
    op.drop_index("review_unseen_idx", table_name="review", postgresql_where=sa.text("not visible"))
    op.drop_index("review_relevant_idx", table_name="review", postgresql_where=sa.text("visible"))
    op.drop_index("review_newest_idx", table_name="review", postgresql_where=sa.text("visible"))
    op.drop_index("review_helpful_idx", table_name="review", postgresql_where=sa.text("visible"))
    op.drop_table("review")
    op.drop_table("replica")
    op.drop_table("reason")
    op.drop_table("product_rollup")
    op.drop_index("product_category_idx", table_name="product")
    op.drop_table("product")
    op.drop_table("login_throttle")
    op.drop_index("event_undoes_idx", table_name="event", postgresql_where=sa.text("undoes is not null"))
    op.drop_index("event_subject_idx", table_name="event")
    op.drop_index("event_actor_idx", table_name="event")
    op.drop_table("event")
    op.drop_table("characteristic")
    op.drop_table("api_key")
    for name in BORN_HERE[2:]:
        op.execute(f"drop sequence {name}")
    for name in ENUMS:
        op.execute(f"drop type {name}")
    op.execute("drop text search configuration atelier")
