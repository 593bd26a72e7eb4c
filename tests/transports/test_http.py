"""What is asked over HTTP and makes no sense is refused by name, alike for who exists and who does not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus

from server.model.limits import BODY_LIMIT
from server.model.refusal import Code
from tests.people import dial
from tests.running import Running
from tests.transports.bystander import Bystander

SECRET = "A" * 43
COOKIE = "__Host-sluss"
POSTS = ("/api/salt", "/api/sign-in", "/api/sign-out")
UNKNOWN = ["/nothing", "/%00", "/api/me", "/desk", "/ws", "/api/salt", "/embed.js/x", "/chat/demo", "/chat/nowhere/en"]
UNKNOWN += ["/chat/demo/xx", "/chat/%00/en", "/chat/%ff/en", "/assets/x", "/assets/manifest.json"]
UNKNOWN += ["/assets/../server/cli.py", "/assets/%2e%2e/cli.py"]
EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
async def console(running: Running) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser on the console's origin."""
    headers = {"host": running.console_origin.split("//")[1], "origin": running.console_origin}
    async with httpx2.AsyncClient(base_url=running.console_address, headers=headers) as client:
        yield client


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code; the body is nothing but the code, and nobody caches it."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert set(body) == {"code"}
    return answer.status_code, Code(body["code"]).value


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
bodies = st.one_of(
    st.binary(max_size=100),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.sampled_from(["login", "secret", "more"]), json_values | st.just(SECRET), max_size=3).map(
        lambda value: json.dumps(value).encode()
    ),
    st.integers(1, BODY_LIMIT // 5).map(lambda depth: b'{"a":' * depth),
    st.sampled_from(
        [
            b'{"login":"\xff"}',
            b'{"login":"\\ud800"}',
            b'{"login":""}',
            b'{"login":"' + b"a" * 65 + b'"}',
            b'{"login":"\\u0000"}',
            b'{"login":"a","secret":"' + SECRET.encode() + b'\\n"}',
            b'{"login":"a","secret":"' + SECRET[:-1].encode() + b'B"}',
        ]
    ),
)


@EXAMPLES
@given(path=st.sampled_from(POSTS[:2]), body=bodies)
async def test_a_body_that_is_none_is_malformed(console: httpx2.AsyncClient, path: str, body: bytes) -> None:
    """Any bytes: an answer where they are a true request, else `malformed`, and never a bug."""
    answer = await console.post(path, content=body)
    if answer.status_code == 200:
        assert set(answer.json()) == {"org", "random"}
    else:
        assert refusal(answer) in {(400, "malformed"), (401, "sign-in")}


async def test_a_body_that_is_too_large_is_refused(console: httpx2.AsyncClient) -> None:
    """One byte more than allowed, announced or in pieces, is `too-large`; one byte less is judged."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1_000

    for path in POSTS[:2]:
        for body in (b" " * (BODY_LIMIT + 1), b" " * 200_000, pieces()):
            assert refusal(await console.post(path, content=body)) == (413, "too-large")
        assert refusal(await console.post(path, content=b" " * BODY_LIMIT)) == (400, "malformed")


@pytest.mark.parametrize("origin", [None, "null", "http://127.0.0.1", "visitors", "https", "longer", "path"])
async def test_a_write_from_elsewhere_is_refused(
    running: Running, console: httpx2.AsyncClient, origin: str | None
) -> None:
    """Without the console's own Origin, whole and exact, every POST and the socket are refused."""
    own = running.console_origin
    named = {
        "visitors": running.origin,
        "https": own.replace("http", "https"),
        "longer": own + "0",
        "path": own + "/",
    }
    sent = named.get(str(origin), origin)
    console.headers.pop("origin")
    headers = {} if sent is None else {"origin": sent}
    for path in POSTS:
        answer = await console.post(path, json={"login": "counsellor-1"}, headers=headers)
        assert refusal(answer) == (403, "origin")
    with pytest.raises(InvalidStatus) as refused:
        await dial(f"ws://127.0.0.1:{running.console_port}/ws", {**headers, "cookie": f"{COOKIE}={SECRET}"})
    assert refused.value.response.status_code == 403
    assert (await console.post(POSTS[0], json={"login": "x"}, headers={"origin": own})).status_code == 200


cookies = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80),
    st.sampled_from(
        [
            "",
            f"{COOKIE}=",
            f"{COOKIE}={SECRET}",
            f"{COOKIE}={SECRET}A",
            f'{COOKIE}="{SECRET}"',
            f"{COOKIE}={SECRET[:-1]}=",
            f"{COOKIE}={SECRET}; {COOKIE}={SECRET}",
            f"sluss={SECRET}",
            "=; ;;=,\\x00",
        ]
    ),
)


@EXAMPLES
@given(cookie=cookies.map(lambda value: value.strip()))
async def test_a_cookie_that_is_none_is_no_sign_in(running: Running, console: httpx2.AsyncClient, cookie: str) -> None:
    """Whatever stands in the cookie: `sign-in`, on every route and for the socket."""
    headers = {"cookie": cookie}
    assert refusal(await console.get("/api/me", headers=headers)) == (401, "sign-in")


async def test_without_a_sign_in_there_is_no_socket(running: Running) -> None:
    """A console's socket without a good cookie is refused before it exists."""
    for cookie in ("", f"{COOKIE}={SECRET}", "nonsense"):
        headers = {"origin": running.console_origin, "cookie": cookie}
        with pytest.raises(InvalidStatus) as refused:
            await dial(f"ws://127.0.0.1:{running.console_port}/ws", headers)
        assert refused.value.response.status_code == 401


async def test_signing_out_ends_the_sign_in_and_its_sockets(running: Running, bystander: Bystander) -> None:
    """Afterwards the cookie is worth nothing, its open socket is closed, and a colleague's is not."""
    somebody = await running.counsellor(0)
    line = await somebody.dial()
    headers = {"origin": running.console_origin, "cookie": somebody.cookie}
    async with httpx2.AsyncClient(base_url=running.console_address, headers=headers) as client:
        assert (await client.get("/api/me")).status_code == 200
        answer = await client.post("/api/sign-out")
        assert answer.status_code == 204
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert refusal(await client.get("/api/me")) == (401, "sign-in")
    await line.socket.wait_closed()
    assert line.socket.close_code == 1008
    await bystander.goes_on()


async def test_the_cookie_is_closed_to_scripts_and_sites(running: Running) -> None:
    """`__Host-`, Secure, HttpOnly, SameSite=Strict, the whole host and no domain."""
    answer = await (await running.counsellor()).sign_in()
    value, *attributes = answer.headers["set-cookie"].split("; ")
    assert value.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=strict"} <= set(attributes)
    assert not any(attribute.lower().startswith("domain") for attribute in attributes)


@pytest.mark.parametrize("path", UNKNOWN)
async def test_unknown_paths_are_unknown(running: Running, path: str) -> None:
    """What the visitors' origin does not have, also where the console has it, is a 404 and nothing else."""
    async with httpx2.AsyncClient(base_url=running.origin) as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert len(answer.content) < 100


async def test_wrong_methods_are_told_so(running: Running, console: httpx2.AsyncClient) -> None:
    """A GET on a write, a POST on a page: 405; a WebSocket on a page, or in an unknown language: refused."""
    for path in POSTS:
        assert (await console.get(path)).status_code == 405
    for path in ("/desk", "/api/me", "/healthz"):
        assert (await console.post(path)).status_code == 405
    for path in ("/", "/ws/xx", "/ws/", "/chat/demo/en"):
        with pytest.raises(InvalidStatus) as refused:
            await dial(f"ws://127.0.0.1:{running.port}{path}", {})
        assert refused.value.response.status_code in {403, 404}


async def test_what_only_one_database_stores_is_refused_on_both(any_server: Running) -> None:
    """A NUL in a login or a desk's name is refused before PostgreSQL, which has none, is asked."""
    headers = {"host": any_server.console_origin.split("//")[1], "origin": any_server.console_origin}
    async with httpx2.AsyncClient(base_url=any_server.console_address, headers=headers) as client:
        assert refusal(await client.post("/api/salt", json={"login": "a\0b"})) == (400, "malformed")
        body = {"login": "a\0", "secret": SECRET}
        assert refusal(await client.post("/api/sign-in", json=body)) == (400, "malformed")
    async with httpx2.AsyncClient(base_url=any_server.origin) as client:
        assert (await client.get("/chat/demo%00/en")).status_code == 404
