"""Planted: a counsellor takes conversations of desks where she does not work."""

from __future__ import annotations

from sqlalchemy import Connection

from server import cli
from server.services import conversations


def works_anywhere(connection: Connection, member: bytes, desk: bytes) -> bool:
    """Instead of conversations._works_at."""
    return True


if __name__ == "__main__":
    conversations._works_at = works_anywhere
    cli.main()
