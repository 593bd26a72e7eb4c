"""The first tables: installation, desks, people, conversations and messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ID = sa.LargeBinary(16)


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("org", sa.LargeBinary(32), nullable=False),
        sa.Column("serial", sa.BigInteger, nullable=False),
        sa.Column("demo", sa.Boolean, nullable=False),
    )
    _create_desks()
    _create_people()
    _create_conversations()


def _create_desks() -> None:
    op.create_table(
        "desks",
        sa.Column("id", ID, primary_key=True),
        sa.Column("slug", sa.String(40), nullable=False, unique=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("languages", sa.String(80), nullable=False),
        sa.Column("host_sites", sa.String(4000), nullable=False),
        sa.Column("retention_days", sa.Integer, nullable=False),
    )
    op.create_table(
        "epochs",
        sa.Column("desk", ID, sa.ForeignKey("desks.id"), primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("delegation", sa.LargeBinary, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.LargeBinary(1216), nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("until", sa.Integer, nullable=False),
    )


def _create_people() -> None:
    op.create_table(
        "members",
        sa.Column("id", ID, primary_key=True),
        sa.Column("login", sa.String(64), nullable=False, unique=True),
        sa.Column("random", ID, nullable=False),
        sa.Column("verifier", sa.LargeBinary, nullable=False),
        sa.Column("key_wrap", sa.LargeBinary, nullable=False),
        sa.Column("key_generation", sa.Integer, nullable=False),
        sa.Column("key", sa.LargeBinary(1216), nullable=False),
    )
    op.create_table(
        "memberships",
        sa.Column("member", ID, sa.ForeignKey("members.id"), primary_key=True),
        sa.Column("desk", ID, sa.ForeignKey("desks.id"), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("delegation", sa.LargeBinary, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "sign_ins",
        sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("member", ID, sa.ForeignKey("members.id"), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("id", ID, nullable=False, unique=True),
        sa.Column("desk", ID, sa.ForeignKey("desks.id"), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("phase", sa.String(8), nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("claimer", ID, sa.ForeignKey("members.id"), nullable=True),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "openings",
        sa.Column("conversation", NUMBER, sa.ForeignKey("conversations.number"), primary_key=True),
        sa.Column("opening", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "wraps",
        sa.Column("conversation", NUMBER, sa.ForeignKey("conversations.number"), primary_key=True),
        sa.Column("what", sa.String(16), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("recipient_kind", sa.String(16), primary_key=True),
        sa.Column("recipient", ID, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("wrap", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "messages",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("conversation", NUMBER, sa.ForeignKey("conversations.number"), nullable=False),
        sa.Column("instance", sa.LargeBinary(8), nullable=False),
        sa.Column("counter", sa.BigInteger, nullable=False),
        sa.Column("direction", sa.Integer, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("frame", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("conversation", "instance", "counter", name="message_identity"),
        sa.UniqueConstraint("conversation", "seq", name="message_order"),
    )
    op.create_table(
        "places",
        sa.Column("conversation", NUMBER, sa.ForeignKey("conversations.number"), primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
