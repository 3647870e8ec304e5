"""Changing reviews as sets: what people edited, and rollups that add up faster.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# A function in SQL is set up anew at each call, which took most of the time of counting a review.
ROLLUP_ADD = """
create or replace function rollup_add(a int[], b int[]) returns int[]
language plpgsql immutable parallel safe
as $$
declare
    parts int[] := a || b;
    total int[] := '{}';
    at int;
begin
    for k in 1 .. cardinality(parts) by 3 loop
        at := 1;
        while at <= cardinality(total) and total[at] < parts[k] loop
            at := at + 3;
        end loop;
        if at > cardinality(total) or total[at] > parts[k] then
            total := total[: at - 1] || parts[k : k + 2] || total[at :];
        else
            total[at + 1] := total[at + 1] + parts[k + 1];
            total[at + 2] := total[at + 2] + parts[k + 2];
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
        "review_edited",
        sa.Column("review_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("review_id", name=op.f("review_edited_pkey")),
        comment="Reviews whose content a person or a rule has changed: a delivery never writes over it",
    )


def downgrade() -> None:
    op.drop_table("review_edited")
    op.execute(ROLLUP_ADD_BEFORE)
