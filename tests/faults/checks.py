"""What guards promise, as checks of a running server: the product passes each one, its planted fault fails it.

A check raises AssertionError where the promise is broken, and nothing else.
"""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing

import httpx2
from websockets.exceptions import ConnectionClosed, InvalidStatus

from crypto.hpke import public_key
from crypto.opening import DeskKey
from server.model.desk import Desk, Epoch
from server.model.limits import BODY_LIMIT, MESSAGE_LIMIT
from server.storage.database import open_database
from server.storage.desks import insert_desk, insert_epoch
from tests.people import PublicDesk, Thread, Visitor, dial
from tests.running import Running

FAR_DAY = 100_000
SECRET = "A" * 43


async def opened(running: Running, word: str = "") -> Visitor:
    """A visitor who waits, and perhaps has said something."""
    visitor = await running.visitor()
    await visitor.dial()
    assert (await visitor.open())["t"] == "opened"
    if word:
        assert (await visitor.say(word))[0]["t"] == "accepted"
    return visitor


async def post(running: Running, path: str, body: object, origin: str = "") -> httpx2.Response:
    """A write to the console."""
    own = running.console_origin
    headers = {"host": own.split("//")[1], "origin": origin or own}
    async with httpx2.AsyncClient(base_url=running.console_address, headers=headers) as client:
        return await client.post(path, json=body)


async def check_origin_of_writes(running: Running) -> None:
    """A page of another origin, which a browser would send the cookie from, writes nothing."""
    for path in ("/api/salt", "/api/sign-in", "/api/sign-out"):
        assert (await post(running, path, {"login": "x"}, running.origin)).status_code == 403


async def check_origin_of_sockets(running: Running) -> None:
    """A good cookie on a page of another origin opens no socket."""
    counsellor = await running.counsellor()
    headers = {"cookie": counsellor.cookie, "origin": running.origin}
    status = 101
    try:
        await dial(f"ws://127.0.0.1:{running.console_port}/ws", headers)
    except InvalidStatus as refused:
        status = refused.response.status_code
    assert status == 403


async def check_accepted_survives_a_kill(running: Running) -> None:
    """What was accepted is still there after SIGKILL in the same moment."""
    visitor = await opened(running)
    [accepted] = await visitor.say("one")
    running.kill()
    running.start()
    line = await visitor.dial()
    await visitor.prove("resume", after=0)
    resumed = await line.control("resumed", "refused")
    assert resumed.get("last") == accepted["seq"]


async def check_proof(running: Running) -> None:
    """Who knows a conversation's id and not its key can neither resume, end nor delete it."""
    visitor, stranger = await opened(running, "one"), await opened(running)
    assert stranger.line is not None
    fresh = Visitor(stranger.public, stranger.address)
    line = await fresh.dial()
    for action in ("resume", "end", "delete"):
        more = {"after": 0} if action == "resume" else {}
        await line.tell(**{**fresh.proof(action, **more), "conversation": visitor.id})
        await fresh.renew()
        answer = await line.control("refused", "resumed", "phase", "deleted")
        assert (answer["t"], answer.get("code")) == ("refused", "unknown"), action
    assert (await visitor.say("two"))[0]["seq"] == 2


async def check_a_nonce_is_used_once(running: Running) -> None:
    """A proof that was overheard does not work again, neither on its own socket nor on another one."""
    visitor = await opened(running)
    assert visitor.line is not None
    overheard = visitor.proof("resume", after=0)
    await visitor.line.tell(**overheard)
    assert (await visitor.line.control("resumed", "refused"))["t"] == "resumed"
    for line in (visitor.line, await visitor.dial()):
        await line.tell(**overheard)
        assert (await line.control("resumed", "refused"))["t"] == "refused"


async def check_take_needs_the_desk(running: Running) -> None:
    """A counsellor takes at her own desk, and at another one hears `unknown`."""
    own, public = await opened(running), await running.public()
    elsewhere = Visitor(add_desk(running, public), own.address)
    await elsewhere.dial()
    assert (await elsewhere.open())["t"] == "opened"
    counsellor = await running.counsellor()
    line = await counsellor.dial()
    await line.tell(t="take", conversation=elsewhere.id)
    answer = await line.control("opening", "refused")
    assert (answer["t"], answer.get("code")) == ("refused", "unknown")
    assert isinstance(await counsellor.take(own.id), Thread)


def add_desk(running: Running, public: PublicDesk) -> PublicDesk:
    """A desk where nobody of the demo works."""
    desk, key = secrets.token_bytes(16), public_key(secrets.token_bytes(32))
    engine = open_database(running.database or f"sqlite:///{running.data / 'sluss.db'}")
    with engine.begin() as connection:
        insert_desk(connection, Desk(desk, desk.hex(), "Elsewhere", "DK", ("da",), (), 1))
        insert_epoch(connection, Epoch(desk, 1, b"", b"", key, 0, FAR_DAY))
    engine.dispose()
    return PublicDesk(public.org, public.origin, DeskKey(desk, 1, key))


async def check_only_the_claimer_reads(running: Running) -> None:
    """A colleague at the same desk can neither read nor close what somebody else has taken."""
    visitor = await opened(running, "one")
    claimer, colleague = await running.counsellor(1), await running.counsellor(2)
    await claimer.dial()
    assert isinstance(await claimer.take(visitor.id), Thread)
    line = await colleague.dial()
    for verb in ("read", "close"):
        await line.tell(t=verb, conversation=visitor.id, **({"after": 0} if verb == "read" else {}))
        answer = await line.control("opening", "phase", "refused")
        assert (answer["t"], answer.get("code")) == ("refused", "unknown"), verb
    assert isinstance(await claimer.take(visitor.id, "read"), Thread)


async def check_message_size(running: Running) -> None:
    """One byte more than a message may have cuts the line before anybody judges it."""
    visitor = await running.visitor()
    line = await visitor.dial()
    await line.socket.send(bytes(MESSAGE_LIMIT + 1))
    try:
        await line.next("nothing more")
    except ConnectionClosed:
        assert line.socket.close_code == 1009


async def check_body_size(running: Running) -> None:
    """A body beyond its size is refused for its size."""
    answer = await post(running, "/api/salt", {"login": "x" * BODY_LIMIT})
    assert answer.status_code == 413


async def check_deleted_rows_leave_the_files(running: Running) -> None:
    """After *delete now* no database file holds a byte of the conversation's rows, at rest though they were."""
    visitor = await opened(running, "one")
    with closing(sqlite3.connect(running.data / "sluss.db")) as connection:
        frames = [row[0] for row in connection.execute("SELECT frame FROM messages ORDER BY id DESC LIMIT 1")]
        wraps = [row[0] for row in connection.execute("SELECT wrap FROM wraps ORDER BY conversation DESC LIMIT 1")]
    await delete(visitor)
    for file in running.data.glob("sluss.db*"):
        raw = file.read_bytes()
        assert all(value[:100] not in raw for value in (*frames, *wraps)), file.name


async def check_keys_leave_the_keystore(running: Running) -> None:
    """After *delete now* the conversation's shred keys are zeros in the file."""
    file = running.data / "keystore" / "shred.slots"
    before = slots(file.read_bytes())
    visitor = await opened(running)
    fresh = slots(file.read_bytes()) - before
    assert len(fresh) == 2
    await delete(visitor)
    raw = file.read_bytes()
    assert all(slot[16:48] not in raw for slot in fresh)


def slots(raw: bytes) -> set[bytes]:
    """Every 64-byte slot but the header and empty ones."""
    return {raw[at : at + 64] for at in range(64, len(raw), 64)} - {bytes(64)}


async def delete(visitor: Visitor) -> None:
    """Delete now, with a receipt."""
    await visitor.prove("delete")
    assert visitor.line is not None
    assert (await visitor.line.control("deleted", "refused"))["t"] == "deleted"


async def check_unknown_logins_look_known(running: Running) -> None:
    """Salt and sign-in answer for a login that nobody has as for one whose password is wrong."""
    answers = [await post(running, "/api/salt", {"login": login}) for login in ("counsellor-1", "nobody", "nobody")]
    assert {answer.status_code for answer in answers} == {200}
    assert len({tuple((name, len(value)) for name, value in answer.json().items()) for answer in answers}) == 1
    assert answers[0].json()["random"] != answers[1].json()["random"] == answers[2].json()["random"]
    told = [
        await post(running, "/api/sign-in", {"login": login, "secret": SECRET}) for login in ("counsellor-1", "nobody")
    ]
    assert told[0].status_code == told[1].status_code == 401
    assert told[0].content == told[1].content
    assert told[0].headers.keys() == told[1].headers.keys()
