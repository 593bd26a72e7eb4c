"""A bad line between browser and server: by a seed it delays, tears apart, cuts after any byte, or falls silent."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

HOST = "127.0.0.1"
CHUNK = 4_096
MEAN_BYTES = 7_000.0
"""How much passes before a cut, on average: a handshake is 0.5 KB, an opening 4 KB, a frame 1 KB."""
IN_HANDSHAKE = 0.1
"""How many of the cuts come within the first bytes."""
LATENCY = 0.003
SILENCE = 0.4
"""The longest time in seconds that a line is silent before it is reset, as a router forgets a connection."""
REFUSED = (ConnectionError, OSError)


class Cut(StrEnum):
    """How a line ends."""

    CLOSED = "closed"
    """In order, with everything sent before."""
    RESET = "reset"
    """At once; what was under way is lost."""
    SILENT = "silent"
    """Neither side hears anything any more, and nobody says so."""
    HALF = "half"
    """One side is not heard any more, the other still is."""


class Way(StrEnum):
    """Which direction."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Fault:
    """What will happen to one connection: this cut, after so many bytes this way."""

    cut: Cut
    way: Way
    after: int
    silence: float


class Proxy:
    """Listens on a port of its own and connects to `target`; every connection is cut until `wanted` are."""

    def __init__(self, target: int, seed: str, wanted: int = 0) -> None:
        self._target, self._random = target, random.Random(seed)
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self.wanted = wanted
        self.cuts: list[Fault] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        assert self._server is not None
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def done(self) -> bool:
        """Every wanted cut has happened; from now on the line is good."""
        return len(self.cuts) >= self.wanted

    async def _serve(self, near: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        try:
            await self._join(near, writer)
        except (asyncio.CancelledError, *REFUSED):
            pass
        finally:
            self._lines.discard(task)
            _reset(writer)

    async def _join(self, near: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far, far_writer = await asyncio.open_connection(HOST, self._target)
        fault = None if self.done else self._draw()
        try:
            up = asyncio.create_task(self._carry(near, far_writer, fault, Way.UP))
            down = asyncio.create_task(self._carry(far, writer, fault, Way.DOWN))
            with _cancelled(up, down):
                await self._until_over(fault, up, down)
            if fault is None or fault.cut is Cut.CLOSED or fault not in self.cuts:
                await asyncio.gather(_close(writer), _close(far_writer))
        finally:
            _reset(far_writer)

    async def _until_over(self, fault: Fault | None, up: asyncio.Task[bool], down: asyncio.Task[bool]) -> None:
        done, _pending = await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
        struck = any(not task.exception() and task.result() for task in done)
        if fault is None or not struck or self.done:
            return
        self.cuts.append(fault)
        if fault.cut is Cut.SILENT:
            for task in (up, down):
                task.cancel()
        if fault.cut in (Cut.SILENT, Cut.HALF):
            await asyncio.sleep(fault.silence)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault | None, way: Way
    ) -> bool:
        """Pass bytes on, in pieces of any size; True when the fault's place is reached, False at the end."""
        left = fault.after if fault is not None and fault.way is way else None
        while chunk := await reader.read(self._random.randint(1, CHUNK)):
            await asyncio.sleep(self._random.uniform(0, LATENCY))
            piece = chunk if left is None else chunk[:left]
            writer.write(piece)
            await writer.drain()
            if left is not None:
                left -= len(piece)
                if left <= 0:
                    return True
        return False

    def _draw(self) -> Fault:
        early = self._random.random() < IN_HANDSHAKE
        after = self._random.randint(1, 600) if early else 1 + int(self._random.expovariate(1 / MEAN_BYTES))
        cut, way = self._random.choice(list(Cut)), self._random.choice(list(Way))
        return Fault(cut, way, after, self._random.uniform(0, SILENCE))


@contextlib.contextmanager
def _cancelled(*tasks: asyncio.Task[bool]) -> Iterator[None]:
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            task.add_done_callback(_swallow)


def _swallow(task: asyncio.Task[bool]) -> None:
    """A task's exception is looked at, so that nobody warns about it."""
    if not task.cancelled():
        task.exception()


async def _close(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(*REFUSED):
        writer.close()
        await writer.wait_closed()


def _reset(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN, if it is still open."""
    if not writer.transport.is_closing():
        raw: socket.socket = writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
