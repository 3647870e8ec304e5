"""The catalogue: features, styles with skus and photos, related products, and the page that is sent of each product.

Revision ID: 0019
Revises: 0018
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KINDS = ("product", "characteristic")
NEW_KINDS = ("feature", "style", "sku", "style_photo", "related")
COMMENTS = (
    (
        "table catalogue_before",
        "Before-images of rows of the catalogue that were updated, deleted after 30 days",
        "Before-images of products and characteristics that an import updated, deleted after 30 days",
    ),
    ("column catalogue_before.id", "The row''s, in the table that `kind` names", "The product''s or the characteristic''s"),
    (
        "column catalogue_before.event_id",
        "The cause: the event of an imported file, or of an edit",
        "The cause: the event of an imported file",
    ),
    (
        "column import_file.format",
        "One of the ten of a delivery; null if none fits",
        "reviews, photos, characteristics, characteristic_ratings, products; null if none fits",
    ),
    (
        "column import_range.step",
        "1 products, 2 characteristics, 3 reviews, 4 the rest of the catalogue by its products: in this order",
        "1 products, 2 characteristics, 3 reviews: in this order",
    ),
)

CHANGED_BY_IMPORTS = "public.product, public.characteristic, public.review, public.product_rollup, public.review_search"
NOW_ALSO = ", public.feature, public.style, public.sku, public.style_photo, public.related, public.product_page"


def upgrade() -> None:
    op.create_table(
        "product_edited",
        sa.Column("product_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("product_edited_pkey")),
        comment="Products whose facts a person has changed: a delivery never writes over them",
    )
    _create(
        "feature",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False, comment="Empty where there is none"),
        comment="What a product has: 'Sole', 'Rubber'",
    )
    op.create_index("feature_product_id_idx", "feature", ["product_id"], unique=False)
    _create(
        "style",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("original_price", sa.Numeric(), nullable=True, comment="With the decimals that were delivered"),
        sa.Column("sale_price", sa.Numeric(), nullable=True, comment="Null where it is not reduced"),
        sa.Column("default_style", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("original_price >= 0", name=op.f("style_original_price_not_negative_check")),
        sa.CheckConstraint("sale_price >= 0", name=op.f("style_sale_price_not_negative_check")),
        comment="A way in which a product is sold. It keeps its product",
    )
    op.create_index("style_product_id_idx", "style", ["product_id"], unique=False)
    _create(
        "sku",
        sa.Column("style_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("sku_quantity_not_negative_check")),
        comment="A size of a style, and how many there are",
    )
    op.create_index("sku_style_id_idx", "sku", ["style_id"], unique=False)
    _create(
        "style_photo",
        sa.Column("style_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False, comment="Empty where there is none"),
        sa.Column("thumbnail_url", sa.Text(), nullable=False, comment="Empty where there is none"),
        comment="A picture of a style",
    )
    op.create_index("style_photo_style_id_idx", "style_photo", ["style_id"], unique=False)
    _create(
        "related",
        sa.Column("product_id", sa.Integer(), nullable=False, comment="Whose page shows the other"),
        sa.Column("related_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("product_id <> related_id", name=op.f("related_not_itself_check")),
        comment="Products that are shown beside another",
    )
    op.create_index("related_product_id_idx", "related", ["product_id"], unique=False)
    op.create_index("related_related_id_idx", "related", ["related_id"], unique=False)
    op.create_table(
        "product_page",
        sa.Column("product_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False, comment="The whole object of GET /products/{id}"),
        sa.Column("styles", sa.Text(), nullable=False, comment="The array of its styles, with photos and skus"),
        sa.Column("related", sa.Text(), nullable=False, comment="The array of the numbers of related products"),
        sa.PrimaryKeyConstraint("product_id", name=op.f("product_page_pkey")),
        comment="What is sent of a product of the catalogue, as compact JSON: made anew with whatever it is made of",
    )
    op.create_table(
        "catalogue_orphan",
        sa.Column("format", sa.Text(), nullable=False, comment="features, styles, skus, style_photos or related"),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "parents",
            postgresql.ARRAY(sa.Integer()),
            nullable=False,
            comment="The products, or the style, that it belongs to",
        ),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="The clean row"),
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
        sa.PrimaryKeyConstraint("format", "id", name=op.f("catalogue_orphan_pkey")),
        comment="Rows of the catalogue whose product or style is not there yet: later runs try them again",
    )
    op.create_index("catalogue_orphan_file_id_idx", "catalogue_orphan", ["file_id"], unique=False)
    op.create_index(
        "catalogue_orphan_resolved_run_idx",
        "catalogue_orphan",
        ["resolved_run"],
        unique=False,
        postgresql_where=sa.text("resolved_run is not null"),
    )
    _before_knows(*KINDS, *NEW_KINDS)
    for what, comment, _ in COMMENTS:
        op.execute(f"comment on {what} is '{comment}'")
    _refresh(CHANGED_BY_IMPORTS + NOW_ALSO)
    _page_what_is_there()


def downgrade() -> None:
    _refresh(CHANGED_BY_IMPORTS)
    for what, _, comment in COMMENTS:
        op.execute(f"comment on {what} is '{comment}'")
    # Images of rows that are gone stay until their time is over: the check is of new rows.
    _before_knows(*KINDS, checked="not valid")
    for table in ("catalogue_orphan", "product_page", "related", "style_photo", "sku", "style", "feature"):
        op.drop_table(table)
    op.drop_table("product_edited")


def _create(name: str, *items: Any, comment: str) -> None:
    """A table of delivered rows: its columns between the key and what says where a row is from."""
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *items,
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
        sa.Column(
            "source_repairs",
            sa.SmallInteger(),
            nullable=True,
            comment="What was repaired in it, as bits; null where nothing was",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"{name}_pkey")),
        comment=comment,
    )


def _before_knows(*kinds: str, checked: str = "") -> None:
    """What a before-image may be of. They are kept for 30 days, and looked through in a moment."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(
        "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid\n"  # a wider one takes its place
        "alter table catalogue_before drop constraint catalogue_before_kind_known_check,"
        f" add constraint catalogue_before_kind_known_check check (kind in ({words})) {checked}"
    )


def _refresh(tables: str) -> None:
    """What the planner is told of after an import."""
    op.execute(
        f"""
create or replace function refresh_statistics() returns void
language plpgsql security definer set search_path = pg_catalog, public
as $$
begin
    analyze {tables};
end
$$
"""
    )


def _page_what_is_there() -> None:
    """The pages of products that were delivered before: nothing is known of them but their facts."""
    op.execute(
        """
        insert into product_page (product_id, facts, styles, related)
        select product.id, row_to_json(facts)::text, '[]', '[]'
        from product
        cross join lateral (
            select product.id, coalesce(product.name, '') as name, coalesce(product.slogan, '') as slogan,
                coalesce(product.description, '') as description, coalesce(product.category, '') as category,
                coalesce(product.default_price::text, '') as default_price, '[]'::json as features
        ) as facts
        where product.delivered_hash is not null or product.name is not null
        """
    )
