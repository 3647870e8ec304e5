"""Changing reviews as sets: receipts, what people edited, and rollups that add up faster.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# A function in SQL is set up anew at each call, which took most of the time of counting a review. The first of the two is
# in the order of its ids and holds nothing that comes to nothing, as every sum is.
ROLLUP_ADD = """
create or replace function rollup_add(a int[], b int[]) returns int[]
language plpgsql immutable parallel safe
as $$
declare
    total int[] := a;
    at int;
begin
    for k in 1 .. cardinality(b) by 3 loop
        at := 1;
        while total[at] < b[k] loop
            at := at + 3;
        end loop;
        if total[at] = b[k] then
            total[at + 1] := total[at + 1] + b[k + 1];
            total[at + 2] := total[at + 2] + b[k + 2];
        else
            total := total[: at - 1] || b[k : k + 2] || total[at :];
        end if;
        if total[at + 1] = 0 and total[at + 2] = 0 then
            total := total[: at - 1] || total[at + 3 :];
        end if;
    end loop;
    return total;
end
$$
"""

# As revision 0001 has it.
ROLLUP_ADD_BEFORE = """
create or replace function rollup_add(a int[], b int[]) returns int[]
language sql immutable parallel safe
return (
    select coalesce(array_agg(x order by id, k), '{}')
    from (
        select id, sum(n)::int as n, sum(s)::int as s
        from (
            select a[i] as id, a[i + 1] as n, a[i + 2] as s from generate_series(1, cardinality(a), 3) as i
            union all
            select b[i], b[i + 1], b[i + 2] from generate_series(1, cardinality(b), 3) as i
        ) as parts
        group by id
        having sum(n) <> 0 or sum(s) <> 0
    ) as sums
    cross join lateral (values (1, id), (2, n), (3, s)) as triple (k, x)
)
"""


def upgrade() -> None:
    op.execute(ROLLUP_ADD)
    op.create_table(
        "bulk",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True, comment="Null where the system made it"),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("query", sa.Text(), nullable=True, comment="The filter, as its address has it; null for chosen ones"),
        sa.Column("zone", sa.Text(), nullable=False, comment="Whose days the filter's dates are"),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True, comment="Null while the scope is being taken"),
        sa.Column("total", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="Reviews in the scope"),
        sa.Column(
            "facts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="How many of each state and rating: `published 5`",
        ),
        sa.Column(
            "changes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="What is to be done, in its order",
        ),
        sa.Column("why", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True, comment="The job that freezes, runs or reverts it at last"),
        sa.Column("event_id", sa.BigInteger(), nullable=True, comment="Its event: it has begun to run"),
        sa.Column("upto", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Frozen up to this review, while it is"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What it came to: changed, unchanged, skipped, failed",
        ),
        sa.Column("revert_event_id", sa.BigInteger(), nullable=True, comment="It is taken back, or was"),
        sa.Column("revert_upto", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reverted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "revert_counts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What that came to: reversed, kept, failed",
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("bulk_job_id_fkey")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("bulk_made_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("bulk_pkey")),
        comment="Receipts: a frozen set of reviews and what is to be changed in all of them",
    )
    op.create_index("bulk_job_id_idx", "bulk", ["job_id"], unique=False, postgresql_where=sa.text("job_id is not null"))
    op.create_index("bulk_made_by_idx", "bulk", ["made_by"], unique=False)
    op.create_index(
        "bulk_event_id_idx", "bulk", ["event_id"], unique=False, postgresql_where=sa.text("event_id is not null")
    )
    op.create_table(
        "bulk_part",
        sa.Column("bulk_id", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False, comment="The last of its ids"),
        sa.Column("ids", postgresql.ARRAY(sa.Integer()), nullable=False, comment="Ascending"),
        sa.Column("versions", postgresql.ARRAY(sa.Integer()), nullable=False, comment="Beside the ids, one each"),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk.id"], name=op.f("bulk_part_bulk_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("bulk_id", "last", name=op.f("bulk_part_pkey")),
        comment="Reviews of a receipt at the versions they had, some hundred a row: gone once they are changed",
    )
    op.create_table(
        "bulk_left",
        sa.Column("bulk_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            "outcome in ('skipped', 'failed', 'kept', 'lost')", name=op.f("bulk_left_outcome_known_check")
        ),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk.id"], name=op.f("bulk_left_bulk_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("bulk_id", "outcome", "review_id", name=op.f("bulk_left_pkey")),
        comment="Reviews that a bulk change left as they were (skipped, failed), or its revert did (kept, lost)",
    )
    op.create_table(
        "review_edited",
        sa.Column("review_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("review_id", name=op.f("review_edited_pkey")),
        comment="Reviews whose content a person or a rule has changed: a delivery never writes over it",
    )


def downgrade() -> None:
    op.drop_table("review_edited")
    op.drop_table("bulk_left")
    op.drop_table("bulk_part")
    op.drop_index("bulk_event_id_idx", table_name="bulk", postgresql_where=sa.text("event_id is not null"))
    op.drop_index("bulk_made_by_idx", table_name="bulk")
    op.drop_index("bulk_job_id_idx", table_name="bulk", postgresql_where=sa.text("job_id is not null"))
    op.drop_table("bulk")
    op.execute(ROLLUP_ADD_BEFORE)
