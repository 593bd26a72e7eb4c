"""The counsellor's WebSocket: cookie and Origin are checked before it exists; then list, take, read, write, close."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection
from starlette.types import Receive, Scope, Send

from crypto.failure import Malformed
from crypto.shapes import FRAME_SIZE
from server import wire
from server.model.conversation import Phase
from server.model.desk import Member
from server.model.refusal import Code, Refusal
from server.services import conversations, people
from server.services.access import Access, access_by_claimer
from server.services.conversations import OpeningForClaimer
from server.storage.conversations import Conversation
from server.transports.guard import Guard
from server.transports.hub import Hub
from server.transports.runtime import Runtime
from server.transports.socket import POLICY, Socket, refuse_handshake
from server.transports.talk import Talk
from server.transports.trouble import report


class Counsellors:
    """ASGI endpoint of `/ws` on the console's origin, and all consoles connected to this process."""

    def __init__(self, runtime: Runtime, hub: Hub, guard: Guard) -> None:
        self._runtime, self._hub, self._guard = runtime, hub, guard
        self._consoles: set[_Console] = set()
        self._refresh: asyncio.Task[None] | None = None
        hub.on_change = self.refresh

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one console until it ends."""
        try:
            self._guard.check_origin(scope)
            token = self._guard.token(scope)
            member = await self._runtime.read(
                lambda connection: people.find_member(connection, token, self._runtime.now())
            )
        except Refusal as refusal:
            await refuse_handshake(receive, send, scope, refusal.code)
            return
        socket = Socket(receive, send)
        await socket.accept()
        console = _Console(self._runtime, self._hub, socket, member, token)
        self._consoles.add(console)
        try:
            await console.run()
        finally:
            self._consoles.discard(console)

    def refresh(self) -> None:
        """Bring every list up to date; many changes at once cost one reading."""
        if self._refresh is None or self._refresh.done():
            self._refresh = asyncio.get_running_loop().create_task(self._refresh_all())

    def sign_out(self, token: bytes) -> None:
        """Close the consoles of a sign-in that ended."""
        for console in self._consoles:
            if console.token == token:
                console.socket.close(POLICY)

    async def check_sign_ins(self) -> None:
        """Close the consoles whose sign-in has run out."""
        for console in list(self._consoles):
            token = console.token
            try:
                await self._runtime.read(
                    lambda connection, token=token: people.find_member(connection, token, self._runtime.now())  # type: ignore[misc]
                )
            except Refusal:
                console.socket.close(POLICY)

    async def _refresh_all(self) -> None:
        await asyncio.sleep(0)
        for console in list(self._consoles):
            try:
                await console.refresh()
            except Exception as failure:  # noqa: BLE001 - one console's trouble is not the others'
                report(failure)


class _Console:
    def __init__(self, runtime: Runtime, hub: Hub, socket: Socket, member: Member, token: bytes) -> None:
        self._runtime, self._hub, self._member = runtime, hub, member
        self.socket, self.token = socket, token
        self._talk = Talk(runtime, hub, socket)
        self._watching = False
        self._sent: wire.Conversations | None = None

    async def run(self) -> None:
        await self._talk.listen(self._hear)

    async def refresh(self) -> None:
        """Send the list if it changed."""
        if not self._watching:
            return
        member = self._member.id
        waiting, mine = await self._runtime.read(lambda connection: conversations.list_for(connection, member))
        minute = self._runtime.now() // 60
        listed = wire.Conversations(
            [self._listed(conversation, max(0, minute - since)) for conversation, since in waiting],
            [self._listed(conversation, -1) for conversation in mine],
        )
        if listed != self._sent:
            self._sent = listed
            self.socket.tell(listed)

    def _listed(self, conversation: Conversation, minutes: int) -> wire.Listed:
        return wire.Listed(
            wire.serialize_bytes(conversation.id),
            wire.serialize_bytes(conversation.desk),
            conversation.language,
            conversation.phase,
            self._hub.line(conversation.id),
            minutes,
        )

    async def _hear(self, message: bytes | str) -> None:
        conversation = ""
        try:
            if isinstance(message, bytes):
                self._hear_frame(message)
                return
            control = wire.decode(wire.counsellor_control, self._talk.control(message))
            conversation = "" if isinstance(control, wire.Watch) else control.conversation
            await self._hear_control(control)
        except Malformed:
            self.socket.refuse(Code.MALFORMED)
        except Refusal as refusal:
            self.socket.refuse(refusal.code, conversation)

    def _hear_frame(self, message: bytes) -> None:
        if len(message) != FRAME_SIZE:
            raise Refusal(Code.TOO_LARGE if len(message) > FRAME_SIZE else Code.MALFORMED)
        self._talk.frame(message)

    async def _hear_control(self, control: wire.FromCounsellor) -> None:
        match control:
            case wire.Watch():
                self._watching, self._sent = True, None
                await self.refresh()
            case wire.Take():
                await self._take(wire.parse_bytes(control.conversation))
            case wire.Read():
                await self._read(wire.parse_bytes(control.conversation), control.after)
            case wire.Close():
                await self._close(wire.parse_bytes(control.conversation))

    async def _take(self, conversation: bytes) -> None:
        runtime, member = self._runtime, self._member.id

        def take(connection: Connection) -> tuple[Access, OpeningForClaimer]:
            access = conversations.take(connection, runtime.keystore, member, conversation, runtime.now())
            return access, conversations.find_opening(connection, runtime.keystore, access)

        access, opening = await runtime.call(take)
        self._show(access, opening, after=0)
        self._hub.tell_phase(conversation, access.conversation.phase)

    async def _read(self, conversation: bytes, after: int) -> None:
        runtime, member = self._runtime, self._member.id

        def read(connection: Connection) -> tuple[Access, OpeningForClaimer]:
            access = access_by_claimer(connection, runtime.keystore, member, conversation)
            return access, conversations.find_opening(connection, runtime.keystore, access)

        self._show(*await runtime.read(read), after=after)

    def _show(self, access: Access, opening: OpeningForClaimer, after: int) -> None:
        conversation, text = access.conversation, wire.serialize_bytes
        self.socket.tell(
            wire.Opening(
                conversation=text(conversation.id),
                desk=text(opening.desk),
                epoch=opening.epoch,
                stub=text(opening.stub),
                wrap=text(opening.wrap),
                sealed=text(opening.sealed),
                phase=conversation.phase,
                line=self._hub.line(conversation.id),
                last=conversation.last_seq,
            )
        )
        self._talk.follow(access, min(after, conversation.last_seq))

    async def _close(self, conversation: bytes) -> None:
        runtime, member = self._runtime, self._member.id

        def close(connection: Connection) -> Phase:
            access = access_by_claimer(connection, runtime.keystore, member, conversation)
            return conversations.end(connection, access, runtime.now())

        self._talk.tell_phase(conversation, await runtime.call(close))
