"""The database: SQLite by default, PostgreSQL where configured; the schema by Alembic from the first table."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 5_000
"""How long a SQLite connection waits for another process's write (a sweep, a new account)."""
CACHE_KIB = 16_384
"""Of each SQLite connection: the pages that new frames of some hundred conversations touch, which 2 MiB do not hold."""
LOG_PAGES = 4_000
"""Pages of the write-ahead log, 16 MB, after which it goes into the database: many changes of a page, one copy."""
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    # FULL: what was acknowledged survives a power cut; with group commit it costs as much as NORMAL.
    "synchronous=FULL",
    f"busy_timeout={BUSY_MS}",
    "foreign_keys=ON",
    "secure_delete=ON",
    # What a savepoint may have to undo lies in memory, not in a file that is made and unlinked for each batch.
    "temp_store=MEMORY",
    f"cache_size=-{CACHE_KIB}",
    f"wal_autocheckpoint={LOG_PAGES}",
)
KEYS_LOCK = 0x536C757373
"""The number of PostgreSQL's advisory lock over keys without rows: "Sluss"."""
READ_ONLY = {"sluss_read_only": True}
"""Execution options of a connection that only reads, so that it takes no write lock."""


def open_database(url: str) -> Engine:
    """An engine for `url`; parameters never show in its errors."""
    backend = make_url(url).get_backend_name()
    if backend == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # "format" makes parameters positional, as in SQLite: the scribe's compiled texts take tuples.
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, paramstyle="format")


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # SQLAlchemy's default sends no BEGIN before a SELECT and silently loses updates.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("sluss_read_only")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest migration; harmless when it is there."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def truncate_log(engine: Engine) -> bool:
    """Truncate SQLite's write-ahead log, which keeps bytes in spite of `secure_delete`; False if a reader held it."""
    if engine.dialect.name != "sqlite":
        return True
    raw: Any = engine.raw_connection()
    try:
        busy, _frames, _moved = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    finally:
        raw.close()


def hold_keys(connection: Connection, *, alone: bool) -> None:
    """Keep openings and the search for orphaned keys apart until the transaction ends.

    A key is on disk before its row can be seen: whoever searches for keys without rows must not look in between.
    On SQLite a write transaction is alone anyhow.
    """
    if connection.dialect.name == "postgresql":
        take = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        connection.execute(text(f"SELECT {take}({KEYS_LOCK})"))


def ping(engine: Engine) -> None:
    """Raise if the database does not answer."""
    with engine.connect().execution_options(**READ_ONLY) as connection:
        connection.execute(text("SELECT 1"))
