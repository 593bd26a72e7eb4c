"""Deleted rows leave SQLite's files for good once the write-ahead log is truncated, and not before."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine, event

from server.storage.conversations import delete_rows
from server.storage.database import truncate_log
from server.storage.messages import append_one, delete_all
from server.storage.tables import messages
from tests.storage.ground import Ground, plan

Truncate = Callable[[Engine], object]


def found_after_deletion(ground: Ground, truncate: Truncate) -> list[str]:
    """Files that still hold a frame's sealed bytes after its conversation was deleted."""
    visitor = ground.people.visitor()
    access = ground.open(visitor)
    [frame] = visitor.compose("to be forgotten")
    ground.run(lambda connection: append_one(connection, plan(access, frame)))
    sealed = ground.rows(messages)[-1].frame
    assert any(sealed in file.read_bytes() for file in ground.folder.glob("sluss.db*"))
    number = access.conversation.number
    ground.run(lambda connection: delete_all(connection, number))
    ground.run(lambda connection: delete_rows(connection, number))
    truncate(ground.engine)
    return sorted(file.name for file in ground.folder.glob("sluss.db*") if sealed in file.read_bytes())


def test_a_truncated_log_holds_nothing_deleted(sqlite_ground: Ground) -> None:
    """After deletion and truncation no file has the bytes; with truncation left out, the log has them."""
    assert found_after_deletion(sqlite_ground, truncate_log) == []
    assert (sqlite_ground.folder / "sluss.db-wal").stat().st_size == 0
    assert found_after_deletion(sqlite_ground, lambda _engine: None) == ["sluss.db-wal"]


def test_a_reader_that_holds_the_log_is_told(sqlite_ground: Ground) -> None:
    """While somebody reads an old state the log cannot go: the answer is False, and True once the reader is done."""
    event.listen(sqlite_ground.engine, "checkout", lambda raw, _r, _p: raw.execute("PRAGMA busy_timeout=50"))
    with sqlite_ground.reading() as reader:
        reader.execute(messages.select()).all()
        sqlite_ground.open(sqlite_ground.people.visitor())
        assert truncate_log(sqlite_ground.engine) is False
    assert truncate_log(sqlite_ground.engine) is True


def test_without_sqlite_there_is_nothing_to_do(ground: Ground) -> None:
    """On PostgreSQL the call does nothing and says so is well."""
    assert truncate_log(ground.engine) is True
