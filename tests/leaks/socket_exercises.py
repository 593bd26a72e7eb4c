"""Exercises with WebSockets that break the protocol, one rule at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from server.model.limits import MESSAGE_LIMIT
from server.wire import CONTROL_LIMIT
from tests.leaks.scene import READ_SECONDS, Scene

OPENING = 4_096
FRAME = 1_024
MASK = bytes(4)
"""A mask of zeros leaves a raw frame readable for whoever looks at the line, us included."""


async def broken_messages(scene: Scene) -> None:
    """Every message that is no shape of the protocol, on a visitor's and on a counsellor's socket."""
    messages = _texts(scene) + _bytes(scene)
    await asyncio.gather(*(_send(scene, message, console=console) for message in messages for console in (False, True)))


def _texts(scene: Scene) -> list[str | bytes]:
    word, ident = scene.canaries.word("malformed JSON"), scene.visitor.id
    proof = {"conversation": ident, "key": "A" * 43, "signature": "A" * 86}
    return [
        word,
        f'{{"t": "{word}"}}',
        f'{{"t": "delete", "conversation": "{word}"}}',
        f'{{"t": "watch", "{word}": 1}}',
        f'{{"t": "leave"}}{word}',
        f'[{{"{word}": "\\ud800"}}]',
        json.dumps({"t": "resume", "after": word, **proof}),
        json.dumps({"t": "resume", "after": 0, **proof}),
        json.dumps({"t": "take", "conversation": word.ljust(22, "A")}),
        word * CONTROL_LIMIT,
    ]


def _bytes(scene: Scene) -> list[str | bytes]:
    word = scene.canaries.word("malformed frame").encode()
    opening = bytearray(scene.visitor.opening)
    opening[40:60] = scene.canaries.word("malformed opening").encode()
    frame = (word * FRAME)[:FRAME]
    return [
        word,
        frame,
        b"\1\1" + frame[2:],
        (word * OPENING)[:OPENING],
        bytes(opening),
        (word * OPENING)[: OPENING + 1],
        (word * MESSAGE_LIMIT)[: MESSAGE_LIMIT + 1],
    ]


async def _send(scene: Scene, message: str | bytes, *, console: bool) -> None:
    socket = await _dial(scene, console=console)
    with contextlib.suppress(WebSocketException, TimeoutError):
        await socket.send(message)
        async with asyncio.timeout(READ_SECONDS):
            while True:
                await socket.recv()
    await socket.close(1000, scene.canaries.word("reason of a close"))


async def _dial(scene: Scene, *, console: bool) -> ClientConnection:
    query = f"?{scene.canaries.word('query string')}"
    if not console:
        url, headers = f"ws://127.0.0.1:{scene.running.port}/ws/en{query}", scene.canaries.headers()
    else:
        url = f"ws://127.0.0.1:{scene.running.console_port}/ws{query}"
        own = {"cookie": scene.counsellor.cookie, "origin": scene.running.console_origin}
        headers = {**scene.canaries.headers(), **own}
    return await connect(url, additional_headers=headers, proxy=None, **scene.socket_options())


async def broken_lines(scene: Scene) -> None:
    """What is no WebSocket frame: broken UTF-8, unknown opcodes, unmasked, endless, fragments; pings; a cut."""
    word = scene.canaries.word("malformed frame").encode()
    size = bytes([0x80 | len(word)])
    raws = (
        b"\x81" + size + MASK + word[:-1] + b"\xff",
        b"\x83" + size + MASK + word,
        b"\xf1" + size + MASK + word,
        b"\x81" + bytes([len(word)]) + word,
        b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" + MASK + word,
        b"\x01" + size + MASK + word + b"\x81" + size + MASK + word,
        b"\x01" + size + MASK + word + b"\x80" + size + MASK + word,
        b"\x88" + bytes([0x80 | len(word) + 2]) + MASK + b"\x03\xe8" + word,
        b"\x88" + bytes([0x80 | len(word) + 2]) + MASK + b"\x00\x01" + word,
        b"\x89" + size + MASK + scene.canaries.word("ping").encode(),
        b"\x8a" + size + MASK + scene.canaries.word("ping").encode(),
        b"\x82" + size + MASK + word[:3],
    )
    await asyncio.gather(*(_write(scene, raw, console=console) for raw in raws for console in (False, True)))


async def _write(scene: Scene, raw: bytes, *, console: bool) -> None:
    socket = await _dial(scene, console=console)
    socket.transport.write(raw)
    with contextlib.suppress(WebSocketException, TimeoutError):
        async with asyncio.timeout(READ_SECONDS / 5):
            while True:
                await socket.recv()
    socket.transport.abort()


async def refused_sockets(scene: Scene) -> None:
    """Sockets that are refused before they exist: unknown language, no cookie, a foreign one, a foreign origin."""
    word = scene.canaries.word("path")
    visitors = f"ws://127.0.0.1:{scene.running.port}"
    console = f"ws://127.0.0.1:{scene.running.console_port}"
    own = {"cookie": scene.counsellor.cookie, "origin": scene.running.console_origin}
    foreign = {"cookie": f"__Host-sluss={scene.canaries.word('foreign cookie').ljust(43, 'A')}"}
    tries: tuple[tuple[str, dict[str, str]], ...] = (
        (f"{visitors}/ws/{word}", {}),
        (f"{visitors}/ws", {}),
        (f"{visitors}/{word}", {}),
        (f"{console}/ws?{word}", {}),
        (f"{console}/ws", {**own, **foreign}),
        (f"{console}/ws", {**own, "origin": f"https://{scene.canaries.word('Origin of a visitor')}.example"}),
        (f"{console}/{word}", own),
    )
    await asyncio.gather(*(_try(scene, url, headers) for url, headers in tries))


async def _try(scene: Scene, url: str, headers: dict[str, str]) -> None:
    with contextlib.suppress(InvalidStatus):
        told = {**scene.canaries.headers(), **headers}
        socket = await connect(url, additional_headers=told, proxy=None, **scene.socket_options())
        await socket.close()
        raise AssertionError("This socket should have been refused.")


async def vanished(scene: Scene) -> None:
    """Sockets that stay open without a word, until the server is killed."""
    await asyncio.gather(*(_dial(scene, console=console) for console in (False, True)))
