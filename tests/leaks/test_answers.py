"""What the server says: nothing that a browser keeps or passes on, no other site, and never who exists."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from server import demo
from server.transports.assets import FOLDER, load_assets
from server.wire import serialize_bytes
from tests.leaks.canaries import Canaries
from tests.leaks.http_exercises import CONSOLE_ROUTES, METHODS, NOBODY, VISITORS_ROUTES
from tests.leaks.scene import Scene
from tests.people import Line, Visitor
from tests.running import Running, copy_founded

KNOWN = demo.PEOPLE[1].login
NAMESPACES = ("http://www.w3.org/1998/Math/MathML", "http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg")
"""Names that look like addresses; no browser ever asks for them."""
ADDRESS = re.compile(r"""(?:\b(?:https?|wss?|ftp):)?//[\w.\[-][^\s"'`<>\\)]*""")
KEEPING = re.compile(r"document\.cookie|localStorage|sessionStorage|indexedDB|caches\.open|serviceWorker|sendBeacon")
CACHED = {"/embed.js": "public, max-age=3600"}
UNKNOWN = ("/nothing", "/nothing/", "/chat/nobody/en", "/chat/demo/xx", "/assets/nothing.js", "/ws/en", "/desk/")
HANDSHAKE = {"upgrade", "connection", "sec-websocket-accept", "date"}
DOCUMENTS = ("/", "/chat/demo/sv", "/chat/demo/da", "/chat/demo/en")


@pytest.fixture(scope="module")
def serving(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all of these questions: none of them changes what another one asks."""
    running = copy_founded(founded, tmp_path_factory.mktemp("answers") / "server").start()
    yield running
    running.kill()


@pytest.fixture
async def scene(serving: Running) -> AsyncIterator[Scene]:
    """Everybody who talks to it."""
    async with Scene(serving, Canaries(secrets.token_bytes)).opened() as scene:
        yield scene


async def test_no_answer_leaves_a_trace_in_a_browser(scene: Scene) -> None:
    """On both origins, also in errors and refusals: no referrer, no store, no sniffing, no server's name, no cookie."""
    routes = {False: (*VISITORS_ROUTES, *UNKNOWN), True: (*CONSOLE_ROUTES, *UNKNOWN)}
    for console, paths in routes.items():
        for path in paths:
            answers = [await scene.ask(method, path, console=console) for method in METHODS]
            for method, answer in zip(METHODS, answers, strict=True):
                _check_headers(f"{method} {path}", path, answer)


def _check_headers(what: str, path: str, answer: httpx2.Response) -> None:
    headers = answer.headers
    assert not {"set-cookie", "server", "x-powered-by", "etag", "last-modified", "link", "refresh"} & set(headers), what
    assert headers["referrer-policy"] == "no-referrer", what
    assert headers["x-content-type-options"] == "nosniff", what
    cached = CACHED.get(path) if answer.status_code == 200 else None
    assert headers["cache-control"] == (cached or "no-store"), what


async def test_a_handshake_gives_nothing_away(scene: Scene) -> None:
    """A WebSocket is answered with what the protocol needs, and the date."""
    visitor = await scene.newcomer()
    counsellor = await scene.running.counsellor()
    line = await counsellor.dial(**scene.socket_options())
    for socket in (scene.socket_of(visitor), line.socket):
        assert socket.response is not None
        assert {name.lower() for name in socket.response.headers} == HANDSHAKE


async def test_visitors_assets_are_kept_nowhere_and_staff_s_may_be(scene: Scene) -> None:
    """A visitor's bundles are fetched anew each time; those of the console are named by content."""
    for name in load_assets().bodies:
        theirs = await scene.ask("GET", f"/assets/{name}")
        ours = await scene.ask("GET", f"/assets/{name}", console=True)
        assert theirs.headers["cache-control"] == "no-store"
        assert ours.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert {answer.headers["referrer-policy"] for answer in (theirs, ours)} == {"no-referrer"}


@pytest.mark.parametrize("path", [*DOCUMENTS, "/desk"])
async def test_the_policy_of_a_document_names_its_own_origin_only(path: str, scene: Scene) -> None:
    """Nothing is loaded, framed, sent or evaluated but by what stands here."""
    console = path == "/desk"
    own = scene.running.console_origin if console else scene.running.origin
    answer = await scene.ask("GET", path, console=console)
    policy = _policy(answer)
    # The demo's desk may be framed by the demo's host page, on the port for which it was founded.
    framed_by = r"http://localhost:\d+" if path.startswith("/chat") else "'none'"
    assert re.fullmatch(framed_by, policy.pop("frame-ancestors"))
    assert policy == {
        "default-src": "'none'",
        "script-src": own,
        "style-src": own,
        "img-src": own,
        "connect-src": f"{own} {own.replace('http', 'ws', 1)}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def _policy(answer: httpx2.Response) -> dict[str, str]:
    rules = (rule.strip().partition(" ") for rule in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in rules}


@pytest.mark.parametrize("path", [*DOCUMENTS, "/demo", "/embed.js", "/desk"])
async def test_no_document_names_another_site(path: str, scene: Scene) -> None:
    """Every address in a page is of our own origin."""
    console = path == "/desk"
    own = scene.running.console_origin if console else scene.running.origin
    found = ADDRESS.findall((await scene.ask("GET", path, console=console)).text)
    assert [address for address in found if not address.startswith(own)] == []


@pytest.mark.parametrize("name", sorted(load_assets().bodies))
def test_no_bundle_names_another_site(name: str) -> None:
    """Built scripts and styles hold no address but namespaces, no source map, and a visitor's keep nothing."""
    text = (FOLDER / name).read_text("utf-8")
    assert len(text) > 100
    assert [address for address in ADDRESS.findall(text) if not address.startswith(NAMESPACES)] == []
    assert "sourceMappingURL" not in text
    if not name.startswith("console"):
        assert KEEPING.findall(text) == []


def test_an_address_is_seen() -> None:
    """The search for addresses knows the ways in which a page can name another site."""
    for text in (
        'src="https://cdn.example/a.js"',
        "url(//cdn.example/a)",
        "'wss://x.example'",
        "http://[2001:db8::1]/",
    ):
        assert ADDRESS.findall(text)
    assert not ADDRESS.findall('"/assets/a.js" 1 // 2')


async def test_salts_do_not_tell_who_exists(scene: Scene) -> None:
    """Known and unknown logins get answers of one shape, the same each time, also after a new start."""

    async def salts() -> list[httpx2.Response]:
        return [await scene.post("/api/salt", json.dumps({"login": login})) for login in (KNOWN, "nobody", "no one")]

    first, second = await salts(), await salts()
    scene.running.kill()
    scene.running.start()
    third = await salts()
    for answers in zip(first, second, third, strict=True):
        assert len({answer.content for answer in answers}) == 1
    assert len({answer.json()["random"] for answer in first}) == len(first)
    assert {_shape(answer) for answer in (*first, *second, *third)} == {_shape(first[0])}


async def test_sign_in_refusals_do_not_tell_who_exists(scene: Scene) -> None:
    """A wrong secret and an unknown login are refused with the same bytes, and so is every missing sign-in."""
    bodies = [json.dumps({"login": login, "secret": NOBODY}) for login in (KNOWN, "nobody", "x" * 64)]
    refused = [await scene.post("/api/sign-in", body) for body in bodies]
    assert {answer.status_code for answer in refused} == {401}
    assert len({_bytes(answer) for answer in refused}) == 1
    cookies: tuple[dict[str, str], ...] = ({}, {"cookie": "__Host-sluss=x"}, {"cookie": f"__Host-sluss={NOBODY}"})
    asked = [await scene.ask("GET", "/api/me", console=True, headers=cookie) for cookie in cookies]
    assert len({_bytes(answer) for answer in asked}) == 1


async def test_desks_that_do_not_exist_are_refused_alike(scene: Scene) -> None:
    """An unknown desk, an unknown language and a name that is none get the same bytes."""
    answers = [await scene.ask("GET", path) for path in ("/chat/nobody/en", "/chat/demo/xx", "/chat/No%20one/en")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({_bytes(answer) for answer in answers}) == 1


async def test_what_is_not_yours_does_not_exist_for_a_visitor(scene: Scene) -> None:
    """A proof for another's conversation and one for none at all are refused with the same bytes, for each action."""
    owner, stranger = await scene.newcomer(), await scene.newcomer()
    assert (await owner.open())["t"] == "opened"
    for action, more in (("resume", {"after": 0}), ("end", {}), ("delete", {})):
        answers = [
            await _refusal(scene, stranger, {**stranger.proof(action, **more), **claim})
            for claim in ({}, {"conversation": owner.id}, {"conversation": owner.id, "key": serialize_bytes(owner.pk)})
        ]
        assert len(set(answers)) == 1
        assert '"unknown"' in answers[0]


async def _refusal(scene: Scene, visitor: Visitor, control: dict[str, object]) -> str:
    await scene.socket_of(visitor).send(json.dumps(control))
    assert visitor.line is not None
    refused = json.dumps(await visitor.line.control("refused"))
    await visitor.renew()
    return refused


async def test_what_is_not_yours_does_not_exist_for_a_counsellor(scene: Scene) -> None:
    """A conversation that another took and one that never was are refused alike."""
    visitor, nobody = await scene.newcomer(), await scene.newcomer()
    assert (await visitor.open())["t"] == "opened"
    first, second = await scene.running.counsellor(1), await scene.running.counsellor(2)
    await first.dial()
    line = await second.dial()
    await first.take(visitor.id)
    for verb in ("read", "close"):
        answers = [await _refused(line, verb, one) for one in (visitor.id, nobody.id)]
        assert {answer.pop("conversation") for answer in answers} == {visitor.id, nobody.id}
        assert answers[0] == answers[1]
        assert answers[0]["code"] == "unknown"


async def _refused(line: Line, verb: str, conversation: str) -> dict[str, object]:
    more = {"after": 0} if verb == "read" else {}
    await line.tell(t=verb, conversation=conversation, **more)
    return await line.control("refused")


def _shape(answer: httpx2.Response) -> tuple[object, ...]:
    headers = [(name, value) for name, value in answer.headers.items() if name != "date"]
    return answer.status_code, *headers, *((name, len(value)) for name, value in answer.json().items())


def _bytes(answer: httpx2.Response) -> tuple[object, ...]:
    return answer.status_code, answer.content, *((n, v) for n, v in answer.headers.items() if n != "date")
