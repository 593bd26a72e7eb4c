"""Programs that tell the server everything they can about themselves: who they are, from where, with what."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

from crypto.binding import sha256
from crypto.member import key_encryption_key, login_secret, password_root
from server.wire import parse_bytes, serialize_bytes
from tests.leaks.canaries import Canaries
from tests.people import Counsellor, PublicDesk, Thread, Visitor
from tests.running import Running

READ_SECONDS = 0.25
"""How long a raw client waits for an answer that may never come."""
LOGIN = "staff-of-the-leak-search"
"""The counsellor whose password is a canary; see `found_staffed`."""


class Recorder:
    """Randomness that remembers what it gave."""

    def __init__(self) -> None:
        self.drawn: list[bytes] = []

    def __call__(self, size: int) -> bytes:
        """Random bytes."""
        self.drawn.append(secrets.token_bytes(size))
        return self.drawn[-1]


@dataclass
class Scene:
    """One running server and everybody who talks to it. What an exercise leaves here, a later one takes up."""

    running: Running
    canaries: Canaries
    public: PublicDesk = field(init=False)
    counsellor: Counsellor = field(init=False)
    visitor: Visitor = field(init=False)
    thread: Thread = field(init=False)
    _clients: dict[str, httpx2.AsyncClient] = field(default_factory=dict)
    _raw: list[asyncio.StreamWriter] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Scene]:
        """With clients on every peer address."""
        plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used; the default one takes longer to load than a test
        for peer in self.canaries.peers:
            transport = httpx2.AsyncHTTPTransport(local_address=peer, verify=plain)
            self._clients[peer] = httpx2.AsyncClient(transport=transport, timeout=10)
        try:
            self.public = await self.running.public()
            yield self
        finally:
            for writer in self._raw:
                writer.transport.abort()
            for client in self._clients.values():
                await client.aclose()

    async def ask(self, method: str, path: str, *, console: bool = False, **more: Any) -> httpx2.Response:
        """One HTTP request that tells everything; `headers` in `more` win."""
        base = self.running.console_address if console else self.running.origin
        headers = self.canaries.headers()
        if console:
            del headers["cookie"]  # that one is of the visitors' origin, where a cookie is somebody else's in any case
        headers |= more.pop("headers", {})
        return await self._clients[self.canaries.peer()].request(method, base + path, headers=headers, **more)

    async def post(self, path: str, body: bytes | str, **headers: str) -> httpx2.Response:
        """A POST as the console sends it."""
        own = {"origin": self.running.console_origin, **headers}
        return await self.ask("POST", path, console=True, headers=own, content=body)

    async def shout(self, raw: bytes, *, console: bool = False, wait: bool = True) -> bytes:
        """Raw bytes on a connection of their own; with `wait`, what comes back before the connection is cut."""
        port = self.running.console_port if console else self.running.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(self.canaries.peer(), 0))
        self._raw.append(writer)
        writer.write(raw)
        await writer.drain()
        answer = b""
        if wait:
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(READ_SECONDS):
                    answer = await reader.read()
            writer.transport.abort()
        return answer

    async def newcomer(self) -> Visitor:
        """A visitor with a socket, whose keys are canaries from the first moment."""
        recorder = Recorder()
        headers = {**self.canaries.headers(), "origin": f"https://{self.canaries.word('Origin of a visitor')}.example"}
        address = f"ws://127.0.0.1:{self.running.port}"
        visitor = Visitor(self.public, address, random=recorder, headers=headers)
        key, seed, live = recorder.drawn[:3]
        self.canaries.keep("visitor's K", key)
        self.canaries.keep("visitor's seed", seed)
        self.canaries.keep("visitor's live key", live)
        self.canaries.keep("visitor's public key", visitor.pk)
        # From its second half on an opening is ciphertext: wraps for the desk, then the sealed rest.
        self.canaries.keep("opening as it came", visitor.opening[1_000:1_100], visitor.opening)
        await self.dial(visitor)
        return visitor

    async def dial(self, visitor: Visitor) -> None:
        """A visitor's socket from the next address, with a sub-protocol and a query that tell."""
        await visitor.dial(**self.socket_options())

    def socket_options(self) -> dict[str, Any]:
        """How a WebSocket client gives itself away."""
        return {
            "local_addr": (self.canaries.peer(), 0),
            "user_agent_header": None,
            "subprotocols": [Subprotocol(self.canaries.word("sub-protocol"))],
        }

    async def prove(self, visitor: Visitor, action: str, **more: object) -> None:
        """A proof, remembered."""
        control = visitor.proof(action, **more)
        self.canaries.keep("visitor's proof", parse_bytes(control["signature"]))
        await self.socket_of(visitor).send(json.dumps(control))

    async def sign_in(self) -> Counsellor:
        """The counsellor with the canary password, signed in and listening."""
        password = self.canaries.word("counsellor's password")
        told = {name: value for name, value in self.canaries.headers().items() if name != "cookie"}
        address, origin = self.running.console_address, self.running.console_origin
        counsellor = Counsellor(address, origin, LOGIN, password, headers=told)
        self.learn_token(await counsellor.sign_in())
        await counsellor.dial(**self.socket_options())
        return counsellor

    def learn_token(self, answer: httpx2.Response) -> None:
        """The token of a sign-in that must have succeeded."""
        assert answer.status_code == 204, answer.status_code
        token = parse_bytes(answer.headers["set-cookie"].split(";")[0].split("=")[1])
        self.canaries.keep("session token", token)
        self.canaries.keep("hash of the session token", sha256(token))

    async def stretch(self, name: str) -> str:
        """What a console makes of a password before it asks; all of it is secret."""
        salt = (await self.post("/api/salt", f'{{"login": "{LOGIN}"}}')).json()
        org = parse_bytes(salt["org"])
        root = await asyncio.to_thread(password_root, self.canaries.word(name), org, LOGIN, parse_bytes(salt["random"]))
        secret = login_secret(root, org, LOGIN)
        self.canaries.keep("login secret", secret)
        self.canaries.keep("key encryption key", key_encryption_key(root, org, LOGIN), root)
        return serialize_bytes(secret)

    def socket_of(self, visitor: Visitor) -> ClientConnection:
        """The visitor's socket itself."""
        assert visitor.line is not None
        return visitor.line.socket
