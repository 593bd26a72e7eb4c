"""Who follows which conversation in this process: hands on what is committed, relays what is never stored.

A ring is a courtesy: a follower whose cursor is not right behind reads again, and the tick finds what no ring told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager

from server import wire
from server.model.conversation import Line, LineEvent, Phase, Side, line_after
from server.services.access import Access
from server.services.conversations import Delivery
from server.storage.messages import PAGE
from server.transports.socket import BROKEN, Socket
from server.transports.trouble import report

ReadPage = Callable[[Access, int], Awaitable[list[Delivery]]]


class Follower:
    """One socket following one conversation, up to `cursor`."""

    __slots__ = ("access", "cursor", "follows", "id", "phase", "reading", "rung", "socket")

    def __init__(self, socket: Socket, access: Access, cursor: int) -> None:
        self.socket, self.access, self.cursor = socket, access, cursor
        self.id = wire.serialize_bytes(access.conversation.id)
        self.phase = access.conversation.phase
        self.reading, self.follows = False, True
        # The newest frame that was committed while this follower was reading.
        self.rung = cursor

    def hand(self, seq: int, frame: bytes) -> None:
        """Deliver a committed frame and move on."""
        self.cursor = seq
        self.socket.push(seq.to_bytes(wire.DELIVERY_PREFIX) + frame)

    def tell_phase(self, phase: Phase) -> None:
        """Tell a changed phase once."""
        if phase is not self.phase:
            self.phase = phase
            self.socket.tell(wire.Phase(self.id, phase))


class Hub:
    """All followers of this process, and the line of each visitor it has seen."""

    def __init__(self, read_page: ReadPage) -> None:
        self._read_page = read_page
        self._followers: dict[bytes, list[Follower]] = {}
        self._lines: dict[bytes, Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._shredding: set[bytes] = set()
        self.on_change: Callable[[], None] = lambda: None

    def follow(self, follower: Follower) -> None:
        """Begin to follow; each side is told when the other one comes."""
        conversation = follower.access.conversation.id
        before = self.line(conversation)
        self._followers.setdefault(conversation, []).append(follower)
        if follower.access.side is Side.VISITOR:
            self._move_line(conversation, LineEvent.CAME)
            if self._has(conversation, Side.STAFF):
                follower.socket.tell(wire.Line(follower.id, Line.HERE))
            # Told again though an earlier line still seems to be here: receipts are not stored, who is new has none.
            if before is Line.HERE:
                self._tell_line(conversation, Side.STAFF, Line.HERE)
        else:
            self._tell_line(conversation, Side.VISITOR, Line.HERE)
        self.catch_up(follower)

    def unfollow(self, follower: Follower) -> None:
        """Stop following and reading; when the visitor's last socket goes, the line is lost."""
        conversation = follower.access.conversation.id
        follower.follows = False
        followers = self._followers.get(conversation, [])
        if follower in followers:
            followers.remove(follower)
        if not followers:
            self._followers.pop(conversation, None)
        if self._has(conversation, follower.access.side):
            return
        if follower.access.side is Side.VISITOR:
            self._move_line(conversation, LineEvent.DROPPED)
        else:
            self._tell_line(conversation, Side.VISITOR, Line.LOST)

    def leave(self, follower: Follower) -> None:
        """The visitor says goodbye with the page."""
        self._move_line(follower.access.conversation.id, LineEvent.LEAVE)

    def line(self, conversation: bytes) -> Line:
        """Whether the visitor can be reached; *lost* for one this process has not seen."""
        return self._lines.get(conversation, Line.LOST)

    def ring(self, origin: Follower, seq: int, frame: bytes) -> None:
        """Hand a committed frame to everybody but its own socket, which has `accepted` instead."""
        for follower in self._followers.get(origin.access.conversation.id, ()):
            if follower.reading:
                follower.rung = max(seq, follower.rung)
            elif seq == follower.cursor + 1:
                if follower is origin:
                    follower.cursor = seq
                else:
                    follower.hand(seq, frame)
            elif seq > follower.cursor:
                self.catch_up(follower)

    def relay(self, origin: Follower, frame: bytes) -> None:
        """Pass on an ephemeral frame; nobody listening, nothing kept."""
        delivery = bytes(wire.DELIVERY_PREFIX) + frame
        for follower in self._followers.get(origin.access.conversation.id, ()):
            if follower is not origin:
                follower.socket.push(delivery)

    def tell_phase(self, conversation: bytes, phase: Phase) -> None:
        """Tell all followers of a conversation that its phase changed."""
        for follower in list(self._followers.get(conversation, ())):
            follower.tell_phase(phase)
        if phase is Phase.SHREDDED:
            self._lines.pop(conversation, None)
        self.on_change()

    @contextmanager
    def shredding(self, conversation: bytes) -> Iterator[None]:
        """Let no tick tell of a deletion before its receipt is written."""
        self._shredding.add(conversation)
        try:
            yield
        finally:
            self._shredding.discard(conversation)

    def catch_up(self, follower: Follower) -> None:
        """Read again everything after the follower's cursor."""
        if follower.reading:
            return
        follower.reading = True
        task = asyncio.get_running_loop().create_task(self._catch_up(follower))
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def followed(self) -> list[bytes]:
        """The conversations somebody follows."""
        return list(self._followers)

    def compare(self, asked: Iterable[bytes], marks: dict[bytes, tuple[int, Phase]]) -> None:
        """The tick: whoever is behind reads again; whatever is gone is shredded."""
        for conversation in asked:
            if conversation in self._shredding:
                continue
            last, phase = marks.get(conversation, (0, Phase.SHREDDED))
            for follower in list(self._followers.get(conversation, ())):
                follower.tell_phase(phase)
                if last > follower.cursor and not follower.reading:
                    self.catch_up(follower)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if failure is not None:
            report(failure)

    async def _catch_up(self, follower: Follower) -> None:
        try:
            while follower.socket.open:
                rung = follower.rung
                page = await self._read_page(follower.access, follower.cursor)
                if not follower.follows:
                    # The same socket follows anew, from elsewhere: two readers would mix what they hand on.
                    return
                for delivery in page:
                    follower.hand(delivery.seq, delivery.frame)
                await follower.socket.room()
                # A page that is not full is the last one, unless a frame was committed after it was read; of a
                # conversation that was shredded meanwhile nothing comes any more.
                if len(page) < PAGE and (follower.cursor >= follower.rung or follower.rung == rung):
                    return
        except Exception:
            # The socket is closed so that its owner comes back and reads again; nothing is skipped.
            follower.socket.close(BROKEN)
            raise
        finally:
            follower.reading = False

    def _has(self, conversation: bytes, side: Side) -> bool:
        return any(follower.access.side is side for follower in self._followers.get(conversation, ()))

    def _move_line(self, conversation: bytes, event: LineEvent) -> None:
        before = self.line(conversation)
        after = line_after(before, event)
        if conversation in self._followers:
            self._lines[conversation] = after
        else:
            self._lines.pop(conversation, None)
            if after is Line.LEFT:
                self._lines[conversation] = after
        if after is before:
            return
        self._tell_line(conversation, Side.STAFF, after)
        self.on_change()

    def _tell_line(self, conversation: bytes, side: Side, line: Line) -> None:
        for follower in self._followers.get(conversation, ()):
            if follower.access.side is side:
                follower.socket.tell(wire.Line(follower.id, line))
