"""What a stranger may send is limited: a named refusal, the socket goes on, and later it may be sent again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from crypto.frame import Kind
from tests.people import Visitor
from tests.running import Running, copy_founded

LIMITS = "[limits]\nsockets = 3\nframes_per_second = 10\nframes_burst = 6\nsign_ins_per_minute = 3\n"


@pytest.fixture
def strict(founded: Path, tmp_path: Path) -> Iterator[Running]:
    """A server with small limits."""
    running = copy_founded(founded, tmp_path)
    (tmp_path / "limits.toml").write_text(LIMITS)
    running.start()
    yield running
    running.kill()


async def refused_code(visitor: Visitor, frame: bytes) -> str:
    """What a frame is told."""
    assert visitor.line is not None
    await visitor.line.socket.send(frame)
    answer = await visitor.line.control("accepted", "refused")
    return str(answer.get("code", "accepted"))


async def test_too_fast_is_told_and_passes(strict: Running) -> None:
    """After the burst a frame is refused by its identity; after a while the same bytes are accepted."""
    visitor = await strict.visitor()
    line = await visitor.dial()
    await visitor.open()
    frames = [visitor.compose(str(number))[0] for number in range(12)]
    for frame in frames:
        await line.socket.send(frame)
    answers = [await line.control("accepted", "refused") for _ in frames]
    refused = {answer["counter"] for answer in answers if answer["t"] == "refused"}
    assert refused
    assert {answer["code"] for answer in answers if answer["t"] == "refused"} == {"too-fast"}
    assert sorted(answer["seq"] for answer in answers if answer["t"] == "accepted") == [
        *range(1, len(frames) - len(refused) + 1)
    ]
    for counter in sorted(refused):
        deadline = time.monotonic() + 5
        while (code := await refused_code(visitor, frames[counter])) == "too-fast":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        assert code == "accepted"


async def test_ephemeral_frames_and_controls_count_too(strict: Running) -> None:
    """Typing and controls are refused beyond the rate as messages are, and the socket stays open."""
    visitor = await strict.visitor()
    line = await visitor.dial()
    await visitor.open()
    for _ in range(12):
        await line.socket.send(visitor.sender.compose_ephemeral(Kind.TYPING, b"\1"))
    assert (await line.control("refused"))["code"] == "too-fast"
    await asyncio.sleep(1)
    for _ in range(12):
        await line.tell(t="leave")
    assert (await line.control("refused"))["code"] == "too-fast"
    await asyncio.sleep(1)
    await line.socket.send(visitor.compose("still here")[0])
    assert (await line.control("accepted"))["seq"] == 1


async def test_one_socket_too_many_is_told(strict: Running) -> None:
    """Beyond the number the next socket hears `too-many` and 1013; once one has gone there is room again."""
    visitors = [await strict.visitor() for _ in range(4)]
    for visitor in visitors[:3]:
        await visitor.dial()
    with pytest.raises(ConnectionClosed):
        await visitors[3].dial()
    line = visitors[3].line
    assert line is not None
    assert line._kept[0][1] == {"t": "refused", "code": "too-many", "conversation": "", "instance": "", "counter": 0}
    assert line.socket.close_code == 1013
    assert (await visitors[0].open())["t"] == "opened"
    assert visitors[1].line is not None
    await visitors[1].line.socket.close()
    await visitors[3].dial()
    assert (await visitors[3].open())["t"] == "opened"


async def test_guessing_has_to_wait(strict: Running) -> None:
    """After some attempts a login has to wait, known or not, alike; another login does not."""
    headers = {"host": strict.console_origin.split("//")[1], "origin": strict.console_origin}
    async with httpx2.AsyncClient(base_url=strict.console_address, headers=headers) as client:

        async def attempt(login: str) -> tuple[int, str]:
            answer = await client.post("/api/sign-in", json={"login": login, "secret": "A" * 43})
            return answer.status_code, answer.json()["code"]

        for login in ("counsellor-1", "nobody"):
            assert [await attempt(login) for _ in range(4)] == [(401, "sign-in")] * 3 + [(429, "wait")]
        assert await attempt("counsellor-2") == (401, "sign-in")


async def test_one_conversation_a_socket(strict: Running) -> None:
    """A second opening on one socket is `too-many`; on a socket of its own it is opened."""
    first, second = await strict.visitor(), await strict.visitor()
    line = await first.dial()
    await first.open()
    await line.socket.send(second.opening)
    assert (await line.control("opened", "refused"))["code"] == "too-many"
    await second.dial()
    assert (await second.open())["t"] == "opened"
