"""What is meant for once works once: a visitor's proof, and a nonce at rest. The planted faults break just that."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.people import Control, Visitor
from tests.running import Running, copy_founded
from tests.started import started

NONCE = 12


async def replay(running: Running) -> Control:
    """Somebody who has overheard a proof shows it again on a line of their own; what the server says."""
    visitor = await running.visitor()
    await visitor.dial()
    await visitor.open()
    await visitor.dial()
    proof = visitor.proof("resume", after=0)
    assert visitor.line is not None
    await visitor.line.tell(**proof)
    assert (await visitor.line.control("resumed", "refused"))["t"] == "resumed"
    thief = Visitor(visitor.public, visitor.address)
    line = await thief.dial()
    await line.tell(**proof)
    return await line.control("resumed", "refused")


async def stored_nonces(running: Running) -> list[bytes]:
    """The nonces of the frames at rest, after a few words."""
    visitor = await running.visitor()
    await visitor.dial()
    await visitor.open()
    for word in ("one", "two", "three"):
        await visitor.say(word)
    with sqlite3.connect(running.data / "sluss.db") as database:
        return [bytes(row[0][:NONCE]) for row in database.execute("SELECT frame FROM messages")]


async def test_an_overheard_proof_opens_nothing(server: Running) -> None:
    """The nonce of a hello is good for one proof on one line."""
    assert (await replay(server))["code"] == "unknown"


async def test_with_one_nonce_for_all_an_overheard_proof_opens(founded: Path, tmp_path: Path) -> None:
    """The planted fault lets the thief in, and the test above would see it."""
    with started(copy_founded(founded, tmp_path), "reused_nonce") as running:
        assert (await replay(running))["t"] == "resumed"


async def test_no_frame_rests_under_a_nonce_of_another(server: Running) -> None:
    """AES-GCM gives its key away where a nonce is used twice."""
    nonces = await stored_nonces(server)
    assert len(set(nonces)) == len(nonces) == 3


async def test_a_reused_nonce_at_rest_is_seen(founded: Path, tmp_path: Path) -> None:
    """The planted fault is what the test above looks for."""
    with started(copy_founded(founded, tmp_path), "reused_rest_nonce") as running:
        nonces = await stored_nonces(running)
        assert len(set(nonces)) < len(nonces)
