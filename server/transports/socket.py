"""One WebSocket with a bounded queue of its own: a reader that stops reading costs nobody else anything."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, cast

from starlette.types import Message, Receive, Scope, Send

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
        # uvicorn's and Starlette's are coroutines, which can be begun without a task.
        self._receive, self._send = receive, cast("Callable[[Message], Coroutine[Any, Any, None]]", send)
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
        if self._writer is None:
            self._send_now(message)
        else:
            self._queue.append(message)

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

    def _send_now(self, message: bytes | str) -> None:
        """Nearly always the peer can take it at once; a task, dearer than the message, is made only for the rest."""
        sending = self._send(_event(message))
        try:
            waited_for = sending.send(None)
        except StopIteration:
            return
        except (OSError, RuntimeError):  # the peer is gone; the reader notices too
            self.open = False
            return
        self._writer = asyncio.get_running_loop().create_task(self._drain(_Begun(sending, waited_for)))

    async def _drain(self, begun: _Begun | None = None) -> None:
        queue, send = self._queue, self._send
        try:
            if begun is not None:
                await begun
            while queue:
                message = queue.popleft()
                await send(_event(message))
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


def _event(message: bytes | str) -> Message:
    return {"type": "websocket.send", "bytes" if isinstance(message, bytes) else "text": message}


class _Begun:
    """A coroutine whose first step was done outside of any task: awaited, it goes on from there."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._coroutine, self._waits_for = coroutine, waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        yield self._waits_for
        yield from self._coroutine.__await__()


async def refuse_handshake(receive: Receive, send: Send, scope: Scope, code: Code) -> None:
    """Say no before the socket exists, as an HTTP answer where the server can."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        headers = [(b"content-type", b"application/json")]
        await send({"type": "websocket.http.response.start", "status": REPLIES[code].status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": wire.serialize(wire.Failure(code))})
    else:
        await send({"type": "websocket.close", "code": POLICY})
