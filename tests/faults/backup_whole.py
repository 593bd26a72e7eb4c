"""Planted: the backup copies every table, open sign-ins and places included."""

from __future__ import annotations

from server import cli
from server.storage import backup
from server.storage.tables import metadata

if __name__ == "__main__":
    backup.KEPT = tuple(metadata.sorted_tables)
    cli.main()
