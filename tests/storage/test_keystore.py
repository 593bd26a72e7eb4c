"""Shred keys come, go and are gone; what no row needs is known."""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.failure import Tampered
from crypto.shapes import WRAP_SIZE
from server.storage import keystore as module
from server.storage.keystore import INSTALLATION, KeyGone, Keystore, epoch_name, frames_name, wrap_name

DESTROY = """
import sys, secrets
from pathlib import Path
from server.storage.keystore import Keystore
print(Keystore(Path(sys.argv[1]), secrets.token_bytes).destroy_keys([bytes.fromhex(sys.argv[2])]))
"""


@pytest.fixture
def keystore(tmp_path: Path) -> Iterator[Keystore]:
    """An empty keystore."""
    made = open_again(tmp_path)
    yield made
    made.close()


def open_again(folder: Path) -> Keystore:
    """The keystore of a folder, as another process opens it."""
    return Keystore(folder / "keystore", secrets.token_bytes)


def test_a_key_opens_what_it_sealed_until_it_is_destroyed(keystore: Keystore, tmp_path: Path) -> None:
    """A fresh key lies on disk before it is used; once destroyed it is gone here, on disk and after a restart."""
    first, second = secrets.token_bytes(16), secrets.token_bytes(16)
    key, other = keystore.make_keys([first, second])
    sealed = key.seal(bytes(12), b"a word", "table", b"row", "column")
    again = open_again(tmp_path)
    assert again.key(first).open(sealed, "table", b"row", "column") == b"a word"
    with pytest.raises(Tampered):
        other.open(sealed, "table", b"row", "column")
    assert keystore.destroy_keys([first, first, secrets.token_bytes(16)]) == 1
    for one in (keystore, again):
        one.refresh()
        with pytest.raises(KeyGone):
            one.key(first)
        assert one.key(second).seal(bytes(12), b"", "table", b"row", "column")
    again.close()


def test_another_processs_destruction_is_noticed(keystore: Keystore, tmp_path: Path) -> None:
    """A key that a sweep destroyed elsewhere, and that was kept ready here, is gone after the next refresh."""
    name = secrets.token_bytes(16)
    keystore.make_keys([name])
    keystore.key(name)
    command = [sys.executable, "-c", DESTROY, str(tmp_path / "keystore"), name.hex()]
    assert subprocess.run(command, check=True, capture_output=True).stdout == b"1\n"
    keystore.refresh()
    with pytest.raises(KeyGone):
        keystore.key(name)


def test_orphans_are_the_keys_that_no_row_needs(keystore: Keystore) -> None:
    """Every key but the wanted ones and the installation's is an orphan."""
    wanted, orphan = secrets.token_bytes(16), secrets.token_bytes(16)
    keystore.make_keys([wanted, orphan])
    assert keystore.orphans({wanted}) == [orphan]
    assert set(keystore.orphans(set())) == {wanted, orphan}
    keystore.destroy_keys(keystore.orphans({wanted}))
    assert keystore.orphans({wanted}) == []
    keystore.key(wanted)
    assert len(keystore.installation_key()) == 32


def test_the_installation_key_is_drawn_once(keystore: Keystore, tmp_path: Path) -> None:
    """Whoever opens the keystore again finds the same installation key; another folder has another one."""
    again, other = open_again(tmp_path), open_again(tmp_path / "other")
    assert again.installation_key() == keystore.installation_key() != other.installation_key()
    assert keystore.destroy_keys([INSTALLATION]) == 1
    with pytest.raises(KeyGone):
        keystore.installation_key()
    again.close()
    other.close()


def test_two_that_open_a_new_keystore_at_once_share_one_installation_key(tmp_path: Path) -> None:
    """The installation key that a process goes on with is the one on disk, whoever else was founding."""
    for number in range(10):
        folder = tmp_path / str(number)
        opened: list[Keystore] = []
        threads = [threading.Thread(target=lambda: opened.append(open_again(folder))) for _ in range(4)]  # noqa: B023
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one in opened:
            one.refresh()
        last = open_again(folder)
        assert {one.installation_key() for one in opened} == {last.installation_key()}
        for one in (*opened, last):
            one.close()


def test_epoch_wraps_lie_apart(keystore: Keystore, tmp_path: Path) -> None:
    """A wrap is found under its desk, epoch and member, and under no other; it is no orphan."""
    desk, member = secrets.token_bytes(16), secrets.token_bytes(16)
    name, wrap = epoch_name(desk, bytes(4), member), secrets.token_bytes(WRAP_SIZE)
    keystore.put_epoch_wraps([(name, wrap)])
    assert keystore.epoch_wrap(name) == wrap
    assert keystore.epoch_wrap(epoch_name(member, bytes(4), desk)) is None
    assert keystore.orphans(set()) == []
    again = open_again(tmp_path)
    assert again.epoch_wrap(name) == wrap
    again.close()


def test_names_of_different_things_differ() -> None:
    """No two slots share a name: kinds, numbers and recipients all count."""
    one, two = bytes(16), b"\1" * 16
    names = {
        frames_name(one),
        frames_name(two),
        wrap_name(one, "K", bytes(4), "desk-epoch", one),
        wrap_name(one, "K", bytes(4), "desk-epoch", two),
        wrap_name(one, "K", b"\0\0\0\1", "desk-epoch", one),
        wrap_name(one, "staff", bytes(4), "desk-epoch", one),
        wrap_name(one, "K", bytes(4), "member", one),
        epoch_name(one, bytes(4), one),
        epoch_name(one, bytes(4), two),
        INSTALLATION,
    }
    assert len(names) == 10
    assert all(len(name) == 16 for name in names)


def test_more_conversations_than_are_kept_ready(keystore: Keystore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the keys that are kept ready the oldest is read again, and every key still opens its own."""
    monkeypatch.setattr(module, "RECENT_KEYS", 3)
    names = [secrets.token_bytes(16) for _ in range(8)]
    keystore.make_keys(names)
    sealed = [keystore.key(name).seal(bytes(12), name, "table", name, "column") for name in names]
    for name, value in zip(names, sealed, strict=True):
        assert keystore.key(name).open(value, "table", name, "column") == name
