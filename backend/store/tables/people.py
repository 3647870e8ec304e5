"""Who may enter: the console's users and their sessions, and the keys of the API's clients."""

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from backend.domain.roles import Role
from backend.store.tables.base import enum_of, metadata

user_role = enum_of(Role, "user_role")

user_account = Table(
    "user_account",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", user_role, nullable=False),
    Column("password_hash", Text, nullable=False, comment="argon2id"),
    Column("time_zone", Text, nullable=False, server_default=text("'UTC'"), comment="IANA name; times are shown in it"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("disabled_at", DateTime(timezone=True)),
    comment="People who use the console",
)
Index("user_account_email_key", func.lower(user_account.c.email), unique=True)

session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True, comment="SHA-256 of the cookie's token"),
    Column("user_id", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("session_user_id_idx", "user_id"),
    Index("session_expires_at_idx", "expires_at"),
    comment="Who is signed in",
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("email", Text, nullable=False),
    Column("role", user_role, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the link's token"),
    Column("invited_by", Integer, ForeignKey("user_account.id"), comment="Null from the shell"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    comment="Who may make an account of their own; gone when they have, or when it is withdrawn",
)
Index("invitation_email_key", func.lower(invitation.c.email), unique=True)

login_throttle = Table(
    "login_throttle",
    metadata,
    Column("subject", LargeBinary, primary_key=True, comment="Keyed hash of an account's name or an address"),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("last_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    comment="Failed sign-ins, so that guessing gets slower",
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("key_hash", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the key"),
    Column("scopes", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("revoked_at", DateTime(timezone=True)),
    comment="Clients of the API that say who they are",
)

__all__ = ["api_key", "invitation", "login_throttle", "session", "user_account"]
