"""Planted: the database echoes its statements with their parameters, as one does to look for an error."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine

from server import cli
from server.storage import database


def echoing(url: str, **options: Any) -> Engine:
    """Instead of create_engine: statements on standard output, parameters not hidden."""
    return create_engine(url, **{**options, "hide_parameters": False, "echo": True})


if __name__ == "__main__":
    database.create_engine = echoing  # type: ignore[assignment, attr-defined]
    cli.main()
