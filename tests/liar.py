"""A server that lies: it stands between a browser and a true server and changes what that says, on both origins."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from crypto.statement import Pin, parse_pin
from tests.people import Control, Counsellor, PublicDesk, Visitor
from tests.running import Running
from tests.trust import SerialBook

PASSED_ON = ("cookie", "origin", "host", "content-type")
FRAME = 1024
PREFIX = 8

Change = Callable[[Control], Control]
Frames = Callable[[int, bytes], Iterable[tuple[int, bytes]]]


def today() -> int:
    """Days since 1970."""
    return int(time.time()) // 86_400


def truthful(control: Control) -> Control:
    """Nothing is changed."""
    return control


def all_frames(seq: int, frame: bytes) -> Iterable[tuple[int, bytes]]:
    """Every frame once, in its order."""
    return [(seq, frame)]


class Liar:
    """In front of `running`. Each attribute is one lie, the truth until a test sets it; frames by who dials next."""

    def __init__(self, running: Running, pin: Pin) -> None:
        self.running, self.pin = running, pin  # the pin is for visitors, who have it from elsewhere
        self.port = self.console_port = 0
        self.tell_the_truth()

    def tell_the_truth(self) -> None:
        """Take every lie back."""
        self.page: Change = truthful  # the data block of /chat
        self.me: Change = truthful
        self.control: Change = truthful  # every control message down
        self.to_visitors: Frames = all_frames
        self.to_staff: Frames = all_frames

    async def visitor(self, pin: Pin | None = None) -> Visitor:
        """Somebody who came by a page with a pin, mostly the genuine one."""
        address = f"http://127.0.0.1:{self.port}"
        public = await PublicDesk.fetch(self.running.origin, address, pin=pin or self.pin, today=today())
        return Visitor(public, f"ws://127.0.0.1:{self.port}")

    async def counsellor(self, known: Counsellor, serials: SerialBook | None = None) -> Counsellor:
        """A signed-in counsellor at a console of the liar's, with the highest serials that this machine has seen."""
        counsellor = copy.copy(known)
        counsellor.address, counsellor.today = f"http://127.0.0.1:{self.console_port}", today()
        counsellor.serials = serials or SerialBook({})
        await counsellor.unlock()
        return counsellor

    def application(self, upstream: int, frames: Callable[[], Frames]) -> Starlette:
        """One origin: whatever comes is asked of the true server, and told with what the lies make of it."""

        async def http(request: Request) -> Response:
            headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{upstream}") as client:
                answer = await client.request(
                    request.method, request.url.path, headers=headers, content=await request.body()
                )
            told = {"set-cookie": answer.headers["set-cookie"]} if "set-cookie" in answer.headers else {}
            body = self._tell(request.url.path, answer.text) if answer.status_code == 200 else answer.text
            return Response(body, answer.status_code, told, answer.headers.get("content-type"))

        async def line(near: WebSocket) -> None:
            await near.accept()
            headers = {name: near.headers[name] for name in ("cookie", "origin") if name in near.headers}
            url = f"ws://127.0.0.1:{upstream}{near.url.path}"
            async with connect(url, additional_headers=headers, compression=None, proxy=None) as far:
                down = asyncio.create_task(self._down(far, near, frames()))
                with contextlib.suppress(WebSocketDisconnect, ConnectionClosed):
                    await _up(near, far)
                down.cancel()

        methods = ["GET", "POST"]
        return Starlette(routes=[Route("/{path:path}", http, methods=methods), WebSocketRoute("/{path:path}", line)])

    def _tell(self, path: str, body: str) -> str:
        if path == "/api/me":
            return json.dumps(self.me(json.loads(body)))
        if not path.startswith("/chat/"):
            return body
        start = body.index(">", body.index('id="page"')) + 1
        end = body.index("</script>", start)
        block = json.loads(body[start:end])
        return body[:start] + json.dumps({**block, "desk": self.page(block["desk"])}) + body[end:]

    async def _down(self, far: ClientConnection, near: WebSocket, frames: Frames) -> None:
        with contextlib.suppress(ConnectionClosed, RuntimeError):
            async for message in far:
                if isinstance(message, str):
                    await near.send_text(json.dumps(self.control(json.loads(message))))
                    continue
                for seq, frame in frames(int.from_bytes(message[:PREFIX], "big"), message[PREFIX:]):
                    await near.send_bytes(seq.to_bytes(PREFIX, "big") + frame)


async def _up(near: WebSocket, far: ClientConnection) -> None:
    while True:
        message = await near.receive()
        if message["type"] != "websocket.receive":
            return
        await far.send(message["bytes"] if message.get("bytes") is not None else message["text"])


@contextmanager
def lying(running: Running) -> Iterator[Liar]:
    """A liar in front of a running server; it knows the genuine pin only so that tests can hand it out elsewhere."""
    liar = Liar(running, genuine_pin(running))
    visitors = liar.application(running.port, lambda: liar.to_visitors)
    console = liar.application(running.console_port, lambda: liar.to_staff)
    with _served(visitors, console) as (liar.port, liar.console_port):
        yield liar


def genuine_pin(running: Running) -> Pin:
    """The pin as it stands in a host page's snippet: from another place than the server."""
    page = httpx2.get(f"{running.origin}/demo").text
    start = page.index('data-root="') + len('data-root="')
    return parse_pin(page[start : page.index('"', start)])


@contextmanager
def _served(*applications: Starlette) -> Iterator[list[int]]:
    """In a thread and a loop of its own, so that one liar can serve many tests."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _application in applications]
    servers = [uvicorn.Server(_settings(application)) for application in applications]
    for server in servers:
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]

    async def serve() -> None:
        pairs = zip(servers, listeners, strict=True)
        await asyncio.gather(*(server.serve([listener]) for server, listener in pairs))

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="liar")
    thread.start()
    try:
        yield [listener.getsockname()[1] for listener in listeners]
    finally:
        for server in servers:
            server.should_exit = server.force_exit = True
        thread.join()


def _settings(application: Starlette) -> uvicorn.Config:
    quiet = {"log_config": None, "lifespan": "off"}
    return uvicorn.Config(application, ws="websockets-sansio", ws_per_message_deflate=False, **quiet)  # type: ignore[arg-type]
