"""A reader who stops: what the server owes everybody else then."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed

from crypto.frame import Kind
from server.model.limits import QUEUE_LIMIT
from tests.people import Line, Visitor
from tests.running import Running

QUIET_SECONDS = 1.0
ROUNDS = 5
"""Times a full queue of 1 KB frames: more than the queue and every buffer of the system together hold."""


async def check_a_slow_reader_is_closed_alone(running: Running) -> None:
    """While frames pile up for it the conversation's other socket goes on; then it is closed, and nothing is lost."""
    visitor = await running.visitor()
    writing = await visitor.dial()
    await visitor.open()
    stopped = await stopped_reader(running, visitor)
    visitor.line = writing
    typing = visitor.sender.compose_ephemeral(Kind.TYPING, b"\1")
    for number in range(1, ROUNDS + 1):
        for _ in range(QUEUE_LIMIT):
            await writing.socket.send(typing)
        assert (await visitor.say(str(number)))[0].get("seq") == number
    assert await read_all(stopped) < ROUNDS * QUEUE_LIMIT
    assert stopped.socket.close_code == 1013
    again = await visitor.dial()
    await visitor.prove("resume", after=0)
    for number in range(1, ROUNDS + 1):
        delivery = await again.next("frame")
        assert isinstance(delivery, bytes)
        assert int.from_bytes(delivery[:8]) == number


async def stopped_reader(running: Running, visitor: Visitor) -> Line:
    """A second socket of a visitor, with small buffers of its own, which resumes and then reads no more."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    narrow.connect(("127.0.0.1", running.port))
    narrow.setblocking(False)
    options: dict[str, Any] = {"sock": narrow, "max_queue": 1, "ping_interval": None}
    line = await visitor.dial(**options)
    await visitor.prove("resume", after=0)
    await line.control("resumed")
    return line


async def read_all(line: Line) -> int:
    """Read until the socket is closed or has nothing for a while; how many messages came."""
    count = 0
    with suppress(ConnectionClosed, TimeoutError):
        while True:
            async with asyncio.timeout(QUIET_SECONDS):
                await line.socket.recv()
            count += 1
    return count
