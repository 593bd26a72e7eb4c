"""Every table, with a sentence each; the schema itself is made by the migrations."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is spelled INTEGER."""

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org", LargeBinary(32), nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("demo", Boolean, nullable=False),
    comment="One row: the organisation's fingerprint, its lowest delegation serial, and whether the demo made it.",
)

desks = Table(
    "desks",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("slug", String(40), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("country", String(2), nullable=False),
    Column("languages", String(80), nullable=False),
    Column("host_sites", String(4000), nullable=False),
    Column("retention_days", Integer, nullable=False),
    comment="What is public about a desk; lists are separated by spaces.",
)

epochs = Table(
    "epochs",
    metadata,
    Column("desk", LargeBinary(16), ForeignKey("desks.id"), primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("delegation", LargeBinary, nullable=False),
    Column("statement", LargeBinary, nullable=False),
    Column("key", LargeBinary(1216), nullable=False),
    Column("since", Integer, nullable=False),
    Column("until", Integer, nullable=False),
    comment="The public half of each desk epoch key; the wraps of its seed lie in the keystore.",
)

members = Table(
    "members",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("random", LargeBinary(16), nullable=False),
    Column("verifier", LargeBinary, nullable=False),
    Column("key_wrap", LargeBinary, nullable=False),
    Column("key_generation", Integer, nullable=False),
    Column("key", LargeBinary(1216), nullable=False),
    comment="Accounts; verifier and key wrap are sealed under the installation key.",
)

memberships = Table(
    "memberships",
    metadata,
    Column("member", LargeBinary(16), ForeignKey("members.id"), primary_key=True),
    Column("desk", LargeBinary(16), ForeignKey("desks.id"), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("delegation", LargeBinary, nullable=False),
    Column("statement", LargeBinary, nullable=False),
    comment="Who works at which desk, each proven by a statement.",
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("member", LargeBinary(16), ForeignKey("members.id"), nullable=False),
    Column("until", BigInteger, nullable=False),
    comment="Open sign-ins of staff: SHA-256 of the cookie's token, and the second it ends. Not in backups.",
)

conversations = Table(
    "conversations",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("id", LargeBinary(16), nullable=False, unique=True),
    Column("desk", LargeBinary(16), ForeignKey("desks.id"), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("language", String(8), nullable=False),
    Column("phase", String(8), nullable=False),
    Column("day", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("claimer", LargeBinary(16), ForeignKey("members.id"), nullable=True),
    Column("last_seq", BigInteger, nullable=False),
    # A number is never given again: whoever still holds an old one must not reach a stranger's conversation.
    sqlite_autoincrement=True,
    comment="One chat: random id, phase, the day of its last change. Rows stay small: each message changes `last_seq`.",
)

openings = Table(
    "openings",
    metadata,
    Column("conversation", NUMBER, ForeignKey("conversations.number"), primary_key=True),
    Column("opening", LargeBinary, nullable=False),
    comment="The stub and sealed rest of each conversation's opening, under its shred key; never changed.",
)

wraps = Table(
    "wraps",
    metadata,
    Column("conversation", NUMBER, ForeignKey("conversations.number"), primary_key=True),
    Column("what", String(16), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("recipient_kind", String(16), primary_key=True),
    Column("recipient", LargeBinary(16), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("wrap", LargeBinary, nullable=False),
    comment="Who can open which key of a conversation; each under a shred key of its own.",
)

messages = Table(
    "messages",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("conversation", NUMBER, ForeignKey("conversations.number"), nullable=False),
    Column("instance", LargeBinary(8), nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("direction", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("frame", LargeBinary, nullable=False),
    UniqueConstraint("conversation", "instance", "counter", name="message_identity"),
    UniqueConstraint("conversation", "seq", name="message_order"),
    comment="Sealed frames as they came, once more sealed under the conversation's shred key; append-only.",
)

places = Table(
    "places",
    metadata,
    Column("conversation", NUMBER, ForeignKey("conversations.number"), primary_key=True),
    Column("since", BigInteger, nullable=False),
    comment="Since which minute an open conversation waits; gone at the claim. Not in backups.",
)

NEVER_IN_BACKUPS = (places, sign_ins)
