"""The visitor's WebSocket: an opening or a proof first, then frames. No cookie, no Origin: the proof authenticates."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection
from starlette.types import Receive, Scope, Send

from crypto.failure import Malformed
from crypto.shapes import FRAME_SIZE, OPENING_SIZE, parse_opening
from server import wire
from server.model.conversation import Phase
from server.model.desk import LANGUAGES
from server.model.limits import UNUSED_SECONDS
from server.model.refusal import Code, Refusal
from server.services import conversations, retention
from server.services.access import Proof, access_by_visitor
from server.storage.conversations import Conversation
from server.storage.database import truncate_log
from server.transports.hub import Hub
from server.transports.runtime import Runtime
from server.transports.socket import TRY_LATER, Socket, refuse_handshake
from server.transports.talk import Talk

NONCE = 32


class Visitors:
    """ASGI endpoint of `/ws/{language}` on the visitors' origin."""

    def __init__(self, runtime: Runtime, hub: Hub) -> None:
        self._runtime, self._hub = runtime, hub
        self._sockets = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it ends."""
        language = scope["path_params"]["language"]
        if language not in LANGUAGES:
            await refuse_handshake(receive, send, scope, Code.UNKNOWN)
            return
        socket = Socket(receive, send)
        await socket.accept()
        self._sockets += 1
        try:
            if self._sockets > self._runtime.limits.sockets:
                socket.refuse(Code.TOO_MANY)
                socket.close(TRY_LATER)
            await _VisitorSocket(self._runtime, self._hub, socket, language).run()
        finally:
            self._sockets -= 1


class _VisitorSocket:
    __slots__ = ("_hub", "_language", "_nonce", "_runtime", "_socket", "_talk")

    def __init__(self, runtime: Runtime, hub: Hub, socket: Socket, language: str) -> None:
        self._runtime, self._hub, self._socket, self._language = runtime, hub, socket, language
        self._talk = Talk(runtime, hub, socket)
        self._nonce = b""

    async def run(self) -> None:
        self._hello()
        unused = asyncio.get_running_loop().call_later(UNUSED_SECONDS, self._end_unused)
        await self._talk.listen(self._hear)
        unused.cancel()

    def _end_unused(self) -> None:
        if not self._talk.followed:
            self._socket.close(TRY_LATER)

    def _hello(self) -> None:
        self._nonce = self._runtime.random(NONCE)
        self._socket.tell(wire.Hello(wire.serialize_bytes(self._nonce)))

    async def _hear(self, message: bytes | str) -> None:
        try:
            if isinstance(message, bytes):
                await self._hear_bytes(message)
            else:
                await self._hear_control(wire.decode(wire.visitor_control, self._talk.control(message)))
        except Malformed:
            self._socket.refuse(Code.MALFORMED)
        except Refusal as refusal:
            self._socket.refuse(refusal.code)

    async def _hear_bytes(self, message: bytes) -> None:
        if len(message) == FRAME_SIZE:
            self._talk.frame(message)
        elif len(message) == OPENING_SIZE:
            self._talk.check_rate()
            await self._open(message)
        else:
            raise Refusal(Code.TOO_LARGE if len(message) > OPENING_SIZE else Code.MALFORMED)

    async def _open(self, raw: bytes) -> None:
        opening = parse_opening(raw)
        if self._talk.followed and opening.conversation not in self._talk.followed:
            raise Refusal(Code.TOO_MANY)
        runtime = self._runtime
        access = await runtime.call(
            lambda connection: conversations.open_conversation(
                connection, runtime.keystore, runtime.random, opening, self._language, runtime.now()
            )
        )
        conversation = wire.serialize_bytes(opening.conversation)
        self._socket.tell(wire.Opened(conversation, access.conversation.phase))
        # From the beginning: whoever opens twice did not hear what came after the first time.
        self._talk.follow(access, 0)

    async def _hear_control(self, control: wire.FromVisitor) -> None:
        match control:
            case wire.Leave():
                for follower in self._talk.followed.values():
                    self._hub.leave(follower)
            case wire.Resume():
                await self._resume(control)
            case wire.End():
                await self._end(control)
            case wire.Delete():
                await self._delete(control)

    async def _resume(self, control: wire.Resume) -> None:
        proof = self._use_nonce(control)
        if self._talk.followed and proof.conversation not in self._talk.followed:
            raise Refusal(Code.TOO_MANY)
        runtime = self._runtime
        access = await runtime.read(
            lambda connection: access_by_visitor(connection, runtime.keystore, runtime.place, "resume", proof)
        )
        conversation = access.conversation
        self._socket.tell(wire.Resumed(control.conversation, conversation.phase, conversation.last_seq))
        self._talk.follow(access, min(control.after, conversation.last_seq))

    async def _end(self, control: wire.End) -> None:
        proof, runtime = self._use_nonce(control), self._runtime

        def end(connection: Connection) -> Phase:
            access = access_by_visitor(connection, runtime.keystore, runtime.place, "end", proof)
            return conversations.end(connection, access, runtime.now())

        self._talk.tell_phase(proof.conversation, await runtime.call(end))

    async def _delete(self, control: wire.Delete) -> None:
        proof, runtime = self._use_nonce(control), self._runtime

        def mark(connection: Connection) -> Conversation:
            access = access_by_visitor(connection, runtime.keystore, runtime.place, "delete", proof)
            return retention.mark_shredded(connection, access, runtime.now())

        with self._hub.shredding(proof.conversation):
            conversation = await runtime.call(mark)
            gone = await runtime.call(lambda connection: retention.destroy(connection, runtime.keystore, conversation))
            await runtime.outside(truncate_log)
            self._socket.tell(wire.Deleted(control.conversation, gone.keys, gone.frames))
            self._hub.tell_phase(proof.conversation, Phase.SHREDDED)

    def _use_nonce(self, control: wire.Resume | wire.End | wire.Delete) -> Proof:
        """The proof for this socket's nonce; whatever comes of it, the nonce is used up and a new one follows."""
        nonce = self._nonce
        self._hello()
        parse = wire.parse_bytes
        return Proof(parse(control.conversation), nonce, parse(control.key), parse(control.signature))
