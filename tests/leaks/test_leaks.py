"""After everything that can happen to a server, nothing that could tell who wrote, or what, lies anywhere."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import Table

from server.storage.tables import metadata
from tests.leaks.canaries import BORN, HEADERS, IN_DATABASE, PASSWORDS, SAID, SENT
from tests.leaks.conftest import Arrange
from tests.leaks.footprints import read_footprints
from tests.leaks.places import CLUSTER
from tests.leaks.watch import BACKUP, Watch, find_leaks
from tests.leaks.watched import FOLDER

ALWAYS = {"names of files", "output.txt", BACKUP, "data/keystore/shred.slots", "data/keystore/epochs.slots"}
STORED = {
    *("number", "id", "desk", "channel", "language", "phase", "day", "generation", "claimer", "last_seq"),
    *("conversation", "opening", "what", "recipient_kind", "recipient", "epoch", "wrap", "since"),
    *("instance", "counter", "direction", "seq", "frame"),
}
"""Random ids, desk, channel, language, phase, day, wraps, sealed frames with what orders them; since when one waits."""
PARENT = "conversations.number"
ON_SQLITE = ALWAYS | {"data/sluss.db", "data/sluss.db-wal", "data/sluss.db-shm"}


async def test_nothing_is_found_and_nothing_lies_elsewhere(arrange: Arrange, tmp_path: Path) -> None:
    """On SQLite: no canary in any place, no file outside the data folder, no call to anybody, no other program."""
    footprints = tmp_path / "footprints"
    footprints.mkdir()
    watch = arrange(entry="tests.leaks.watched", environment={FOLDER: str(footprints)})
    assert await find_leaks(watch) == set()
    assert watch.canaries.unborn() == []
    assert watch.names() >= ON_SQLITE
    found = read_footprints(footprints)
    backup = str(watch.running.folder / BACKUP)
    assert {path for path in found.outside(watch.running.data) if not path.startswith(backup)} == set()
    assert found.called == frozenset()
    assert found.started <= {sys.executable}


async def test_nothing_is_found_on_postgresql(watch_on_postgresql: Watch) -> None:
    """On PostgreSQL: no canary, neither in the server's own places nor in the database server's, its log included."""
    watch = watch_on_postgresql
    assert await find_leaks(watch) == set()
    assert watch.names() >= ALWAYS
    assert any(name.startswith(f"{CLUSTER}/pg_wal/") for name in watch.names())


def test_of_a_visitor_nothing_else_is_stored() -> None:
    """Conversations and whatever hangs on them have these columns and no other; a new one is weighed here first."""
    tables = [table for table in metadata.sorted_tables if _is_of_a_conversation(table)]
    assert len(tables) > 3
    assert {column.name for table in tables for column in table.columns} == STORED


def _is_of_a_conversation(table: Table) -> bool:
    return table.name == "conversations" or any(key.target_fullname == PARENT for key in table.foreign_keys)


def test_no_name_stands_for_two_canaries() -> None:
    """Each name is on one list only."""
    names = [*HEADERS, *SAID, *SENT, *PASSWORDS, *BORN, *IN_DATABASE]
    assert len(set(names)) == len(names)
