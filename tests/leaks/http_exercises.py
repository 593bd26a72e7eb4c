"""Exercises over HTTP: every route, every refusal, and what is no request at all."""

from __future__ import annotations

import asyncio
import json

from crypto.binding import bind
from server.transports.assets import load_assets
from server.wire import serialize_bytes
from tests.leaks.scene import LOGIN, Scene

NOBODY = "A" * 43
"""A login secret of the right shape."""
VISITORS_ROUTES = ("/", "/chat/demo/en", "/chat/demo/sv", "/embed.js", "/healthz", "/demo", "/favicon.ico")
CONSOLE_ROUTES = ("/desk", "/healthz", "/api/me", "/api/salt", "/api/sign-in", "/api/sign-out", "/favicon.ico")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


async def every_route(scene: Scene) -> None:
    """Each route of both origins with each method and a query; each asset in each encoding."""
    query = f"?name={scene.canaries.word('query string')}"
    visitors = [scene.ask(method, path + query) for path in VISITORS_ROUTES for method in METHODS]
    console = [scene.ask(method, path + query, console=True) for path in CONSOLE_ROUTES for method in METHODS]
    await asyncio.gather(*visitors, *console)
    files = [f"/assets/{name}{query}" for name in load_assets().bodies]
    encodings = ({"accept-encoding": one} for one in ("br", "gzip", "identity"))
    await asyncio.gather(*(scene.ask("GET", path, headers=one) for one in encodings for path in files))


async def unknown_addresses(scene: Scene) -> None:
    """Paths that lead nowhere, host names that are not ours, things that are no file."""
    word, name, host = (scene.canaries.word(one) for one in ("path", "file name", "host"))
    paths = (
        f"/{word}",
        f"/{word}/?{word}={word}",
        f"/chat/{word}/en",
        f"/chat/demo/{word}",
        f"/chat/{word}/{word}",
        f"/desk/?{word}",
        f"/assets/{name}",
        f"/assets/..%2F..%2F{name}",
        f"/assets/{name}%00",
        f"/%0d%0a{word}",
        f"/%ff%fe{word}",
        f"/{word}" * 40,
    )
    asked = [scene.ask("GET", path, console=console) for path in paths for console in (False, True)]
    hosts = [scene.ask("GET", path, headers={"host": f"{host}.example"}) for path in ("/", "/chat/demo/en", "/desk/")]
    # A bracket makes some parsers raise, with the host's name in the exception's text.
    broken = [scene.ask("GET", path, headers={"host": f"[{host}]"}) for path in ("/", "/chat/demo/en")]
    await asyncio.gather(*asked, *hosts, *broken)


async def broken_requests(scene: Scene) -> None:
    """Bytes that are not HTTP, or not quite, on both ports."""
    word = scene.canaries.word("malformed request").encode()
    method = scene.canaries.word("method").upper().encode()
    end = b"HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    raws = (
        word + b"\r\n\r\n",
        method + b" / " + end + b"\r\n",
        b"GET /" + word + b"\xff\x00 " + end + b"\r\n",
        b"GET http://" + word + b":port/ " + end + b"\r\n",
        b"GET / " + end + word + b"\r\n\r\n",
        b"GET / " + end + word + b": \x00\x01\r\n\r\n",
        b"GET / " + end + b"x-" + word + b": " + word * 4_000 + b"\r\n\r\n",
        b"POST /api/salt " + end + b"Content-Length: " + word + b"\r\n\r\n",
        b"POST /api/salt " + end + b"Transfer-Encoding: chunked\r\n\r\n" + word + b"\r\n",
        b"GET / HTTP/9.9\r\nHost: " + word + b"\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + word,
        b"\x16\x03\x01\x00\xc8\x01" + word,
    )
    await asyncio.gather(*(scene.shout(raw, console=console) for raw in raws for console in (False, True)))


async def broken_upgrades(scene: Scene) -> None:
    """Handshakes that fail: a wrong key, a wrong version, another protocol, no such path, a path that is no text."""
    word = scene.canaries.word("malformed request").encode()
    upgrade = b" HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Word: " + word + b"\r\n"
    key = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    version = b"Sec-WebSocket-Version: 13\r\n"
    query = b"?" + scene.canaries.word("query string").encode()
    raws = (
        b"GET /ws/en" + query + upgrade + b"Sec-WebSocket-Key: " + word + b"\r\n" + version + b"\r\n",
        b"GET /ws/en" + query + upgrade + key + b"Sec-WebSocket-Version: " + word + b"\r\n\r\n",
        b"GET /ws/en" + query + upgrade.replace(b"websocket", word) + key + version + b"\r\n",
        b"GET /ws/" + word + query + upgrade + key + version + b"\r\n",
        b"GET /" + word + query + upgrade + key + version + b"\r\n",
        b"GET /ws/en?" + word + b"\xe9" + upgrade + key + version + b"\r\n",
        b"GET /%ff" + word + query + upgrade + key + version + b"\r\n",
        b"POST /ws/en" + query + upgrade + key + version + b"\r\n" + word,
        # Both sockets accept, or refuse for want of a cookie; then the line is cut without a word.
        b"GET /ws/en" + query + upgrade + key + version + b"\r\n",
        b"GET /ws" + query + upgrade + key + version + b"\r\n",
    )
    await asyncio.gather(*(scene.shout(raw, console=console) for raw in raws for console in (False, True)))


async def aborted_requests(scene: Scene) -> None:
    """Requests that stop in the middle: some are cut, some hang until the server is killed or stopped."""
    body = scene.canaries.word("body").encode()
    path = f"/api/sign-in?{scene.canaries.word('query string')}".encode()
    head = b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nOrigin: " + scene.running.console_origin.encode()
    half = head + b"\r\nContent-Length: 1000\r\n\r\n" + body
    shouts = [(raw, console, wait) for raw in (head, half) for console in (False, True) for wait in (False, True)]
    await asyncio.gather(*(scene.shout(raw, console=console, wait=wait) for raw, console, wait in shouts))


async def sign_in_attempts(scene: Scene) -> None:
    """Right, unknown and wrong; bodies that are not JSON or too long; no origin, a foreign one, foreign cookies."""
    canaries = scene.canaries
    login, body, broken = canaries.word("unknown login"), canaries.word("body"), canaries.word("malformed JSON")
    mistyped = await scene.stretch("mistyped password")
    secret = await scene.stretch("counsellor's password")
    for _ in scene.canaries.peers:
        scene.learn_token(await scene.post("/api/sign-in", json.dumps({"login": LOGIN, "secret": secret})))
    bodies = (
        json.dumps({"login": login}),
        json.dumps({"login": login, "secret": NOBODY}),
        json.dumps({"login": LOGIN, "secret": mistyped}),
        json.dumps({"login": LOGIN, "secret": canaries.word("body")}),
        json.dumps({"login": f"{login}\0\n{login}", "secret": NOBODY}),
        json.dumps({"login": login * 4, "secret": NOBODY, broken: broken}),
        f'{{"login": "{broken}',
        f"{broken}\x00".encode("utf-16").decode("latin-1"),
        body * 200,
    )
    routes = ("/api/salt", "/api/sign-in", "/api/sign-out")
    foreign = {"cookie": f"__Host-sluss={canaries.word('foreign cookie')}"}
    token = {"cookie": f"__Host-sluss={serialize_bytes(bind(canaries.word('foreign cookie').encode())).ljust(43, 'A')}"}
    await asyncio.gather(*(scene.post(route, raw) for route in routes for raw in bodies))
    await asyncio.gather(*(scene.ask("POST", route, console=True, content=body) for route in routes))
    await asyncio.gather(*(scene.post(route, body, origin=f"https://{body}.example") for route in routes))
    for cookie in (foreign, token, {"cookie": f'__Host-sluss="{body}; ;;={body}'}):
        await asyncio.gather(*(scene.post(route, bodies[0], **cookie) for route in routes))
        await scene.ask("GET", "/api/me", console=True, headers=cookie)
