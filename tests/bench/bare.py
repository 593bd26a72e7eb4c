"""The yardstick: the same relay in bare Starlette, on the same uvicorn, that checks, seals and stores nothing."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

ID, INSTANCE = "A" * 22, "A" * 11
ACCEPTED = f'{{"t":"accepted","conversation":"{ID}","instance":"{INSTANCE}","counter":1234,"seq":1234}}'
"""As long as the product's own answer."""
PREFIX = bytes(8)
PATH = "/ws/{side}/{pair}"

_sockets: dict[tuple[str, str], WebSocket] = {}
_OTHER = {"visitor": "counsellor", "counsellor": "visitor"}


async def relay(websocket: WebSocket) -> None:
    """Acknowledge each message to its sender and hand it to the peer."""
    await websocket.accept()
    side, pair = websocket.path_params["side"], websocket.path_params["pair"]
    _sockets[side, pair] = websocket
    peer = (_OTHER[side], pair)
    while (message := await websocket.receive())["type"] == "websocket.receive":
        await websocket.send({"type": "websocket.send", "text": ACCEPTED})
        other = _sockets.get(peer)
        if other is not None:
            await other.send({"type": "websocket.send", "bytes": PREFIX + message["bytes"]})
    del _sockets[side, pair]


app = Starlette(routes=[WebSocketRoute(PATH, relay)])

if __name__ == "__main__":
    # What server/app.py sets, so that only what we add is measured.
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=16 * 1_024,
        ws_ping_interval=10,
        ws_ping_timeout=10,
        ws_per_message_deflate=False,
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="off",
        backlog=1_024,
    )
