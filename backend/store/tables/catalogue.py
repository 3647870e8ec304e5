"""What is sold: products, all that is known of them, their pages, and what reviewers are asked to rate."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Numeric,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from backend.domain.characteristics import CharacteristicName
from backend.store.tables.base import BORN_HERE, enum_of, lineage_columns, metadata, version_column

characteristic_name = enum_of(CharacteristicName, "characteristic_name")

product = Table(
    "product",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("default_price", Numeric, comment="In the catalogue's currency, with the decimals that were delivered"),
    Column("name", Text, comment="Null while the product is known from reviews alone"),
    Column("slogan", Text),
    Column("description", Text),
    Column("category", Text),
    version_column(),
    *lineage_columns(),
    CheckConstraint("id > 0", name="id_positive"),
    CheckConstraint("default_price >= 0", name="default_price_not_negative"),
    Index("product_category_idx", "category", "id"),
    # Names by their beginnings: in the order of bytes, in which every server sorts alike.
    Index(
        "product_name_idx",
        literal_column("lower(name)").label("lowered"),
        "id",
        postgresql_ops={"lowered": "text_pattern_ops"},
    ),
    comment="What is sold. A product seen only as the subject of a review has no name yet",
)

characteristic = Table(
    "characteristic",
    metadata,
    Column(
        "id",
        Integer,
        Sequence("characteristic_id_seq", start=BORN_HERE, minvalue=1, maxvalue=2_147_483_647, metadata=metadata),
        primary_key=True,
        server_default=Sequence("characteristic_id_seq").next_value(),
    ),
    Column("product_id", Integer, nullable=False),
    Column("name", characteristic_name, nullable=False),
    version_column(),
    *lineage_columns(),
    UniqueConstraint("product_id", "name"),
    comment="What the reviewers of a product are asked to rate. A name stands once a product: meta is keyed by it",
)

product_edited = Table(
    "product_edited",
    metadata,
    Column("product_id", Integer, primary_key=True, autoincrement=False),
    comment="Products whose facts a person has changed: a delivery never writes over them",
)

feature = Table(
    "feature",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("product_id", Integer, nullable=False),
    Column("feature", Text, nullable=False),
    Column("value", Text, nullable=False, comment="Empty where there is none"),
    version_column(),
    *lineage_columns(),
    Index("feature_product_id_idx", "product_id"),
    comment="What a product has: 'Sole', 'Rubber'",
)

style = Table(
    "style",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("product_id", Integer, nullable=False),
    Column("original_price", Numeric, comment="With the decimals that were delivered"),
    Column("sale_price", Numeric, comment="Null where it is not reduced"),
    Column("default_style", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    version_column(),
    *lineage_columns(),
    CheckConstraint("original_price >= 0", name="original_price_not_negative"),
    CheckConstraint("sale_price >= 0", name="sale_price_not_negative"),
    Index("style_product_id_idx", "product_id"),
    comment="A way in which a product is sold. It keeps its product",
)

sku = Table(
    "sku",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("style_id", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("size", Text, nullable=False),
    version_column(),
    *lineage_columns(),
    CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    Index("sku_style_id_idx", "style_id"),
    comment="A size of a style, and how many there are",
)

style_photo = Table(
    "style_photo",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("style_id", Integer, nullable=False),
    Column("url", Text, nullable=False, comment="Empty where there is none"),
    Column("thumbnail_url", Text, nullable=False, comment="Empty where there is none"),
    version_column(),
    *lineage_columns(),
    Index("style_photo_style_id_idx", "style_id"),
    comment="A picture of a style",
)

related = Table(
    "related",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("product_id", Integer, nullable=False, comment="Whose page shows the other"),
    Column("related_id", Integer, nullable=False),
    version_column(),
    *lineage_columns(),
    CheckConstraint("product_id <> related_id", name="not_itself"),
    Index("related_product_id_idx", "product_id"),
    Index("related_related_id_idx", "related_id"),
    comment="Products that are shown beside another",
)

product_page = Table(
    "product_page",
    metadata,
    Column("product_id", Integer, primary_key=True, autoincrement=False),
    Column("facts", Text, nullable=False, comment="The whole object of GET /products/{id}"),
    Column("styles", Text, nullable=False, comment="The array of its styles, with photos and skus"),
    Column("related", Text, nullable=False, comment="The array of the numbers of related products"),
    comment="What is sent of a product of the catalogue, as compact JSON: made anew with whatever it is made of",
)

catalogue_orphan = Table(
    "catalogue_orphan",
    metadata,
    Column("format", Text, primary_key=True, comment="features, styles, skus, style_photos or related"),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("parents", ARRAY(Integer), nullable=False, comment="The products, or the style, that it belongs to"),
    Column("columns", JSONB, nullable=False, comment="The clean row"),
    Column(
        "file_id",
        Integer,
        nullable=False,
        comment="Where it was rejected; with the offset it leads to the reject and its bytes",
    ),
    Column("byte_offset", BigInteger, nullable=False),
    Column("byte_length", BigInteger, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("resolved_run", Integer, comment="The run that took it; null while it waits for its parents"),
    Index("catalogue_orphan_file_id_idx", "file_id"),
    Index("catalogue_orphan_resolved_run_idx", "resolved_run", postgresql_where=text("resolved_run is not null")),
    comment="Rows of the catalogue whose product or style is not there yet: later runs try them again",
)
