"""Products and their characteristics, as delivered or as seen in a review."""

from sqlalchemy import (
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
)

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
