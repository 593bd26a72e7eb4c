"""A backup holds what must survive and nothing that must not, and fills an empty database of either kind."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crypto.binding import sha256
from crypto.failure import Tampered
from crypto.shapes import WRAP_SIZE
from server.model.refusal import Refusal
from server.services import conversations as services
from server.services import people
from server.services.access import access_by_claimer
from server.storage import conversations
from server.storage.backup import KEPT, NotEmpty, restore_backup, write_backup
from server.storage.database import open_database
from server.storage.keystore import Keystore
from server.storage.messages import append_one
from server.storage.tables import messages, places, sign_ins
from tests.storage.fixtures import KINDS, NewDatabase
from tests.storage.ground import NOW, Ground, plan


@pytest.fixture
def used(ground: Ground) -> Ground:
    """A ground with a waiting and a taken conversation, and somebody signed in."""
    for taken in (False, True):
        visitor = ground.people.visitor()
        access = ground.open(visitor)
        plans = [plan(access, visitor.compose(word)[0]) for word in ("one", "two")]
        for one in plans:
            ground.run(lambda connection, one=one: append_one(connection, one))  # type: ignore[misc]
        if taken:
            ground.take("anna", visitor)
    sign_in(ground)
    return ground


def sign_in(ground: Ground) -> bytes:
    """A token for Anna."""
    secret = ground.people.secrets["anna"]
    return ground.run(
        lambda connection: people.sign_in(connection, ground.keystore, secrets.token_bytes, "anna", secret, NOW)
    )


def count(url: str) -> dict[str, int]:
    """Rows of every table."""
    engine = open_database(url)
    with engine.connect() as connection:
        counted = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (*KEPT, places, sign_ins)
        }
    engine.dispose()
    return counted


def test_places_and_sign_ins_are_left_out(used: Ground, tmp_path: Path) -> None:
    """Everything is copied but who waits since when and who is signed in; not one byte of a token's hash is there."""
    token = sign_in(used)
    target = tmp_path / "backup.db"
    rows = write_backup(used.url, target)
    before, after = count(used.url), count(f"sqlite:///{target}")
    assert (before["places"], before["sign_ins"]) == (1, 2)
    assert after == {**before, "places": 0, "sign_ins": 0}
    assert rows == sum(after.values())
    assert sha256(token) not in target.read_bytes()
    assert used.rows(messages)[0].frame in target.read_bytes()


def test_a_backup_is_one_closed_file(used: Ground, tmp_path: Path) -> None:
    """No log lies beside the file, and SQLite itself finds it whole."""
    target = tmp_path / "backup.db"
    write_backup(used.url, target)
    assert [file.name for file in tmp_path.glob("backup.db*")] == ["backup.db"]
    with sqlite3.connect(target) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


@contextmanager
def restored(used: Ground, url: str, folder: Path) -> Iterator[Ground]:
    """A ground filled from a backup, beside the keystore that lies in `folder`."""
    write_backup(used.url, folder / "backup.db")
    restore_backup(folder / "backup.db", url)
    keystore = Keystore(folder / "keystore", secrets.token_bytes)
    made = Ground(url, folder, used.people, open_database(url), keystore)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_fills_an_empty_database(used: Ground, new_database: NewDatabase, kind: str) -> None:
    """Restored beside its keystore, what was written can be read, and the house goes on as if nothing had been."""
    anna = used.people.members["anna"]
    before = {**count(used.url), "places": 0, "sign_ins": 0}
    with restored(used, new_database(kind), used.folder) as ground:
        assert count(ground.url) == before
        with ground.reading() as connection:
            [taken] = conversations.claimed(connection, anna, 10)
            access = access_by_claimer(connection, ground.keystore, anna, taken.id)
            assert [one.seq for one in services.read_page(connection, access, 0)] == [1, 2]
            assert len(services.find_opening(connection, ground.keystore, access).wrap) == WRAP_SIZE
        goes_on(ground)


def goes_on(ground: Ground) -> None:
    """New conversations and messages get numbers of their own, and somebody signs in."""
    visitor = ground.people.visitor()
    access = ground.open(visitor)
    [frame] = visitor.compose("anew")
    assert ground.run(lambda connection: append_one(connection, plan(access, frame))) == 1
    sign_in(ground)


@pytest.mark.parametrize("kind", KINDS)
def test_who_waited_still_waits_after_a_restore(used: Ground, new_database: NewDatabase, kind: str) -> None:
    """The minute is not in the backup, the conversation is: it is listed, and can be taken."""
    with restored(used, new_database(kind), used.folder) as ground:
        with ground.reading() as connection:
            [(waiting, _since)], _mine = services.list_for(connection, used.people.members["berit"])
        member = used.people.members["berit"]
        taken = ground.run(lambda connection: services.take(connection, ground.keystore, member, waiting.id, NOW))
        assert taken.conversation.phase == "active"


def test_without_its_keystore_nothing_opens(used: Ground, tmp_path: Path) -> None:
    """Restored elsewhere the rows are there, yet nobody reaches a conversation or signs in."""
    anna = used.people.members["anna"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with restored(used, f"sqlite:///{elsewhere / 'sluss.db'}", elsewhere) as ground:
        with ground.reading() as connection:
            [taken] = conversations.claimed(connection, anna, 10)
            with pytest.raises(Refusal) as refusal:
                access_by_claimer(connection, ground.keystore, anna, taken.id)
        assert refusal.value.code == "unknown"
        with pytest.raises((Refusal, Tampered)):
            sign_in(ground)


def test_a_database_with_rows_is_not_overwritten(used: Ground, tmp_path: Path) -> None:
    """A backup goes only into an empty database; what is there stays."""
    write_backup(used.url, tmp_path / "backup.db")
    before = count(used.url)
    with pytest.raises(NotEmpty):
        restore_backup(tmp_path / "backup.db", used.url)
    assert count(used.url) == before


def test_a_backup_is_one_state_while_others_write(ground: Ground, tmp_path: Path) -> None:
    """However much is written meanwhile, every conversation in the backup has as many frames as it says."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            visitor = ground.people.visitor()
            access = ground.open(visitor)
            for word in "abc":
                one = plan(access, visitor.compose(word)[0])
                ground.run(lambda connection, one=one: append_one(connection, one))  # type: ignore[misc]

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            target = tmp_path / f"{number}.db"
            write_backup(ground.url, target)
            with sqlite3.connect(target) as connection:
                said = connection.execute("SELECT number, last_seq FROM conversations").fetchall()
                found = dict(connection.execute("SELECT conversation, count(*) FROM messages GROUP BY 1").fetchall())
            connection.close()
            assert [found.get(number, 0) for number, _last in said] == [last for _number, last in said]
    finally:
        stop.set()
        writer.join()
