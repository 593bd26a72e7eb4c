"""The only place where real things meet: database, keystore, scribe, hub and the two web applications."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crypto.selftest import self_test
from server.config import Config, ConfigError
from server.model.limits import MESSAGE_LIMIT
from server.model.refusal import Refusal
from server.services import conversations, retention
from server.services.access import Access, Place
from server.services.conversations import Delivery
from server.storage import conversations as conversation_rows
from server.storage.database import open_database, ping, truncate_log, upgrade
from server.storage.desks import Installation, find_installation
from server.storage.keystore import Keystore
from server.storage.scribe import Scribe
from server.transports.api import Api, refuse
from server.transports.assets import load_assets
from server.transports.counsellors import Counsellors
from server.transports.guard import COMMON_HEADERS, NO_STORE, Guard
from server.transports.hub import Hub
from server.transports.line import ImpatientLine
from server.transports.pages import Pages
from server.transports.runtime import Runtime
from server.transports.trouble import report
from server.transports.visitors import Visitors

TICK_SECONDS = 1.0
SWEEP_SECONDS = 3_600.0
SIGN_IN_SECONDS = 15.0
MARKS_AT_ONCE = 500
HEARTBEAT_SECONDS = 10
READERS = 4


@dataclass(frozen=True)
class House:
    """One running server: its ground, its hub and its two applications."""

    runtime: Runtime
    hub: Hub
    counsellors: Counsellors
    visitors_app: ASGIApp
    console_app: ASGIApp


@contextlib.asynccontextmanager
async def open_house(config: Config, *, demo: bool) -> AsyncIterator[House]:
    """Everything between an open database and a closed one; raises ConfigError with one sentence."""
    self_test()
    loop = asyncio.get_running_loop()
    engine = open_database(config.database)
    upgrade(engine)
    keystore = Keystore(config.keystore, secrets.token_bytes)
    with engine.connect() as connection:
        installation = _check(find_installation(connection), demo)
    scribe = Scribe(engine, loop.call_soon_threadsafe)
    readers = ThreadPoolExecutor(READERS, "reader")
    place = Place(installation.org, config.origin)
    runtime = Runtime(
        engine, scribe, keystore, place, config.limits, _now, time.monotonic, secrets.token_bytes, readers
    )
    house = build(config, runtime, demo=demo)
    tasks = [loop.create_task(_every(*job)) for job in _jobs(house)]
    try:
        yield house
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await loop.run_in_executor(None, scribe.close)
        readers.shutdown()
        keystore.close()
        engine.dispose()


def build(config: Config, runtime: Runtime, *, demo: bool) -> House:
    """Both applications on one ground."""

    async def read_page(access: Access, after: int) -> list[Delivery]:
        return await runtime.read(lambda connection: conversations.read_page(connection, access, after))

    hub = Hub(read_page)
    guard = Guard(config.console_origin, config.limits)
    counsellors = Counsellors(runtime, hub, guard)
    pages = Pages(config.origin, config.console_origin, runtime, load_assets())
    api = Api(runtime, guard, counsellors)
    common = [Route("/healthz", _health(runtime)), Route("/favicon.ico", _no_icon)]
    visitor_routes: list[BaseRoute] = [
        *common,
        Route("/", pages.start),
        Route("/chat/{slug}/{language}", pages.chat),
        Route("/embed.js", pages.loader),
        Route("/assets/{file}", pages.asset),
        WebSocketRoute("/ws/{language}", Visitors(runtime, hub)),
    ]
    if demo:
        visitor_routes.append(Route("/demo", pages.demo))
    console_routes: list[BaseRoute] = [
        *common,
        Route("/desk", pages.console),
        Route("/assets/{file}", pages.console_asset),
        Route("/api/salt", api.salt, methods=["POST"]),
        Route("/api/sign-in", api.sign_in, methods=["POST"]),
        Route("/api/sign-out", api.sign_out, methods=["POST"]),
        Route("/api/me", api.me),
        WebSocketRoute("/ws", counsellors),
    ]
    return House(
        runtime,
        hub,
        counsellors,
        _application(visitor_routes, _VISITORS_NEED),
        _application(console_routes, _CONSOLES_NEED),
    )


async def serve(house: House, listeners: Sequence[socket.socket]) -> None:
    """Serve visitors and consoles on two listening sockets until a signal ends it."""
    servers = [uvicorn.Server(_settings(app)) for app in (house.visitors_app, house.console_app)]
    for server in servers:
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (2, 15):
        loop.add_signal_handler(number, stop)
    await asyncio.gather(*(server.serve([one]) for server, one in zip(servers, listeners, strict=True)))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises ConfigError when the port is taken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise ConfigError(f"Port {port} is taken; choose another with SLUSS_PORT and SLUSS_CONSOLE_PORT.") from None
    listener.listen(1024)
    return listener


def _settings(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws=ImpatientLine,
        ws_max_size=MESSAGE_LIMIT,
        ws_ping_interval=HEARTBEAT_SECONDS,
        ws_ping_timeout=HEARTBEAT_SECONDS,
        # Ciphertext does not compress, and compressed lengths tell.
        ws_per_message_deflate=False,
        # X-Forwarded-For would put a visitor's address into the scope; nothing here may know it.
        proxy_headers=False,
        access_log=False,
        log_config=None,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
    )


def _application(routes: Sequence[BaseRoute], needed: frozenset[bytes]) -> ASGIApp:
    async def on_refusal(_request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refusal)
        return refuse(refusal.code)

    app = Starlette(routes=routes, exception_handlers={Refusal: on_refusal})
    # Starlette would answer a trailing slash with the asker's own host and query.
    app.router.redirect_slashes = False
    return _Top(app, needed)


class _Top:
    """The outermost layer: peer and headers that nobody needs end here; a bug becomes a bare 500."""

    def __init__(self, app: ASGIApp, needed: frozenset[bytes]) -> None:
        self._app, self._needed = app, needed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["client"] = None
        scope["headers"] = [(name, value) for name, value in scope.get("headers", ()) if name in self._needed]
        try:
            await self._app(scope, receive, _discreet(send) if scope["type"] == "http" else send)
        except ClientDisconnect:  # a request that stopped in the middle is no bug
            pass
        except Exception as failure:  # noqa: BLE001 - uvicorn would log its text, which may hold anything
            report(failure)


def _discreet(send: Send) -> Send:
    """Every HTTP answer, errors included, is kept nowhere and sends no referrer, unless it says otherwise itself."""

    async def discreet(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in _ALWAYS.items():
                headers.setdefault(name, value)
        await send(message)

    return discreet


_ALWAYS = {**COMMON_HEADERS, **NO_STORE}
# A list of what passes: of what tells who somebody is there is a new one every year (Sec-CH-UA, CF-Connecting-IP …).
_VISITORS_NEED = frozenset({b"host", b"accept-encoding"})
_CONSOLES_NEED = _VISITORS_NEED | {b"origin", b"cookie"}


def _health(runtime: Runtime) -> Callable[[Request], Awaitable[Response]]:
    async def health(_request: Request) -> Response:
        await runtime.outside(ping)
        return PlainTextResponse("ok")

    return health


async def _no_icon(_request: Request) -> Response:
    """A neutral tab: no picture, and no error for asking."""
    return Response(status_code=204, headers={**NO_STORE})


def _check(installation: Installation | None, demo: bool) -> Installation:
    if installation is None:
        raise ConfigError("There is no organisation yet; run `sluss init` first.")
    if installation.demo and not demo:
        raise ConfigError("This is the demo's data, whose passwords everybody knows; choose another SLUSS_DATA.")
    if demo and not installation.demo:
        raise ConfigError("This is real data; the demo needs a SLUSS_DATA of its own.")
    return installation


def _now() -> int:
    return int(time.time())


def _jobs(house: House) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
    async def tick() -> None:
        followed = house.hub.followed()
        for at in range(0, len(followed), MARKS_AT_ONCE):
            asked = followed[at : at + MARKS_AT_ONCE]
            # In the writer: so all that was committed before has been rung and told before this is compared.
            marks = await house.runtime.call(lambda connection, asked=asked: conversation_rows.marks(connection, asked))  # type: ignore[misc]
            house.hub.compare(asked, marks)
        house.counsellors.refresh()
        house.runtime.keystore.refresh()

    return [
        (TICK_SECONDS, tick),
        (SIGN_IN_SECONDS, house.counsellors.check_sign_ins),
        (SWEEP_SECONDS, lambda: sweep(house.runtime)),
    ]


async def sweep(runtime: Runtime) -> None:
    """Shred what is due, then truncate the log that still holds the deleted rows."""
    loop = asyncio.get_running_loop()

    def run(work: Callable[..., object]) -> object:
        return asyncio.run_coroutine_threadsafe(runtime.call(work), loop).result()

    await runtime.outside(lambda _engine: retention.sweep(run, runtime.keystore, runtime.now()))
    await runtime.outside(truncate_log)


async def _every(seconds: float, job: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await job()
        except Exception as failure:  # noqa: BLE001 - the next round tries again
            report(failure)
        await asyncio.sleep(seconds)
