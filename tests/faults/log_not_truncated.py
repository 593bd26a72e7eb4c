"""Planted: SQLite's write-ahead log is never truncated, so that it keeps what was deleted."""

from __future__ import annotations

from sqlalchemy import Engine

from server.storage import database


def keep(engine: Engine) -> bool:
    """Instead of database.truncate_log."""
    return True


if __name__ == "__main__":
    database.truncate_log = keep
    # Only now: other modules take `truncate_log` by its name when they are imported.
    from server import cli

    cli.main()
