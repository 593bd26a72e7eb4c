"""The keystore: what must be destroyed for good lies here, apart from the database and never in a backup.

It holds a shred key per stored wrap and one per conversation for its frames, the wraps of epoch seeds, and the
installation key. A key is fsynced before the row that depends on it commits, and destroyed before that row is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from crypto.atrest import RestKey
from crypto.binding import bind, sha256
from crypto.shapes import WRAP_SIZE
from server.storage.slots import SlotFile

KEY_SIZE = 32
INSTALLATION = sha256(bind(b"slot/1", b"installation"))[:16]
RECENT_KEYS = 4_096
"""Conversation keys kept ready for sealing frames; beyond that the oldest is made anew from its slot."""


class KeyGone(Exception):
    """A row's shred key is destroyed: nothing can open it any more."""


def frames_name(conversation: bytes) -> bytes:
    """The slot of the key over a conversation's opening and frames."""
    return sha256(bind(b"slot/1", b"frames", conversation))[:16]


def wrap_name(conversation: bytes, what: str, number: bytes, kind: str, recipient: bytes) -> bytes:
    """The slot of the key over one stored wrap."""
    return sha256(bind(b"slot/1", b"wrap", conversation, what.encode(), number, kind.encode(), recipient))[:16]


def epoch_name(desk: bytes, epoch: bytes, member: bytes) -> bytes:
    """The slot of a desk epoch seed wrapped to one member."""
    return sha256(bind(b"slot/1", b"desk-epoch", desk, epoch, member))[:16]


class Keystore:
    """Shred keys, epoch wraps and the installation key in two slot files under `folder`."""

    def __init__(self, folder: Path, random: Callable[[int], bytes]) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._random = random
        self._keys = SlotFile(folder / "shred.slots", KEY_SIZE)
        self._wraps = SlotFile(folder / "epochs.slots", WRAP_SIZE)
        self._ready: dict[bytes, RestKey] = {}
        if self._keys.get(INSTALLATION) is None:
            self._keys.put([(INSTALLATION, random(KEY_SIZE))])

    def close(self) -> None:
        """Give both files back."""
        self._keys.close()
        self._wraps.close()

    def installation_key(self) -> bytes:
        """The key under which account secrets rest in the database."""
        key = self._keys.get(INSTALLATION)
        if key is None:
            raise KeyGone
        return key

    def make_keys(self, names: Sequence[bytes]) -> list[RestKey]:
        """Fresh shred keys, on disk before this returns."""
        keys = [(name, self._random(KEY_SIZE)) for name in names]
        self._keys.put(keys)
        # The slot may hold the key of a commit that failed: what was made ready from it would seal for nobody.
        for name in names:
            self._ready.pop(name, None)
        return [RestKey(key) for _name, key in keys]

    def key(self, name: bytes) -> RestKey:
        """The shred key in a slot; KeyGone once destroyed."""
        ready = self._ready.get(name)
        if ready is None:
            raw = self._keys.get(name)
            if raw is None:
                raise KeyGone
            if len(self._ready) >= RECENT_KEYS:
                # Several threads ask at once: a copy of the names, which one of them may have taken out already.
                self._ready.pop(next(iter(tuple(self._ready))), None)
            ready = self._ready[name] = RestKey(raw)
        return ready

    def destroy_keys(self, names: Iterable[bytes]) -> int:
        """Zero shred keys on disk and forget them in memory; how many there were."""
        names = list(names)
        for name in names:
            self._ready.pop(name, None)
        return self._keys.destroy(names)

    def orphans(self, wanted: set[bytes]) -> list[bytes]:
        """Shred keys that no row needs any more (a crash between keystore and commit)."""
        return [name for name in self._keys.names() if name not in wanted and name != INSTALLATION]

    def put_epoch_wraps(self, wraps: Iterable[tuple[bytes, bytes]]) -> None:
        """Store wraps of epoch seeds by `epoch_name`."""
        self._wraps.put(wraps)

    def epoch_wrap(self, name: bytes) -> bytes | None:
        """The wrap of an epoch seed for one member."""
        return self._wraps.get(name)

    def refresh(self) -> None:
        """Notice what another process (a sweep, a new account) changed."""
        self._keys.refresh()
        self._wraps.refresh()
        gone = [name for name in list(self._ready) if self._keys.get(name) is None]
        for name in gone:
            self._ready.pop(name, None)
