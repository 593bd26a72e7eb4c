"""Coming back: what a page missed is handed over once, in order, from wherever it asks, however often it asks."""

from __future__ import annotations

from tests.people import Line, Visitor
from tests.running import Running
from tests.transports.bystander import Bystander

FRAMES = 350
"""More than three pages, so that a reading takes a while."""
RESUMES = 6


async def said(running: Running) -> Visitor:
    """A visitor who has written a lot and comes back."""
    visitor = await running.visitor()
    line = await visitor.dial()
    await visitor.open()
    for number in range(FRAMES):
        await line.socket.send(visitor.compose(str(number))[0])
    for _ in range(FRAMES):
        assert (await line.control("accepted", "refused"))["t"] == "accepted"
    await visitor.dial()
    return visitor


async def seqs(line: Line, count: int) -> list[int]:
    """The numbers of the next deliveries."""
    found = []
    for _ in range(count):
        delivery = await line.next("frame")
        assert isinstance(delivery, bytes)
        found.append(int.from_bytes(delivery[:8]))
    return found


async def test_everything_after_a_number_comes_once(running: Running, bystander: Bystander) -> None:
    """From the beginning, the middle, the end and beyond it: each frame after the number, once, in order."""
    visitor = await said(running)
    for after in (0, FRAMES // 2, FRAMES, 10**9):
        line = await visitor.dial()
        await visitor.prove("resume", after=after)
        assert (await line.control("resumed"))["last"] == FRAMES
        missed = list(range(min(after, FRAMES) + 1, FRAMES + 1))
        assert await seqs(line, len(missed)) == missed
    await bystander.goes_on()


async def test_resuming_again_moves_the_cursor(running: Running) -> None:
    """Many resumes on one socket in quick succession: after the last answer everything comes once, in order."""
    visitor = await said(running)
    line = visitor.line
    assert line is not None
    for _ in range(RESUMES):
        await visitor.prove("resume", after=0)
        await visitor.renew()
    answers = 0
    while answers < RESUMES:
        for at, (kind, _message) in enumerate(line._kept):
            if kind == "resumed":
                answers += 1
                del line._kept[: at + 1]
                break
        else:
            await line.control("resumed")
            answers += 1
            line._kept.clear()
    assert await seqs(line, FRAMES) == list(range(1, FRAMES + 1))
    assert (await visitor.say("and on"))[0]["seq"] == FRAMES + 1
    assert "frame" not in {kind for kind, _message in line._kept}
