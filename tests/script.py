"""Scripted talkers: a visitor's page and a console that do what the browser's core does, whatever line and server do.

What is sealed is sent again unchanged until it is accepted; every new line resumes after what was seen without a hole.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from abc import ABC, abstractmethod

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from crypto.shapes import parse_frame_header
from server.wire import DELIVERY_PREFIX, parse_bytes, serialize_bytes
from tests.half import PATIENCE, Half, demand
from tests.people import Control, Counsellor, Line, Thread, Visitor

LONGEST_WAIT = 0.25
"""Seconds between two tries; fifteen in the browser."""
LOOK_UP = 0.2
TROUBLE = (OSError, WebSocketException, TimeoutError, EOFError)


class Talker(ABC):
    """One page: it connects again and again until `stop`; nothing that a line does is an error."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.lines = 0
        self._over = False
        self._socket: ClientConnection | None = None
        self._out: asyncio.Queue[bytes | str] = asyncio.Queue()

    async def run(self) -> None:
        """Stay connected until `stop`."""
        failed = 0
        while not self._over:
            try:
                self._socket = await self._connect()
            except TROUBLE:
                failed += 1
                await asyncio.sleep(self.random.random() * min(LONGEST_WAIT, 0.02 * 2**failed))
                continue
            failed, self.lines = 0, self.lines + 1
            await self._serve(self._socket)
            await asyncio.sleep(self.random.random() * 0.03)

    def stop(self) -> None:
        """The page is closed."""
        self._over = True
        self.drop()

    def drop(self) -> None:
        """Give this line up and take a new one."""
        if self._socket is not None:
            self._socket.transport.abort()

    def send(self, message: bytes | Control) -> None:
        """Hand something to the line; gone with it when it breaks."""
        self._out.put_nowait(message if isinstance(message, bytes) else json.dumps(message))

    def push(self, half: Half) -> None:
        """Send what is due of a conversation that this line takes."""
        for frame in half.due():
            self.send(frame)

    def sign(self, half: Half) -> None:
        """Say what was opened."""
        receipt = half.receipt()
        if receipt is not None:
            self.send(receipt)

    @abstractmethod
    async def _connect(self) -> ClientConnection: ...

    @abstractmethod
    def _begin(self) -> None: ...

    @abstractmethod
    def _lost(self) -> None: ...

    @abstractmethod
    def _delivery(self, raw: bytes) -> None: ...

    @abstractmethod
    def _control(self, control: Control) -> None: ...

    @abstractmethod
    def _overdue(self) -> bool: ...

    async def _serve(self, socket: ClientConnection) -> None:
        self._out = asyncio.Queue()
        writer = asyncio.create_task(self._write(socket, self._out))
        try:
            self._begin()
            await self._read(socket)
        except TROUBLE:
            pass
        finally:
            writer.cancel()
            socket.transport.abort()
            self._socket = None
            self._lost()

    async def _write(self, socket: ClientConnection, out: asyncio.Queue[bytes | str]) -> None:
        with contextlib.suppress(*TROUBLE):
            while True:
                await socket.send(await out.get())

    async def _read(self, socket: ClientConnection) -> None:
        while not self._over:
            try:
                async with asyncio.timeout(LOOK_UP):
                    message = await socket.recv()
            except TimeoutError:
                if self._overdue():
                    return
                continue
            if isinstance(message, bytes):
                self._delivery(message)
            else:
                self._control(json.loads(message))


class VisitorPage(Talker):
    """A visitor with one conversation, as widget/src/visitor/chat.ts holds it."""

    def __init__(self, visitor: Visitor, seed: str) -> None:
        super().__init__(seed)
        self.visitor, self.half = visitor, Half(self.random.choice((1, 1, 8)))
        self.half.begin(visitor.transcript, visitor.sender, visitor.compose)
        self.asked = ""  # end or delete, until it is answered
        self.gone = False
        self._opened = self._attached = self._connected = self._waits = False

    def say(self, text: str) -> None:
        """Write something."""
        self.half.say(text)
        if self._connected:
            self.push(self.half)

    def writes(self) -> None:
        """A key was pressed."""
        if self._connected:
            self.send(self.half.typing())

    def ask(self, action: str) -> None:
        """End or delete, over lost lines too."""
        self.asked = action
        self._ask_again()

    async def _connect(self) -> ClientConnection:
        return await dial(f"{self.visitor.address}/ws/{self.visitor.language}", {})

    def _begin(self) -> None:
        self.visitor.nonce = b""
        self._attached = self._waits = False

    def _lost(self) -> None:
        self._connected = False
        self.half.disconnected()

    def _overdue(self) -> bool:
        return self.half.overdue()

    def _delivery(self, raw: bytes) -> None:
        if self.half.delivery(raw):
            self.sign(self.half)
        self.push(self.half)

    def _control(self, control: Control) -> None:
        match control["t"]:
            case "hello":
                self._hello(control)
            case "opened" | "resumed" | "phase":
                self._in_phase(control)
            case "accepted":
                self.half.accepted(control)
                self.push(self.half)
            case "line" if self._connected and control["line"] == "here":
                self.sign(self.half)
            case "deleted":
                self._leave()
            case "refused":
                demand((self.asked, control["code"]) == ("delete", "unknown"), f"Refused: {control}.")
                self._leave()

    def _hello(self, control: Control) -> None:
        self.visitor.nonce = parse_bytes(control["nonce"])
        if not self._attached:
            self._attached = True
            if self._opened:
                self._prove("resume")
            else:
                # Opened again, it is followed from the beginning: to resume as well would bring everything twice.
                self.send(self.visitor.opening)
        else:
            self._ask_again()

    def _ask_again(self) -> None:
        if self.asked and self.visitor.nonce and not self._waits:
            self._waits = True
            self._prove(self.asked)

    def _prove(self, action: str) -> None:
        more = {"after": self.half.cursor} if action == "resume" else {}
        self.send(self.visitor.proof(action, **more))
        self.visitor.nonce = b""

    def _in_phase(self, control: Control) -> None:
        self.half.phase = control["phase"]
        if control["t"] != "phase":
            self._opened = True
        if control["phase"] == "closed" and self.asked == "end":
            self.asked = ""
        if control["t"] != "phase":
            self._connect_half()

    def _connect_half(self) -> None:
        self._connected = True
        self.push(self.half)
        self.sign(self.half)

    def _leave(self) -> None:
        self.gone = True
        self.asked = ""
        self.stop()


class Console(Talker):
    """A counsellor with any number of conversations on one line, as widget/src/console/workplace.ts holds them."""

    def __init__(self, counsellor: Counsellor, address: str, seed: str) -> None:
        super().__init__(seed)
        self.counsellor, self._address = counsellor, address
        self.halves: dict[str, Half] = {}
        self.doomed: set[str] = set()  # to be deleted by the visitor; nothing else may vanish
        self.gone: set[str] = set()
        self._taken: set[str] = set()
        self._closing: set[str] = set()
        self._connected: set[str] = set()
        self._asked: set[str] = set()

    def expect(self, conversation: str, half: Half) -> None:
        """Take this conversation as soon as it waits."""
        half.window = self.random.choice((1, 1, 8))
        self.halves[conversation] = half

    def say(self, conversation: str, text: str) -> None:
        """Answer in a conversation that was taken."""
        self.halves[conversation].say(text)
        self._push(conversation)

    def writes(self, conversation: str) -> None:
        """A key was pressed."""
        if conversation in self._connected:
            self.send(self.halves[conversation].typing())

    def close(self, conversation: str) -> None:
        """Close, once everything said is accepted."""
        self._closing.add(conversation)
        self._push(conversation)

    def put_away(self, conversation: str) -> None:
        """Nothing more is wanted of it."""
        self.halves.pop(conversation, None)
        self._closing.discard(conversation)
        self._connected.discard(conversation)

    def reload(self) -> None:
        """A new page load: fresh instances and transcripts, everything is read again, only sealed frames are kept."""
        for half in self.halves.values():
            half.phase = ""
        self.drop()

    async def _connect(self) -> ClientConnection:
        headers = {"cookie": self.counsellor.cookie, "origin": self.counsellor.origin}
        return await dial(f"{self._address}/ws", headers)

    def _begin(self) -> None:
        assert self._socket is not None
        self.counsellor.line = Line(self._socket)
        self.send({"t": "watch"})
        for conversation, half in self.halves.items():
            if half.phase:
                self._read_again(conversation, half.cursor)

    def _lost(self) -> None:
        self._asked.clear()
        self._connected.clear()
        for half in self.halves.values():
            if half.phase:
                half.disconnected()

    def _overdue(self) -> bool:
        return any(half.phase and half.overdue() for half in self.halves.values())

    def _push(self, conversation: str) -> None:
        half = self.halves[conversation]
        if conversation not in self._connected:
            return
        self.push(half)
        if conversation in self._closing and half.settled and half.phase == "active":
            self.send({"t": "close", "conversation": conversation})
            half.phase = "closing"

    def _read_again(self, conversation: str, after: int) -> None:
        self._asked.add(conversation)
        self.send({"t": "read", "conversation": conversation, "after": after})

    def _delivery(self, raw: bytes) -> None:
        conversation = serialize_bytes(parse_frame_header(raw[DELIVERY_PREFIX:]).conversation)
        half = self.halves.get(conversation)
        if half is None or not half.phase:
            return
        if half.delivery(raw):
            self.sign(half)
        self._push(conversation)

    def _control(self, control: Control) -> None:
        conversation = control.get("conversation", "")
        match control["t"]:
            case "conversations":
                self._listed(control)
            case "opening":
                self._opening(control)
            case "accepted" if conversation in self.halves:
                self.halves[conversation].accepted(control)
                self._push(conversation)
            case "phase" if conversation in self.halves:
                self._phase(conversation, control["phase"])
            case "line" if conversation in self._connected and control["line"] == "here":
                self.sign(self.halves[conversation])
            case "refused":
                demand(control["code"] == "unknown" and conversation in self.doomed, f"Refused: {control}.")
                self._phase(conversation, "shredded")

    def _listed(self, control: Control) -> None:
        unread = {name for name, half in self.halves.items() if not half.phase} - self._asked
        for listed in control["waiting"]:
            if listed["conversation"] in unread:
                self._asked.add(listed["conversation"])
                self.send({"t": "take", "conversation": listed["conversation"]})
        mine = {listed["conversation"] for listed in control["mine"]}
        for conversation in unread & mine:
            self._read_again(conversation, 0)
        for conversation in unread & self._taken - mine:
            self._phase(conversation, "shredded")

    def _opening(self, control: Control) -> None:
        conversation = control["conversation"]
        half = self.halves.get(conversation)
        if half is None:
            return
        if not half.phase:
            thread = Thread(self.counsellor, control)
            half.begin(thread.transcript, thread.sender, thread.compose)
        half.phase, half.last = control["phase"], control["last"]
        self._taken.add(conversation)
        self._connected.add(conversation)
        self._push(conversation)
        self.sign(half)

    def _phase(self, conversation: str, phase: str) -> None:
        if phase == "shredded":
            demand(conversation in self.doomed, "A conversation vanished that nobody deleted.")
            self.gone.add(conversation)
            self.put_away(conversation)
        elif self.halves[conversation].phase:
            self.halves[conversation].phase = phase


async def dial(url: str, headers: dict[str, str]) -> ClientConnection:
    """A WebSocket without extras."""
    return await connect(
        url,
        additional_headers=headers,
        compression=None,
        proxy=None,
        ping_interval=None,
        open_timeout=PATIENCE,
        max_queue=None,
    )
