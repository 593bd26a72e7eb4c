"""One WebSocket with a bounded queue of its own: a reader that stops reading costs nobody else anything."""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.types import Receive, Scope, Send

from server import wire
from server.model.limits import QUEUE_LIMIT
from server.model.refusal import REPLIES, Code

GOING_AWAY = 1001
POLICY = 1008
BROKEN = 1011
TRY_LATER = 1013


class Socket:
    """Messages out by `push`, in by `receive`. Never raises for what the peer does."""

    __slots__ = ("_closing", "_queue", "_receive", "_room", "_send", "_writer", "open")

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._queue: deque[bytes | str] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._room: asyncio.Event | None = None
        self._closing: int | None = None
        self.open = True

    async def accept(self) -> None:
        """Complete the handshake."""
        await self._receive()
        await self._send({"type": "websocket.accept"})

    async def receive(self) -> bytes | str | None:
        """The next message; None once the socket is closed by either side."""
        if not self.open:
            return None
        message = await self._receive()
        if message["type"] != "websocket.receive":
            self.open = False
            return None
        raw: bytes | str | None = message.get("bytes")
        return raw if raw is not None else message["text"]

    def push(self, message: bytes | str) -> None:
        """Send when the peer can take it; a full queue closes this socket only."""
        if not self.open:
            return
        if len(self._queue) >= QUEUE_LIMIT:
            self._queue.clear()
            self.close(TRY_LATER)
            return
        self._queue.append(message)
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._drain())

    def tell(self, control: wire.Control) -> None:
        """Send a control message."""
        self.push(wire.serialize(control).decode())

    def refuse(self, code: Code, conversation: str = "", instance: str = "", counter: int = 0) -> None:
        """Say no by name; some refusals end the socket."""
        self.tell(wire.Refused(code, conversation, instance, counter))
        if REPLIES[code].closes:
            self.close(POLICY)

    def close(self, code: int) -> None:
        """Close after what is queued."""
        if not self.open:
            return
        self.open = False
        self._closing = code
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._drain())
        if self._room is not None:
            self._room.set()

    async def finish(self) -> None:
        """Wait until what is queued is sent: the line is cut as soon as its endpoint returns."""
        if self._writer is not None:
            await self._writer

    async def room(self) -> None:
        """Wait until half the queue is free."""
        while self.open and len(self._queue) > QUEUE_LIMIT // 2:
            self._room = asyncio.Event()
            await self._room.wait()

    async def _drain(self) -> None:
        queue, send = self._queue, self._send
        try:
            while queue:
                message = queue.popleft()
                kind = "bytes" if isinstance(message, bytes) else "text"
                await send({"type": "websocket.send", kind: message})
                if self._room is not None and len(queue) <= QUEUE_LIMIT // 2:
                    self._room.set()
                    self._room = None
            if self._closing is not None:
                await send({"type": "websocket.close", "code": self._closing})
        except (OSError, RuntimeError):  # the peer is gone; the reader notices too
            self.open = False
            queue.clear()
        finally:
            self._writer = None


async def refuse_handshake(receive: Receive, send: Send, scope: Scope, code: Code) -> None:
    """Say no before the socket exists, as an HTTP answer where the server can."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        headers = [(b"content-type", b"application/json")]
        await send({"type": "websocket.http.response.start", "status": REPLIES[code].status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": wire.serialize(wire.Failure(code))})
    else:
        await send({"type": "websocket.close", "code": POLICY})
