"""Backups: every table but those whose rows must not outlive the day, into one SQLite file; and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, func, insert, select

from server.storage.database import READ_ONLY, open_database, truncate_log, upgrade
from server.storage.tables import NEVER_IN_BACKUPS, metadata

ROWS_AT_ONCE = 1_000
KEPT = tuple(table for table in metadata.sorted_tables if table not in NEVER_IN_BACKUPS)


class NotEmpty(Exception):
    """A backup goes only into a database without rows."""


def write_backup(database: str, target: Path) -> int:
    """Copy one consistent state of the database, never the keystore, into a new SQLite file; the number of rows."""
    target.touch(mode=0o600, exist_ok=False)
    with _opened(database) as source, _opened(f"sqlite:///{target}") as copy:
        upgrade(copy)
        with (
            source.connect().execution_options(**READ_ONLY, **_snapshot(source.dialect.name)) as reader,
            reader.begin(),
            copy.begin() as writer,
        ):
            rows = _copy(reader, writer)
        truncate_log(copy)
    return rows


def restore_backup(backup: Path, database: str) -> int:
    """Fill an empty database from a backup; raises NotEmpty. Without its keystore nothing in it opens."""
    with _opened(f"sqlite:///{backup}") as source, _opened(database) as target:
        upgrade(target)
        with target.begin() as writer:
            if any(writer.execute(select(func.count()).select_from(table)).scalar_one() for table in KEPT):
                raise NotEmpty
            with source.connect().execution_options(**READ_ONLY) as reader, reader.begin():
                rows = _copy(reader, writer)
            _number_on(writer)
    return rows


@contextmanager
def _opened(database: str) -> Iterator[Engine]:
    engine = open_database(database)
    try:
        yield engine
    finally:
        engine.dispose()


def _snapshot(dialect: str) -> dict[str, str]:
    return {} if dialect == "sqlite" else {"isolation_level": "REPEATABLE READ"}


def _number_on(writer: Connection) -> None:
    # PostgreSQL counts apart from its rows: without this the first new row would get a restored one's number.
    for table in KEPT:
        column = table.autoincrement_column
        if writer.dialect.name == "postgresql" and column is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            writer.execute(select(func.setval(sequence, func.max(column))))


def _copy(reader: Connection, writer: Connection) -> int:
    copied = 0
    for table in KEPT:
        result = reader.execute(select(table))
        while rows := [dict(row) for row in result.mappings().fetchmany(ROWS_AT_ONCE)]:
            writer.execute(insert(table), rows)
            copied += len(rows)
    return copied
