"""What both sides' sockets do with frames: parse, check the rate, plan, and say `accepted` after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from crypto.failure import Malformed
from crypto.shapes import FrameHeader, parse_frame_header
from server import wire
from server.model.conversation import Phase
from server.model.limits import UNCOMMITTED_LIMIT, Bucket
from server.model.refusal import Code, Refusal
from server.services.access import Access
from server.services.conversations import check_direction, plan_append
from server.storage.scribe import Outcome
from server.transports.hub import Follower, Hub
from server.transports.runtime import Runtime
from server.transports.socket import BROKEN, Socket
from server.transports.trouble import report


class Talk:
    """The conversations of one socket."""

    __slots__ = ("_bucket", "_room", "_uncommitted", "followed", "hub", "runtime", "socket")

    def __init__(self, runtime: Runtime, hub: Hub, socket: Socket) -> None:
        self.runtime, self.hub, self.socket = runtime, hub, socket
        self.followed: dict[bytes, Follower] = {}
        limits = runtime.limits
        self._bucket = Bucket(limits.frames_per_second, limits.frames_burst, runtime.steady())
        self._uncommitted = 0
        self._room: asyncio.Event | None = None

    async def listen(self, hear: Callable[[bytes | str], Awaitable[None]]) -> None:
        """Hear one message after the other until the socket ends."""
        try:
            while (message := await self.socket.receive()) is not None:
                await hear(message)
                await self._room_for_more()
        except Exception as failure:  # noqa: BLE001 - the top of the loop: a bug ends this socket only
            report(failure)
            self.socket.close(BROKEN)
        finally:
            self._stop()
            await self.socket.finish()

    def follow(self, access: Access, cursor: int) -> Follower:
        """Follow a conversation from `cursor`; following again moves the cursor there."""
        conversation = access.conversation.id
        before = self.followed.pop(conversation, None)
        follower = self.followed[conversation] = Follower(self.socket, access, cursor)
        self.hub.follow(follower)
        if before is not None:
            self.hub.unfollow(before)
        return follower

    def _stop(self) -> None:
        for follower in self.followed.values():
            self.hub.unfollow(follower)
        self.followed.clear()

    def frame(self, frame: bytes) -> None:
        """Take one frame from the socket; refusals name its identity, so that the page knows which to keep."""
        try:
            header = parse_frame_header(frame)
        except Malformed:
            self.socket.refuse(Code.MALFORMED)
            return
        try:
            self._take(header, frame)
        except Refusal as refusal:
            self._refuse(header, refusal.code)

    def control(self, message: str) -> str:
        """A control message within its size and the socket's rate."""
        if len(message) > wire.CONTROL_LIMIT:
            raise Refusal(Code.TOO_LARGE)
        self.check_rate()
        return message

    def check_rate(self) -> None:
        """One more message of this socket."""
        if not self._bucket.take(self.runtime.steady()):
            raise Refusal(Code.TOO_FAST)

    def tell_phase(self, conversation: bytes, phase: Phase) -> None:
        """Tell everybody; and this socket, which asked, also when it knew already or does not follow."""
        follower = self.followed.get(conversation)
        knew = follower is None or follower.phase is phase
        self.hub.tell_phase(conversation, phase)
        if knew:
            self.socket.tell(wire.Phase(wire.serialize_bytes(conversation), phase))

    async def _room_for_more(self) -> None:
        """Wait while too many frames are between arrival and commit."""
        while self._uncommitted >= UNCOMMITTED_LIMIT:
            self._room = asyncio.Event()
            await self._room.wait()

    def _take(self, header: FrameHeader, frame: bytes) -> None:
        follower = self.followed.get(header.conversation)
        if follower is None:
            raise Refusal(Code.UNKNOWN)
        self.check_rate()
        if not header.stored:
            check_direction(follower.access, header)
            self.hub.relay(follower, frame)
            return
        plan = plan_append(follower.access, self.runtime.random, header, frame)
        self._uncommitted += 1
        self.runtime.scribe.append(plan, lambda outcome: self._committed(follower, header, frame, outcome))

    def _committed(self, follower: Follower, header: FrameHeader, frame: bytes, outcome: Outcome) -> None:
        self._uncommitted -= 1
        if self._room is not None:
            self._room.set()
            self._room = None
        if isinstance(outcome, Refusal):
            self._refuse(header, outcome.code)
        elif isinstance(outcome, BaseException):
            report(outcome)
            self.socket.close(BROKEN)
        else:
            instance = wire.serialize_bytes(header.instance)
            self.socket.tell(wire.Accepted(follower.id, instance, header.counter, outcome))
            self.hub.ring(follower, outcome, frame)

    def _refuse(self, header: FrameHeader, code: Code) -> None:
        instance = wire.serialize_bytes(header.instance)
        self.socket.refuse(code, wire.serialize_bytes(header.conversation), instance, header.counter)
