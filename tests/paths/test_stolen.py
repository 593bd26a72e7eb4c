"""What a thief can open: nothing without the keystore, whatever passwords are known; with it, what one password opens.

The thief is a program that tries everything it has as a key for everything it has that is sealed.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crypto.atrest import RestKey
from crypto.binding import sha256, u32, unbind
from crypto.failure import CryptoError
from crypto.frame import open_frame
from crypto.hpke import public_key
from crypto.member import key_encryption_key, login_secret, password_root, unwrap_member_keys
from crypto.opening import DeskKey, open_opening
from crypto.wrap import DESK_SEED, Recipient, unwrap
from server import demo
from server.storage.keystore import wrap_name
from server.storage.slots import CHECK, ID
from tests.people import Thread
from tests.running import ROOT, Running

KEY, WRAP = 32, 1168
SHORT = 1_000
PASSWORDS = [person.password for person in demo.PEOPLE]
SAID = [b"I have not told anybody.", b"I am glad that you write."]
Row = dict[str, Any]


@cache
def root_of(password: str, org: bytes, login: str, random: bytes) -> bytes:
    """Argon2id, once for each password and account."""
    return password_root(password, org, login, random)


@dataclass
class Thief:
    """Has a database, and perhaps a keystore, passwords, conversation keys that somebody kept, and other bytes."""

    database: Path
    keystore: Path | None = None
    passwords: Sequence[str] = ()
    kept: Sequence[bytes] = ()
    more: bytes = b""
    patient: bool = False

    def __post_init__(self) -> None:
        with closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            self.rows = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names}
        self.org: bytes = self.rows["installation"][0]["org"]
        files = sorted(self.keystore.iterdir()) if self.keystore else []
        self.haul = [*self._values(), self.more, *(file.read_bytes() for file in files)]
        self.secrets = [*dict.fromkeys([*self._of_passwords(), *self.kept, bytes(KEY)])]
        self.keys = [RestKey(key) for key in dict.fromkeys([*self._windows(), *self.secrets])]

    def read(self) -> list[bytes]:
        """Every text the thief can read."""
        texts: list[bytes] = []
        desks = list(self._desk_seeds())
        for row in self.rows["conversations"]:
            for key in dict.fromkeys([*self.kept, *self._conversation_keys(row, desks)]):
                texts += self._texts(row, key)
        return list(dict.fromkeys(texts))

    def _values(self) -> Iterator[bytes]:
        for rows in self.rows.values():
            for value in (value for row in rows for value in row.values()):
                if isinstance(value, bytes | str):
                    yield value if isinstance(value, bytes) else value.encode()

    def _windows(self) -> Iterator[bytes]:
        """Whatever 32 bytes stand anywhere: each could be a key. Who has less patience leaves out what is long."""
        slots = [(self.keystore / "shred.slots").read_bytes()] if self.keystore else []
        for raw in (*slots, *self.haul) if self.patient else (*slots, *self._short()):
            yield from (raw[at : at + KEY] for at in range(len(raw) - KEY + 1))

    def _short(self) -> Iterator[bytes]:
        yield from (raw for raw in self.haul if len(raw) < SHORT)

    def _of_passwords(self) -> Iterator[bytes]:
        for password in self.passwords:
            for row in self.rows["members"]:
                root = root_of(password, self.org, row["login"], row["random"])
                secret = login_secret(root, self.org, row["login"])
                yield from (root, secret, sha256(secret), key_encryption_key(root, self.org, row["login"]))

    def _at_rest(self, sealed: bytes, table: str, row: bytes, column: str) -> Iterator[bytes]:
        """The value under any key there is; and as it lies there, should it not be sealed at all."""
        yield from (sealed, sealed[12:-16])
        for key in self.keys:
            with suppress(CryptoError):
                yield key.open(sealed, table, row, column)

    def _member_seeds(self) -> Iterator[tuple[bytes, bytes]]:
        for row in self.rows["members"]:
            for wrapped in self._at_rest(row["key_wrap"], "members", row["id"], "key_wrap"):
                for secret in self.secrets:
                    with suppress(CryptoError):
                        opened = unwrap_member_keys(secret, self.org, row["id"], row["key_generation"], wrapped)
                        yield row["id"], opened[0]

    def _desk_seeds(self) -> Iterator[tuple[Row, bytes]]:
        wraps = [raw for raw in self.haul if len(raw) == WRAP]
        for raw in self.haul:
            size = ID + WRAP + CHECK
            wraps += [raw[at + ID : at + ID + WRAP] for at in range(size, len(raw) - size + 1, size)]
        for member, seed in self._member_seeds():
            own = Recipient("member", member, public_key(seed))
            for epoch in self.rows["epochs"]:
                for wrap in wraps:
                    with suppress(CryptoError):
                        yield epoch, unwrap(self.org, DESK_SEED, epoch["desk"], epoch["epoch"], own, seed, wrap)

    def _conversation_keys(self, row: Row, desks: Sequence[tuple[Row, bytes]]) -> Iterator[bytes]:
        stored_opening = next(o["opening"] for o in self.rows["openings"] if o["conversation"] == row["number"])
        openings = list(self._at_rest(stored_opening, "conversations", row["id"], "opening"))
        for stored in self.rows["wraps"]:
            number = u32(stored["number"])
            name = wrap_name(row["id"], stored["what"], number, stored["recipient_kind"], stored["recipient"])
            for wrap in self._at_rest(stored["wrap"], "wraps", name, "wrap"):
                for opening in openings:
                    for epoch, seed in desks:
                        with suppress(CryptoError):
                            stub, sealed = unbind(opening, 2)
                            desk = DeskKey(epoch["desk"], epoch["epoch"], epoch["key"])
                            yield open_opening(self.org, stub, wrap, sealed, desk, seed).key

    def _texts(self, conversation: Row, key: bytes) -> Iterator[bytes]:
        for row in (row for row in self.rows["messages"] if row["conversation"] == conversation["number"]):
            name = conversation["id"] + row["instance"] + int(row["counter"]).to_bytes(8)
            for frame in self._at_rest(row["frame"], "messages", name, "frame"):
                with suppress(CryptoError):
                    yield open_frame(key, frame).content.text


@dataclass(frozen=True)
class Stolen:
    """What was taken from a running house: copies of its files, and the key that its visitor kept."""

    folder: Path
    running: Running
    kept: bytes

    @property
    def database(self) -> Path:
        """The database with its write-ahead log beside it."""
        return self.folder / "sluss.db"

    @property
    def keystore(self) -> Path:
        """What lies apart, and was taken too."""
        return self.folder / "keystore"

    @property
    def configuration(self) -> bytes:
        """Settings, environment and the log: whatever else lies about."""
        running = self.running
        settings = (running.folder / "limits.toml").read_bytes()
        return settings + repr(running.variables()).encode() + self.database.with_name("sluss.db-wal").read_bytes()

    def reads(self, *, keystore: bool, passwords: Sequence[str], kept: bool = False) -> list[bytes]:
        """What somebody with this reads."""
        kept_keys = [self.kept] if kept else []
        return Thief(self.database, self.keystore if keystore else None, passwords, kept_keys).read()


@pytest.fixture
async def stolen(server: Running) -> Stolen:
    """A visitor and a counsellor have talked; then somebody copies every file of the running house."""
    visitor = await server.visitor()
    await visitor.dial()
    await visitor.open()
    await visitor.say(SAID[0].decode())
    counsellor = await server.counsellor()
    await counsellor.dial()
    thread = await counsellor.take(visitor.id)
    assert isinstance(thread, Thread)
    await thread.hear()
    await thread.say(SAID[1].decode())
    folder = server.folder / "stolen"
    shutil.copytree(server.data, folder)
    return Stolen(folder, server, visitor.key)


def command(running: Running, *arguments: str) -> None:
    """Run one of the product's commands in a house."""
    subprocess.run([sys.executable, "-m", "server", *arguments], env=running.variables(), cwd=ROOT, check=True)


def heard(texts: list[bytes]) -> list[bytes]:
    """Of what was read, the words that were said, in order."""
    return [text for text in texts if text in SAID]


async def test_database_configuration_and_every_password_open_nothing(stolen: Stolen) -> None:
    """Not with every password, not with the visitor's kept key, not with every byte of settings and log as a key."""
    thief = Thief(stolen.database, None, PASSWORDS, [stolen.kept], stolen.configuration[:20_000], patient=True)
    assert len(thief.rows["messages"]) == 3
    assert len(thief.keys) > 10_000
    assert thief.read() == []


async def test_with_the_keystore_one_password_opens(stolen: Stolen) -> None:
    """The same program reads everything once it has the keystore and any one password of the desk.

    Without a password, or with a wrong one, it reads nothing; a key that the visitor kept opens that conversation.
    """
    for password in PASSWORDS:
        assert heard(stolen.reads(keystore=True, passwords=[password])) == SAID
    assert stolen.reads(keystore=True, passwords=[]) == []
    assert stolen.reads(keystore=True, passwords=["demo only: lantern over water "]) == []
    assert heard(stolen.reads(keystore=True, passwords=[], kept=True)) == SAID


async def test_a_backup_restored_elsewhere_opens_nothing(stolen: Stolen, tmp_path: Path) -> None:
    """With every password, the visitor's kept key and the other house's own keystore: nothing."""
    command(stolen.running, "backup", str(tmp_path / "backup.db"))
    elsewhere = Running(tmp_path / "elsewhere")
    command(elsewhere, "restore", str(tmp_path / "backup.db"))
    command(elsewhere, "sweep")
    database = elsewhere.data / "sluss.db"
    for keystore in (None, elsewhere.data / "keystore"):
        thief = Thief(database, keystore, PASSWORDS, [stolen.kept])
        assert len(thief.rows["messages"]) == 3
        assert thief.read() == []
    assert Thief(tmp_path / "backup.db", None, PASSWORDS, [stolen.kept]).read() == []
    assert heard(Thief(tmp_path / "backup.db", stolen.keystore, PASSWORDS[1:2]).read()) == SAID


async def test_after_deletion_no_older_copy_opens(stolen: Stolen) -> None:
    """Yesterday's database with today's keystore and every password opens nothing that was deleted in between."""
    running = stolen.running
    visitor = await running.visitor()
    await visitor.dial()
    await visitor.open()
    await visitor.say("This shall be forgotten.")
    shutil.copytree(running.data, running.folder / "yesterday")
    yesterday = running.folder / "yesterday"
    before = Thief(yesterday / "sluss.db", yesterday / "keystore", PASSWORDS[1:2]).read()
    assert b"This shall be forgotten." in before
    await visitor.prove("delete")
    assert visitor.line is not None
    await visitor.line.control("deleted")
    today = Thief(yesterday / "sluss.db", running.data / "keystore", PASSWORDS, [visitor.key]).read()
    assert b"This shall be forgotten." not in today
    assert heard(today) == SAID
