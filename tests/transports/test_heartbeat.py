"""Whoever does not answer is cut, also when it never reads again; whoever answers stays."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from crypto.frame import Kind
from server.model.limits import QUEUE_LIMIT
from tests.running import Running, copy_founded
from tests.transports.slow_reader import ROUNDS, stopped_reader

PATIENCE_SECONDS = 5.0


@pytest.fixture
def quick(founded: Path, tmp_path: Path) -> Iterator[Running]:
    """A server that asks twice a second whether somebody is there."""
    running = copy_founded(founded, tmp_path)
    running.entry = "tests.transports.quick_heartbeat"
    running.start()
    yield running
    running.kill()


def sockets(running: Running) -> int:
    """Connections of visitors that the server holds."""
    assert running.process is not None
    held = psutil.Process(running.process.pid).net_connections("tcp")
    return sum(one.status == psutil.CONN_ESTABLISHED and one.laddr.port == running.port for one in held)


async def test_who_never_reads_again_is_cut(quick: Running) -> None:
    """With its buffers full and no answer to the heartbeat its connection ends, and the other one stays open."""
    visitor = await quick.visitor()
    writing = await visitor.dial()
    await visitor.open()
    await stopped_reader(quick, visitor)
    visitor.line = writing
    assert sockets(quick) == 2
    typing = visitor.sender.compose_ephemeral(Kind.TYPING, b"\1")
    for _ in range(ROUNDS * QUEUE_LIMIT):
        await writing.socket.send(typing)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while sockets(quick) > 1:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert (await visitor.say("still here"))[0]["seq"] == 1


async def test_who_only_listens_stays(quick: Running) -> None:
    """A visitor who says nothing and answers the heartbeat is still there after many of them."""
    visitor = await quick.visitor()
    await visitor.dial()
    await visitor.open()
    await asyncio.sleep(2.5)
    assert (await visitor.say("thinking"))[0]["seq"] == 1
