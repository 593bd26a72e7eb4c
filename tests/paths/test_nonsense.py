"""Whatever is sent, in whatever order, gets a named refusal, and a conversation on other sockets never notices."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from crypto.frame import Kind
from crypto.shapes import FRAME_SIZE, OPENING_SIZE, STAFF
from server.model.limits import MESSAGE_LIMIT
from server.model.refusal import REPLIES, Code
from server.wire import CONTROL_LIMIT
from tests.people import Control, Line, dial
from tests.running import Running
from tests.transports import fixtures
from tests.transports.bystander import Bystander

running, bystander = fixtures.running, fixtures.bystander

NOBODY = "A" * 22
NAMED = {1008, 1009}
"""How a socket may end for nonsense: by policy, or because a message was too big."""
BROKEN_FRAMES = {1002, 1007, 1009}
"""How it may end for what is no WebSocket (RFC 6455 section 7.4.1)."""
EXAMPLES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CONTROLS: dict[str, list[Control]] = {
    "visitor": [
        {"t": verb, "conversation": NOBODY, "key": "A" * 43, "signature": "A" * 86, **({"after": 0} if after else {})}
        for verb, after in (("resume", True), ("end", False), ("delete", False))
    ],
    "counsellor": [
        {"t": "take", "conversation": NOBODY},
        {"t": "read", "conversation": NOBODY, "after": 0},
        {"t": "close", "conversation": NOBODY},
    ],
}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
edges = (FRAME_SIZE, OPENING_SIZE, MESSAGE_LIMIT)
sizes = st.sampled_from([0, 1, 100_000, *(edge + step for edge in edges for step in (-1, 0, 1))])
foreign_bytes = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda size, start: (start + bytes(size))[:size], sizes, st.binary(max_size=120)),
)


def changed(control: Control) -> st.SearchStrategy[str]:
    """A control message with one thing wrong."""
    fields = sorted(control)

    def put(field: str, value: Any) -> str:
        return json.dumps({**control, field: value})

    lacking = st.sampled_from(fields).map(lambda field: json.dumps({k: v for k, v in control.items() if k != field}))
    odd = json_values | st.sampled_from([-1, 2**53, 1e400, "A" * 21, "A" * 21 + "B", NOBODY + "\n", NOBODY + "=", "é"])
    other = st.builds(put, st.sampled_from(fields), odd.filter(lambda value: value not in control.values()))
    return st.one_of(lacking, other, st.builds(put, st.just("more"), json_values))


def foreign_texts(side: str) -> st.SearchStrategy[str]:
    """Texts that are no control message of this side."""
    other = "counsellor" if side == "visitor" else "visitor"
    return st.one_of(
        st.text(max_size=100),
        json_values.map(json.dumps),
        st.sampled_from(CONTROLS[side]).flatmap(changed),
        st.sampled_from([json.dumps(control) for control in CONTROLS[other]]),
        st.integers(CONTROL_LIMIT - 10, CONTROL_LIMIT + 10).map(lambda size: "[" * size),
        st.integers(1, CONTROL_LIMIT // 8).map(lambda depth: '{"a":' * depth),
        st.just('{"a":' + "[" * (CONTROL_LIMIT - 5)),
        st.just("å" * CONTROL_LIMIT),
        st.just("x" * (MESSAGE_LIMIT + 1)),
    )


async def provoke(line: Line, message: bytes | str) -> str:
    """What one message of nonsense is told: a refusal's code, or how the socket ended without one."""
    try:
        await line.socket.send(message)
        answer = await line.control("refused")
    except ConnectionClosed:
        assert line.socket.close_code in NAMED
        return str(line.socket.close_code)
    code = Code(answer["code"])
    if REPLIES[code].closes:
        with pytest.raises(ConnectionClosed):
            await line.next("nothing more")
        assert line.socket.close_code == 1008
    return code.value


async def visitors_line(running: Running) -> Line:
    """A visitor's socket without a visitor."""
    line = await dial(f"ws://127.0.0.1:{running.port}/ws/en", {})
    await line.control("hello")
    return line


@EXAMPLES
@given(message=foreign_bytes | foreign_texts("visitor"))
async def test_a_visitors_nonsense_is_named(running: Running, bystander: Bystander, message: bytes | str) -> None:
    """Any bytes and any text on a visitor's socket: refused by name, at once, and nobody else notices."""
    told = await provoke(await visitors_line(running), message)
    assert told in {"malformed", "too-large", "unknown", "unknown-desk", "1009"}
    await bystander.goes_on()


@EXAMPLES
@given(message=foreign_bytes | foreign_texts("counsellor"))
async def test_a_counsellors_nonsense_is_named(running: Running, bystander: Bystander, message: bytes | str) -> None:
    """The same on a console's socket."""
    line = await bystander.colleague.dial()
    assert await provoke(line, message) in {"malformed", "too-large", "unknown", "1009"}
    await bystander.goes_on()


websocket_garbage = st.one_of(
    st.binary(min_size=2, max_size=300),
    st.sampled_from(
        [
            b"\x82\x05hello",  # unmasked
            b"\xf2\x80\0\0\0\0",  # reserved bits
            b"\x83\x80\0\0\0\0",  # an unknown opcode
            b"\x80\x80\0\0\0\0",  # a continuation of nothing
            b"\x09\x80\0\0\0\0",  # a fragmented ping
            b"\x89\xfe\0\x7e\0\0\0\0" + bytes(126),  # a ping that is too long
            b"\x81\x82\0\0\0\0\xc3\x28",  # text that is not UTF-8
            b"\x02\x80\0\0\0\0\x81\x80\0\0\0\0",  # a text within a fragmented message
            b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",  # a length beyond all bounds
            b"\x82\xff\0\0\0\0\x7f\xff\xff\xff\0\0\0\0",  # two gigabytes announced
            b"\x88\x82\0\0\0\0\x03\xe7",  # a close with a code that nobody may send
            b"\x88\x81\0\0\0\0\x03",  # a close with half a code
        ]
    ),
)


@EXAMPLES
@given(raw=websocket_garbage, console=st.booleans())
async def test_what_is_no_websocket_ends_alone(
    running: Running, bystander: Bystander, raw: bytes, console: bool
) -> None:
    """Broken framing on an open socket ends it with its reason, or waits for more; nobody else notices."""
    line = await bystander.colleague.dial() if console else await visitors_line(running)
    line.socket.transport.write(raw)
    try:
        async with asyncio.timeout(0.02):
            await line.next("refused")
    except ConnectionClosed:
        assert line.socket.close_code in BROKEN_FRAMES | NAMED | {1000, 1005}
    except TimeoutError:
        line.socket.transport.abort()
    await bystander.goes_on()


@EXAMPLES
@given(raw=st.binary(min_size=1, max_size=300), console=st.booleans())
async def test_what_is_no_http_ends_alone(running: Running, bystander: Bystander, raw: bytes, console: bool) -> None:
    """Garbage on a bare connection gets an HTTP error or nothing, and nobody else notices."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.console_port if console else running.port)
    writer.write(raw + b"\r\n\r\n")
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    writer.close()
    await bystander.goes_on()


async def test_a_message_in_pieces_is_a_message(running: Running, bystander: Bystander) -> None:
    """An opening in three fragments with a ping between them is taken; the same in too many bytes is cut."""
    visitor = await running.visitor()
    line = await visitor.dial()
    await line.socket.send([visitor.opening[:1000], visitor.opening[1000:1001], visitor.opening[1001:]])
    assert (await line.control("opened", "refused"))["t"] == "opened"
    await line.socket.send([bytes(MESSAGE_LIMIT // 3)] * 4)
    with pytest.raises(ConnectionClosed):
        await line.next("nothing more")
    assert line.socket.close_code == 1009
    await bystander.goes_on()


async def test_a_strangers_frames_are_refused(running: Running, bystander: Bystander) -> None:
    """The bystander's own frames, replayed or forged by a stranger, are `unknown`, and named by their identity."""
    stranger = await running.visitor()
    line = await stranger.dial()
    replayed = next(iter(bystander.sent))
    forged = replayed[:-1] + bytes([replayed[-1] ^ 1])
    ephemeral = bystander.visitor.sender.compose_ephemeral(Kind.TYPING, b"\1")
    for opened in (False, True):
        if opened:
            await stranger.open()
        for frame in (replayed, forged, ephemeral):
            await line.socket.send(frame)
            refused = await line.control("refused", "accepted")
            assert (refused["t"], refused["code"]) == ("refused", "unknown")
            assert refused["conversation"] == bystander.visitor.id
        await bystander.goes_on()


@pytest.mark.parametrize("action", ["resume", "end", "delete"])
async def test_a_strangers_proof_is_refused(running: Running, bystander: Bystander, action: str) -> None:
    """Another key, another socket's nonce, a nonce used before: `unknown`, each time with a fresh nonce."""
    stranger = await running.visitor()
    line = await stranger.dial()
    more = {"after": 0} if action == "resume" else {}
    own, theirs = stranger.proof(action, **more), bystander.visitor.proof(action, **more)
    spliced = {**own, "conversation": bystander.visitor.id}
    nonces = {stranger.nonce}
    for proof in (own, theirs, spliced, own, {**theirs, "signature": own["signature"]}):
        await line.tell(**proof)
        await stranger.renew()
        nonces.add(stranger.nonce)
        assert (await line.control("refused"))["code"] == "unknown"
    assert len(nonces) == 6
    await bystander.goes_on()


async def test_a_colleague_has_no_part_in_it(running: Running, bystander: Bystander) -> None:
    """Who did not take a conversation cannot read, close, take it or write in it."""
    line = await bystander.colleague.dial()
    for verb, code in (("read", "unknown"), ("close", "unknown"), ("take", "taken")):
        more = {"after": 0} if verb == "read" else {}
        await line.tell(t=verb, conversation=bystander.visitor.id, **more)
        refused = await line.control("refused", "opening", "phase")
        assert (refused["code"], refused["conversation"]) == (code, bystander.visitor.id)
    await line.socket.send(next(frame for frame in bystander.sent if frame[22] == STAFF))
    assert (await line.control("refused"))["code"] == "unknown"
