"""Every byte that a server leaves: files, their names, what is open but unlinked, and what is compressed in them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.running import Running

CLUSTER = "postgresql"
PAGE = 8_192
_PACKED_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_INFLATED_LIMIT = 1 << 20
_STEP = 64
"""Bytes given to the inflater at once: what comes out before a stream breaks is searched too."""
_WORTH = 16
"""Bytes; less than that comes out of chance."""


@dataclass(frozen=True)
class Place:
    """Something that can be read by whoever takes the machine."""

    name: str
    content: bytes


class Cluster:
    """A PostgreSQL server's folder, and which of its pages were there before; `settle` writes everything out."""

    def __init__(self, folder: Path, settle: Callable[[], object]) -> None:
        self.folder, self._settle = folder, settle
        self._before = frozenset(page for _name, content in self._files() for page in _pages(content))

    def places(self) -> Iterator[Place]:
        """Every file, without the pages that were there before: tens of megabytes of other databases."""
        for name, content in self._files():
            yield Place(f"{CLUSTER}/{name}", b"".join(page for page in _pages(content) if page not in self._before))

    def _files(self) -> Iterator[tuple[str, bytes]]:
        self._settle()
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                for content in _read(path):
                    yield str(path.relative_to(self.folder)), content


def _pages(content: bytes) -> Iterator[bytes]:
    return (content[at : at + PAGE] for at in range(0, len(content), PAGE))


def places(running: Running) -> Iterator[Place]:
    """All places of one server, as they are at this moment."""
    names = [str(path.relative_to(running.folder)) for path in sorted(running.folder.rglob("*"))]
    yield Place("names of files", "\n".join(names).encode())
    for name in names:
        for content in _read(running.folder / name):
            yield from _layers(Place(name, content))
    for place in _unlinked(running):
        yield from _layers(place)


def _read(path: Path) -> Iterator[bytes]:
    try:
        yield path.read_bytes()
    except (IsADirectoryError, FileNotFoundError):  # a journal may go while we look
        return


def _unlinked(running: Running) -> Iterator[Place]:
    """Files that the server holds open and that have no name any more (a spilled sort, a spooled body)."""
    if running.process is None or running.process.poll() is not None:
        return
    folder = Path(f"/proc/{running.process.pid}/fd")
    for link in folder.iterdir() if folder.exists() else ():
        try:
            target = str(link.readlink())
            if target.startswith("/") and target.endswith(" (deleted)") and link.is_file():
                yield Place(f"unlinked {target}", link.read_bytes())
        except OSError:  # closed while we look
            continue


def _layers(place: Place) -> Iterator[Place]:
    yield place
    for found in _PACKED_STREAM.finditer(place.content):
        inflated = _inflate(place.content, found.start())
        if len(inflated) >= _WORTH:
            yield Place(f"{place.name}, inflated at {found.start()}", inflated)


def _inflate(raw: bytes, start: int) -> bytes:
    stream, inflated = zlib.decompressobj(zlib.MAX_WBITS | 32), b""
    for at in range(start, len(raw), _STEP):
        try:
            inflated += stream.decompress(raw[at : at + _STEP], _INFLATED_LIMIT)
        except zlib.error:
            break
        if stream.eof or len(inflated) > _INFLATED_LIMIT:
            break
    return inflated
