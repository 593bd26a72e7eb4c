"""A visitor and a counsellor as programs: real keys, frames and sockets; nothing of the server's but the wire."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from crypto.failure import NotForThisKey, Tampered
from crypto.frame import Kind
from crypto.hpke import public_key
from crypto.member import key_encryption_key, login_secret, password_root, unwrap_member_keys
from crypto.opening import DeskKey, compose_opening, open_opening
from crypto.primitives import sign, signing_public
from crypto.proof import proof_message
from crypto.shapes import STAFF, VISITOR
from crypto.statement import Pin
from crypto.transcript import AnomalyKind, Message, Sender, Transcript, introduction
from server.wire import parse_bytes, serialize_bytes
from tests.trust import OwnKeys, SerialBook, trust_desk, trust_epochs, trust_member

COOKIE = "__Host-sluss"
TIMEOUT = 30.0
Control = dict[str, Any]


_dialled: list[ClientConnection] = []


async def dial(url: str, headers: dict[str, str], **options: Any) -> Line:
    """Open a socket that `hang_up` closes at the test's end."""
    socket = await connect(url, additional_headers=headers, **options)
    _dialled.append(socket)
    return Line(socket)


async def hang_up() -> None:
    """Close every socket that was opened."""
    while _dialled:
        _dialled.pop().transport.abort()
    await asyncio.sleep(0)


@dataclass
class Line:
    """One WebSocket, its controls and deliveries in order."""

    socket: ClientConnection
    _kept: list[tuple[str, Control | bytes]] = field(default_factory=list)

    async def next(self, *kinds: str) -> Control | bytes:
        """The next message whose tag is one of `kinds`; `frame` stands for a delivery. Others are kept for later."""
        for at, (kind, message) in enumerate(self._kept):
            if kind in kinds:
                del self._kept[at]
                return message
        async with asyncio.timeout(TIMEOUT):
            while True:
                kind, message = _parse(await self.socket.recv())
                if kind in kinds:
                    return message
                self._kept.append((kind, message))

    async def control(self, *kinds: str) -> Control:
        """The next control message of these kinds."""
        found = await self.next(*kinds)
        assert isinstance(found, dict)
        return found

    async def tell(self, **control: object) -> None:
        """Send a control message."""
        await self.socket.send(json.dumps(control))


def _parse(message: str | bytes) -> tuple[str, Control | bytes]:
    if isinstance(message, bytes):
        return "frame", message
    control: Control = json.loads(message)
    return control["t"], control


@dataclass(frozen=True)
class PublicDesk:
    """What a visitor's page has of a desk."""

    org: bytes
    origin: str
    desk: DeskKey

    @classmethod
    async def fetch(
        cls, origin: str, address: str, slug: str = "demo", pin: Pin | None = None, today: int | None = None
    ) -> Self:
        """Read the chat page's data block as a browser does. `address` is where the server listens.

        What does not hold under the pin raises CryptoError; without one, the server's own organisation is believed.
        """
        async with httpx2.AsyncClient(base_url=address) as client:
            page = await client.get(f"/chat/{slug}/en", headers={"host": origin.split("//")[1]})
        start = page.text.index('id="page"')
        raw = page.text[page.text.index(">", start) + 1 : page.text.index("</script>", start)]
        body = json.loads(raw)
        org = parse_bytes(body["desk"]["org"])
        return cls(org, body["origin"], trust_desk(body["desk"], pin or Pin(org, 0), today))


@dataclass
class Visitor:
    """Somebody who writes: keys in memory, every frame kept until it is accepted."""

    public: PublicDesk
    address: str
    random: Callable[[int], bytes] = secrets.token_bytes
    language: str = "en"
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key, self.seed, live = self.random(32), self.random(32), self.random(32)
        self.pk = signing_public(self.seed)
        self.opening = compose_opening(self.public.org, self.key, self.seed, public_key(live), [self.public.desk])
        self.conversation = self.opening[1:17]
        self.id = serialize_bytes(self.conversation)
        self.transcript = Transcript(
            Pin(self.public.org, 0), self.public.desk.desk, self.conversation, {1: self.key}, self.pk
        )
        self.sender = Sender(self.public.org, self.conversation, 1, self.key, VISITOR, self.random(8), self.seed)
        self.line: Line | None = None
        self.nonce = b""

    async def dial(self, **options: Any) -> Line:
        """Open a socket and hear its hello."""
        self.line = await dial(f"{self.address}/ws/{self.language}", self.headers, **options)
        await self.renew()
        return self.line

    async def renew(self) -> None:
        """Hear the next hello."""
        assert self.line is not None
        self.nonce = parse_bytes((await self.line.control("hello"))["nonce"])

    async def open(self) -> Control:
        """Send the opening."""
        assert self.line is not None
        await self.line.socket.send(self.opening)
        return await self.line.control("opened", "refused")

    def proof(self, action: str, **more: object) -> Control:
        """A control that needs the visitor's proof, made for this socket's nonce."""
        message = proof_message(self.public.org, self.public.origin, action, self.conversation, self.nonce)
        signature = serialize_bytes(sign(self.seed, message))
        return {"t": action, "conversation": self.id, "key": serialize_bytes(self.pk), "signature": signature, **more}

    async def prove(self, action: str, **more: object) -> None:
        """Send a control that needs the visitor's proof."""
        assert self.line is not None
        await self.line.tell(**self.proof(action, **more))

    def compose(self, text: str) -> list[bytes]:
        """The sealed frames of a text."""
        return self.sender.compose(Kind.TEXT, text.encode(), self.transcript.heads(self.sender.instance))

    async def say(self, text: str) -> list[Control]:
        """Send a text and wait until it is accepted."""
        assert self.line is not None
        return await send_frames(self.line, self.transcript, self.compose(text))

    async def hear(self) -> list[Message]:
        """The messages of the next delivery that brings any."""
        assert self.line is not None
        return await hear_messages(self.line, self.transcript)


async def send_frames(line: Line, transcript: Transcript, frames: list[bytes]) -> list[Control]:
    """Send frames one by one, each accepted before the next, and hear one's own."""
    answers = []
    for frame in frames:
        await line.socket.send(frame)
        answers.append(await line.control("accepted", "refused"))
        if answers[-1]["t"] == "accepted":
            transcript.hear(frame, None)
    return answers


async def hear_messages(line: Line, transcript: Transcript) -> list[Message]:
    """Hear deliveries until one brings messages; anomalies fail the test."""
    while True:
        delivery = await line.next("frame")
        assert isinstance(delivery, bytes)
        if delivery[:8] == bytes(8):
            continue
        heard = transcript.hear(delivery[8:], None)
        # One's own frame may come back when the tick was faster than `accepted`: a repeat, and harmless.
        wrong = [anomaly for anomaly in heard.anomalies if anomaly.kind is not AnomalyKind.REPEAT]
        assert not wrong, wrong
        if heard.messages:
            return list(heard.messages)


@dataclass
class Counsellor:
    """Somebody on duty: signs in over HTTP, unlocks, takes and answers."""

    address: str
    origin: str
    login: str
    password: str
    random: Callable[[int], bytes] = secrets.token_bytes
    headers: dict[str, str] = field(default_factory=dict)
    serials: SerialBook = field(default_factory=lambda: SerialBook({}))
    today: int | None = None

    async def sign_in(self) -> httpx2.Response:
        """Salt, Argon2id, cookie, own keys."""
        base = {"origin": self.origin, "host": self.origin.split("//")[1], **self.headers}
        async with httpx2.AsyncClient(base_url=self.address, headers=base) as client:
            salt = (await client.post("/api/salt", json={"login": self.login})).json()
            self.org = parse_bytes(salt["org"])
            root = password_root(self.password, self.org, self.login, parse_bytes(salt["random"]))
            secret = serialize_bytes(login_secret(root, self.org, self.login))
            answer = await client.post("/api/sign-in", json={"login": self.login, "secret": secret})
            if answer.status_code != 204:
                return answer
            self.cookie = answer.headers["set-cookie"].split(";")[0]
        self._kek = key_encryption_key(root, self.org, self.login)
        await self.unlock()
        return answer

    async def unlock(self) -> None:
        """Fetch one's own keys and open them; what does not hold raises CryptoError."""
        headers = {"cookie": self.cookie, "host": self.origin.split("//")[1]}
        async with httpx2.AsyncClient(base_url=self.address, headers=headers) as client:
            me: Control = (await client.get("/api/me")).json()
        self.member = parse_bytes(me["member"])
        xwing, self.seed = unwrap_member_keys(
            self._kek, self.org, self.member, me["key_generation"], parse_bytes(me["key_wrap"])
        )
        own = OwnKeys(Pin(self.org, 0), self.member, xwing, self.seed)
        desk = {**me["desks"][0], "org": me["org"]}
        trust_member(desk, own, self.serials, self.today)
        self.introduction = introduction(parse_bytes(desk["delegation"]), parse_bytes(desk["statement"]))
        self.desk = parse_bytes(desk["desk"])
        self.epochs = trust_epochs(desk, own, self.serials, self.today)

    async def dial(self, **options: Any) -> Line:
        """Open the console's socket."""
        host = self.address.split("//")[1]
        headers = {"cookie": self.cookie, "origin": self.origin, **self.headers}
        self.line = await dial(f"ws://{host}/ws", headers, **options)
        return self.line

    async def take(self, conversation: str, verb: str = "take", after: int = 0) -> Thread | Control:
        """Take (or read again) a conversation; the refusal if somebody was faster."""
        more = {"after": after} if verb == "read" else {}
        await self.line.tell(t=verb, conversation=conversation, **more)
        answer = await self.line.control("opening", "refused")
        return answer if answer["t"] == "refused" else Thread(self, answer)


class Thread:
    """One conversation on the counsellor's side."""

    def __init__(self, counsellor: Counsellor, opening: Control) -> None:
        if parse_bytes(opening["desk"]) != counsellor.desk or opening["epoch"] not in counsellor.epochs:
            raise NotForThisKey("The conversation is sealed to another desk or epoch.")
        seed, pk = counsellor.epochs[opening["epoch"]]
        desk = DeskKey(counsellor.desk, opening["epoch"], pk)
        stub, wrap, sealed = (parse_bytes(opening[name]) for name in ("stub", "wrap", "sealed"))
        opened = open_opening(counsellor.org, stub, wrap, sealed, desk, seed)
        if opened.conversation != parse_bytes(opening["conversation"]):
            raise Tampered("The opening is another conversation's.")
        self.line, self.last = counsellor.line, opening["last"]
        self.conversation, self.phase = opened.conversation, opening["phase"]
        pin, keys = Pin(counsellor.org, 0), {1: opened.key}
        self.transcript = Transcript(pin, desk.desk, opened.conversation, keys, opened.visitor_pk)
        instance = counsellor.random(8)
        self.sender = Sender(counsellor.org, opened.conversation, 1, opened.key, STAFF, instance, counsellor.seed)
        self._introduction: bytes | None = counsellor.introduction

    def compose(self, text: str) -> list[bytes]:
        """The sealed frames of an answer; the instance introduces itself first."""
        heads = self.transcript.heads(self.sender.instance)
        first: list[bytes] = []
        if self._introduction is not None:
            first = self.sender.compose(Kind.INTRODUCTION, self._introduction, heads)
            self._introduction = None
        return first + self.sender.compose(Kind.TEXT, text.encode(), heads)

    async def say(self, text: str) -> list[Control]:
        """Answer and wait until it is accepted."""
        return await send_frames(self.line, self.transcript, self.compose(text))

    async def hear(self) -> list[Message]:
        """The messages of the next delivery that brings any."""
        return await hear_messages(self.line, self.transcript)
