"""A reject tells its reasons by its signatures alone, and a signature that few rejects have knows where they stand.

Millions of rejects repeated the same few words, and an index over their signatures served the rare ones only.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.concurrently import build_index, drop_index

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_INDEX = "import_reject_signatures_idx"
_VIEW = """
create view import_rejected as
select reject.id, reject.file_id, reject.byte_offset, reject.byte_length, reject.line,
    coalesce(nullif(reject.reasons, '{}'), told.reasons, '{}') as reasons,
    coalesce(nullif(reject.columns, '{}'), told.columns, '{}') as columns,
    reject.raw, reject.signatures, reject.resolved_run
from import_reject as reject
cross join lateral (
    select array_agg(kind.reason order by mine.place) as reasons, array_agg(kind.column_name order by mine.place) as columns
    from unnest(reject.signatures) with ordinality as mine (id, place)
    join import_signature as kind on kind.id = mine.id
) as told
"""
_TELL = """
update import_reject as reject set reasons = told.reasons, columns = told.columns
from import_rejected as told where told.id = reject.id and reject.reasons = '{}'
"""


def upgrade() -> None:
    drop_index(_INDEX, "import_reject")
    op.add_column(
        "import_signature",
        sa.Column(
            "offsets",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Where in the file they begin, as long as they are few",
        ),
    )
    # Rows that are there keep theirs: to write them anew would take as long as there are rejects.
    op.alter_column(
        "import_reject",
        "reasons",
        server_default=sa.text("'{}'"),
        comment="In rows from before signatures told them: every reason, not only the first",
        existing_comment="Every reason, not only the first",
    )
    op.alter_column(
        "import_reject",
        "columns",
        comment="In such rows, beside reasons: the column meant",
        existing_comment="Beside reasons: the column meant",
    )
    op.alter_column(
        "import_reject",
        "signatures",
        comment="What it was refused for, a signature for each reason; none in rows from before there were such",
        existing_comment="Beside reasons: its signature. None in rows from before there were signatures",
    )
    op.execute(_VIEW)


def downgrade() -> None:
    op.execute(_TELL)
    op.execute("drop view import_rejected")
    op.alter_column(
        "import_reject",
        "signatures",
        comment="Beside reasons: its signature. None in rows from before there were signatures",
    )
    op.alter_column("import_reject", "columns", comment="Beside reasons: the column meant")
    op.alter_column("import_reject", "reasons", server_default=None, comment="Every reason, not only the first")
    op.drop_column("import_signature", "offsets")
    build_index(_INDEX, "import_reject", ["signatures"], postgresql_using="gin")
