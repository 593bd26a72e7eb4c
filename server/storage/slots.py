"""A file of equal slots that can really forget: written in place, fsynced, zeroed on destruction.

A slot is `id 16 ‖ value ‖ check 16`, check = first bytes of SHA-256 over the rest. No journal ever holds a second copy
(SQLite's would, see docs/decisions/keystore.md). A torn write leaves a slot whose check fails: it counts as free, and
whatever depended on it was not committed. The first slot is a header with a generation number, so that other processes
notice changes.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

ID = 16
CHECK = 16
GENERATION = 8


class SlotFile:
    """Values of `size` bytes by 16-byte id. Safe for several threads and processes."""

    def __init__(self, path: Path, size: int) -> None:
        self._slot = ID + size + CHECK
        self._size = size
        self._lock = threading.RLock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _keep_name(path)
        self._values: dict[bytes, bytes] = {}
        self._places: dict[bytes, int] = {}
        self._free: list[int] = []
        self._end = 1
        self._generation = -1
        with self._exclusive():
            pass

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)

    def get(self, name: bytes) -> bytes | None:
        """The value, or None once it is destroyed."""
        return self._values.get(name)

    def names(self) -> list[bytes]:
        """The ids of all values."""
        with self._exclusive():
            return list(self._values)

    def refresh(self) -> None:
        """Read the file again if another process changed it."""
        if self._read_generation() != self._generation:
            with self._exclusive():
                pass

    def put(self, values: Iterable[tuple[bytes, bytes]]) -> None:
        """Store values and fsync once; an id that is there is overwritten in place."""
        with self._exclusive():
            for name, value in values:
                place = self._places.get(name)
                if place is None:
                    place = self._take_place()
                self._write(place, self._serialize(name, value))
                self._places[name], self._values[name] = place, value
            self._commit()

    def destroy(self, names: Iterable[bytes]) -> int:
        """Zero the slots in place and fsync; the number of values destroyed."""
        destroyed = 0
        with self._exclusive():
            for name in names:
                place = self._places.pop(name, None)
                if place is None:
                    continue
                self._write(place, bytes(self._slot))
                del self._values[name]
                self._free.append(place)
                destroyed += 1
            self._commit()
        return destroyed

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                if self._read_generation() != self._generation:
                    self._load()
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _commit(self) -> None:
        self._generation += 1
        os.pwrite(self._file, self._generation.to_bytes(GENERATION), 0)
        os.fsync(self._file)

    def _read_generation(self) -> int:
        return int.from_bytes(os.pread(self._file, GENERATION, 0).ljust(GENERATION, b"\0"))

    def _load(self) -> None:
        # Built aside and put in place at once: other threads read `_values` without the lock.
        values: dict[bytes, bytes] = {}
        places: dict[bytes, int] = {}
        free: list[int] = []
        size = os.fstat(self._file).st_size
        raw = os.pread(self._file, size, 0)
        self._end = max(1, -(-size // self._slot))
        for place in range(1, self._end):
            slot = raw[place * self._slot : (place + 1) * self._slot]
            name, value, check = slot[:ID], slot[ID : ID + self._size], slot[ID + self._size :]
            if check == sha256(slot[: ID + self._size]).digest()[:CHECK]:
                values[name], places[name] = value, place
            else:
                free.append(place)
        self._values, self._places, self._free = values, places, free
        self._generation = self._read_generation()

    def _serialize(self, name: bytes, value: bytes) -> bytes:
        if len(name) != ID or len(value) != self._size:
            raise ValueError("a slot has another size")
        return name + value + sha256(name + value).digest()[:CHECK]

    def _take_place(self) -> int:
        if self._free:
            return self._free.pop()
        self._end += 1
        return self._end - 1

    def _write(self, place: int, raw: bytes) -> None:
        os.pwrite(self._file, raw, place * self._slot)


def _keep_name(path: Path) -> None:
    """A new file's name must outlive a power cut as its content does."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
