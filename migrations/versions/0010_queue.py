"""The queue: cards in the order of their urgency, who looks at which, notes, and replies as the merchant.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from migrations.concurrently import build_index, drop_index

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEMPLATES = (
    ("thanks", "Thanks", "Thank you, {name}. We have passed your words on to everybody who made it."),
    (
        "sorry",
        "Sorry, and how to reach us",
        "We are sorry, {name}: this is not how it should be. Please write to our customer service with the number of"
        " your order, and we will put it right.",
    ),
    (
        "size",
        "The size can be exchanged",
        "Thank you for telling us how {product} fits you, {name}. You can exchange it for another size free of charge"
        " within 30 days.",
    ),
    (
        "delivery",
        "About the delivery",
        "We are sorry about the delivery, {name}. Please write to our customer service with the number of your order,"
        " so that we can find out what happened on the way.",
    ),
)

DUE = (
    "date_part('epoch', opened_at - to_timestamp(0))::bigint"
    " - (3600 * (12 * ln(1 + reports::float8) / ln(2::float8) + urgent + 3 * reach))::bigint"
)


def upgrade() -> None:
    build_index("review_unseen_email_idx", "review", ["reviewer_email"], postgresql_where=sa.text("not visible"))
    op.add_column(
        "moderation_case",
        sa.Column(
            "urgent",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Hours ahead by the gravest reason that was given (domain/priority.py)",
        ),
    )
    op.add_column(
        "moderation_case",
        sa.Column(
            "reach",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How often the product's visible reviews doubled; refreshed every hour",
        ),
    )
    op.add_column(
        "moderation_case",
        sa.Column("held_by", sa.Integer(), nullable=True, comment="Who put it on hold, where a person did"),
    )
    # What waits is thousands of rows, not millions: looked through, written anew, and its indexes made, in a moment.
    op.execute(
        "-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid\n"
        "alter table moderation_case add constraint moderation_case_held_by_fkey"
        " foreign key (held_by) references user_account (id)"
    )
    op.execute(
        "-- squawk-ignore adding-required-field, adding-field-with-default\n"
        f"alter table moderation_case add column due bigint generated always as ({DUE}) stored not null"
    )
    op.execute("comment on column moderation_case.due is 'Its place: the smallest first'")
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "create index moderation_case_due_idx on moderation_case (kind, due, review_id)"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "create index moderation_case_held_by_idx on moderation_case (held_by, due) where held_by is not null"
    )
    op.execute(
        "create function reach(seen bigint) returns smallint language sql immutable parallel safe as $$"
        " select floor(ln(greatest(1, 1 + coalesce(seen, 0))::float8) / ln(2::float8))::smallint $$"
    )
    op.execute(
        "create function reach_of(product integer) returns smallint language sql stable parallel safe as $$"
        " select reach(sum(stars_1 + stars_2 + stars_3 + stars_4 + stars_5))"
        " from product_rollup where product_id = product $$"
    )
    op.create_table(
        "claim",
        sa.Column("review_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="From then on it means nothing"),
        sa.PrimaryKeyConstraint("review_id", name=op.f("claim_pkey")),
        prefixes=["UNLOGGED"],
        comment="Who has a card open, for two minutes from their last look; a crash forgets them all",
    )
    op.create_index("claim_user_id_idx", "claim", ["user_id"], unique=False)
    op.create_table(
        "review_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("review_note_review_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("review_note_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("review_note_pkey")),
        comment="What moderators tell each other about a review; the public never sees it",
    )
    op.create_index("review_note_review_idx", "review_note", ["review_id", "id"], unique=False)
    templates = op.create_table(
        "reply_template",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False, comment="As moderators read it"),
        sa.Column("text", sa.Text(), nullable=False, comment="{name} and {product} stand for the review's"),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("reply_template_pkey")),
        comment="What a reply as the merchant may begin with",
    )
    op.bulk_insert(
        templates,
        [
            {"code": code, "position": position, "title": title, "text": text}
            for position, (code, title, text) in enumerate(TEMPLATES, 1)
        ],
    )


def downgrade() -> None:
    drop_index("review_unseen_email_idx", "review")
    op.drop_table("reply_template")
    op.drop_index("review_note_review_idx", table_name="review_note")
    op.drop_table("review_note")
    op.drop_index("claim_user_id_idx", table_name="claim")
    op.drop_table("claim")
    op.execute("drop function reach_of(integer)")
    op.execute("drop function reach(bigint)")
    op.drop_index("moderation_case_held_by_idx", table_name="moderation_case")
    op.drop_index("moderation_case_due_idx", table_name="moderation_case")
    for name in ("due", "held_by", "reach", "urgent"):
        op.drop_column("moderation_case", name)
