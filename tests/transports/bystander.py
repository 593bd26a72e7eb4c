"""A conversation that has nothing to do with what a test does to the server, and must not notice it."""

from __future__ import annotations

import asyncio

from tests.people import Counsellor, Line, Thread, Visitor
from tests.running import Running

QUIET_SECONDS = 0.05


class Bystander:
    """A visitor and a counsellor who go on talking; the colleague has nothing to do with it."""

    def __init__(self, visitor: Visitor, thread: Thread, colleague: Counsellor) -> None:
        self.visitor, self.thread, self.colleague = visitor, thread, colleague
        self.seq = self.words = 0
        self.sent: set[bytes] = set()

    @classmethod
    async def begin(cls, running: Running) -> Bystander:
        """Open, take, and say one word each."""
        visitor = await running.visitor()
        line = await visitor.dial()
        assert (await visitor.open())["t"] == "opened"
        counsellor = await running.counsellor(1)
        await counsellor.dial()
        thread = await counsellor.take(visitor.id)
        assert isinstance(thread, Thread)
        await line.control("line")
        await line.control("phase")
        bystander = cls(visitor, thread, await running.counsellor(2))
        await bystander._answer(introduced=True)
        await bystander.goes_on()
        return bystander

    @property
    def lines(self) -> tuple[Line, Line]:
        """Both sockets."""
        assert self.visitor.line is not None
        return self.visitor.line, self.thread.line

    async def goes_on(self) -> None:
        """Both say a word: each is accepted under the next number and heard next by the other."""
        self.words += 1
        word = f"word {self.words}"
        frames = self.visitor.compose(word)
        self.sent.update(frames)
        await self._send(self.lines[0], frames)
        self.visitor.transcript.hear(frames[0], None)
        assert [message.text for message in await self.thread.hear()] == [word.encode()]
        await self._answer(introduced=False)

    async def noticed_nothing(self) -> None:
        """Goes on, and not one message more than its own arrived."""
        await self.goes_on()
        for line in self.lines:
            assert [kept for kept in line._kept if not self._is_own(kept[1])] == []
            try:
                while True:
                    late = await asyncio.wait_for(line.socket.recv(), QUIET_SECONDS)
                    assert self._is_own(late), late
            except TimeoutError:
                continue

    async def _answer(self, *, introduced: bool) -> None:
        frames = self.thread.compose(f"answer {self.words}")
        self.sent.update(frames)
        await self._send(self.lines[1], frames)
        for frame in frames:
            self.thread.transcript.hear(frame, None)
        heard = [message for _frame in frames for message in await self.visitor.hear()]
        assert heard[-1].text == f"answer {self.words}".encode()
        assert len(frames) == 1 + introduced

    async def _send(self, line: Line, frames: list[bytes]) -> None:
        for frame in frames:
            await line.socket.send(frame)
            self.seq += 1
            answer = await line.control("accepted", "refused")
            assert (answer["t"], answer.get("seq")) == ("accepted", self.seq)

    def _is_own(self, message: object) -> bool:
        # The one-second tick may be faster than `accepted`: one's own frame comes back, and is harmless.
        return isinstance(message, bytes) and message[8:] in self.sent
