"""Rejects by signature, resolved by later runs; orphans that wait for their parents.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.concurrently import build_index, drop_index

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "import_file",
        sa.Column(
            "again_of",
            sa.Integer(),
            nullable=True,
            comment="The earlier file whose rejects are tried again under this row; else null",
        ),
        if_not_exists=True,
    )
    op.add_column(
        "import_reject",
        sa.Column(
            "signatures",
            postgresql.ARRAY(sa.Integer()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Beside reasons: its signature. None in rows from before there were signatures",
        ),
        if_not_exists=True,
    )
    op.add_column(
        "import_reject",
        sa.Column(
            "resolved_run",
            sa.Integer(),
            nullable=True,
            comment="The later run that took it, repaired or with its parents there at last",
        ),
        if_not_exists=True,
    )
    build_index("import_reject_signatures_idx", "import_reject", ["signatures"], postgresql_using="gin")
    op.create_table(
        "import_signature",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False, comment="Empty for a reason about the whole record"),
        sa.Column(
            "shape", sa.Text(), nullable=False, comment="What the refused values have in common, such as 9/9/9"
        ),
        sa.Column(
            "records",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How many of the file's rejects have it",
        ),
        sa.Column(
            "resolved",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How many of them a later run took",
        ),
        sa.Column("example_offset", sa.BigInteger(), nullable=False, comment="Where in the file one of them begins"),
        sa.ForeignKeyConstraint(
            ["file_id"], ["import_file.id"], name=op.f("import_signature_file_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("import_signature_pkey")),
        comment="Rejects of a file that are alike: counted while they are written, so that millions read as a dozen",
    )
    op.create_index(
        "import_signature_key", "import_signature", ["file_id", "reason", "column_name", "shape"], unique=True
    )
    op.create_table(
        "import_orphan",
        sa.Column("format", sa.Text(), nullable=False, comment="photos or characteristic_ratings"),
        sa.Column(
            "id", sa.Integer(), autoincrement=False, nullable=False, comment="The photo's or the rating's own"
        ),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("characteristic_id", sa.Integer(), nullable=True),
        sa.Column("value", sa.SmallInteger(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column(
            "file_id",
            sa.Integer(),
            nullable=False,
            comment="Where it was rejected; with the offset it leads to the reject and its bytes",
        ),
        sa.Column("byte_offset", sa.BigInteger(), nullable=False),
        sa.Column("byte_length", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column(
            "resolved_run",
            sa.Integer(),
            nullable=True,
            comment="The run that took it; null while it waits for its parents",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["import_file.id"], name=op.f("import_orphan_file_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("format", "id", name=op.f("import_orphan_pkey")),
        comment="Photos and ratings whose review or characteristic is not there yet: later runs try them again",
    )
    op.create_index("import_orphan_file_id_idx", "import_orphan", ["file_id"], unique=False)
    op.create_index(
        "import_orphan_resolved_run_idx",
        "import_orphan",
        ["resolved_run"],
        unique=False,
        postgresql_where=sa.text("resolved_run is not null"),
    )
    op.create_index(
        "import_orphan_review_id_idx",
        "import_orphan",
        ["review_id"],
        unique=False,
        postgresql_where=sa.text("resolved_run is null"),
    )


def downgrade() -> None:
    drop_index("import_reject_signatures_idx", "import_reject")
    op.drop_table("import_orphan")
    op.drop_table("import_signature")
    op.drop_column("import_reject", "resolved_run")
    op.drop_column("import_reject", "signatures")
    op.drop_column("import_file", "again_of")
