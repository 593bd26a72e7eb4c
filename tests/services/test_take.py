"""A waiting conversation is taken by exactly one, however many reach for it at once."""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading

import pytest
from sqlalchemy import Connection

from server.model.conversation import Phase
from server.model.desk import Member, Membership
from server.model.refusal import Code, Refusal
from server.services import conversations
from server.storage import people
from server.storage.tables import conversations as table
from server.storage.tables import places
from tests.storage.ground import NOW, TODAY, Ground

TAKERS = 20
PROCESSES = 4
TAKE = """
import secrets, sys, threading
from pathlib import Path
from server.model.refusal import Refusal
from server.services.conversations import take
from server.storage.database import open_database
from server.storage.keystore import Keystore
url, folder, conversation, *members = sys.argv[1:]
engine, keystore = open_database(url), Keystore(Path(folder), secrets.token_bytes)
answers, start = [], threading.Event()
def reach(member):
    start.wait()
    try:
        with engine.begin() as connection:
            take(connection, keystore, bytes.fromhex(member), bytes.fromhex(conversation), 0)
        answers.append("won " + member)
    except Refusal as refusal:
        answers.append(refusal.code.value)
threads = [threading.Thread(target=reach, args=(member,)) for member in members]
for thread in threads: thread.start()
print("ready", flush=True)
sys.stdin.readline()
start.set()
for thread in threads: thread.join()
print(*answers, sep="\\n")
"""


def hire(ground: Ground, count: int) -> list[bytes]:
    """More members at the desk here."""
    desk = ground.people.desks["here"].desk.desk
    members = [secrets.token_bytes(16) for _ in range(count)]

    def insert(connection: Connection) -> None:
        for member in members:
            people.insert_member(connection, Member(member, member.hex(), bytes(16), bytes(1216), 1), b"", b"")
            people.insert_membership(connection, Membership(member, desk, "counsellor", b"", b""))

    ground.run(insert)
    return members


def test_of_twenty_threads_one_wins(ground: Ground) -> None:
    """Twenty counsellors take at once: one gets it, nineteen hear that it is taken, and its place is gone."""
    visitor = ground.people.visitor()
    ground.open(visitor)
    start = threading.Barrier(TAKERS)
    won: list[bytes] = []
    refused: list[Code] = []

    def reach(member: bytes) -> None:
        start.wait()
        try:
            ground.run(lambda connection: conversations.take(connection, ground.keystore, member, conversation, NOW))
            won.append(member)
        except Refusal as refusal:
            refused.append(refusal.code)

    conversation = visitor.conversation
    threads = [threading.Thread(target=reach, args=(member,)) for member in hire(ground, TAKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), refused) == (1, [Code.TAKEN] * (TAKERS - 1))
    [row] = ground.rows(table)
    assert (row.claimer, row.phase, row.day) == (won[0], Phase.ACTIVE.value, TODAY)
    assert ground.rows(places) == []


def test_of_four_processes_one_wins(ground: Ground) -> None:
    """The same over four processes with five threads each, on one database and one keystore."""
    visitor = ground.people.visitor()
    ground.open(visitor)
    members = [member.hex() for member in hire(ground, TAKERS)]
    command = [sys.executable, "-c", TAKE, ground.url, str(ground.folder / "keystore"), visitor.conversation.hex()]
    takers = [
        subprocess.Popen([*command, *members[at::PROCESSES]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for at in range(PROCESSES)
    ]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    answers = "".join(taker.communicate("go\n", timeout=60)[0] for taker in takers).splitlines()
    won = [answer.split()[1] for answer in answers if answer.startswith("won")]
    assert (len(won), answers.count("taken")) == (1, TAKERS - 1)
    [row] = ground.rows(table)
    assert row.claimer.hex() == won[0]


def test_to_take_again_is_harmless(ground: Ground) -> None:
    """The claimer who asks twice, also after the end, gets the conversation as it is; a colleague hears `taken`."""
    visitor = ground.people.visitor()
    ground.open(visitor)
    first = ground.take("anna", visitor)
    assert ground.take("anna", visitor).conversation == first.conversation
    ground.run(lambda connection: conversations.end(connection, first, NOW))
    assert ground.take("anna", visitor).conversation.phase is Phase.CLOSED
    with pytest.raises(Refusal) as refusal:
        ground.take("berit", visitor)
    assert refusal.value.code is Code.TAKEN


def test_nobody_takes_at_another_desk(ground: Ground) -> None:
    """Somebody who works elsewhere hears the same as for a conversation that does not exist, and it waits on."""
    visitor, nobody = ground.people.visitor(), ground.people.visitor()
    ground.open(visitor)
    for login, whose in (("carl", visitor), ("carl", nobody), ("anna", nobody)):
        with pytest.raises(Refusal) as refusal:
            ground.take(login, whose)
        assert refusal.value.code is Code.UNKNOWN
    assert ground.take("berit", visitor).conversation.phase is Phase.ACTIVE


def test_what_ended_while_it_waited_cannot_be_taken(ground: Ground) -> None:
    """A closed conversation that nobody had taken is not handed out any more."""
    visitor = ground.people.visitor()
    access = ground.open(visitor)
    ground.run(lambda connection: conversations.end(connection, access, NOW))
    with pytest.raises(Refusal) as refusal:
        ground.take("anna", visitor)
    assert refusal.value.code is Code.TAKEN
