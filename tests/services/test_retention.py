"""Shredding: keys first, then rows; a crash in between is finished by the next sweep, and orphaned keys go."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest
from sqlalchemy import Connection

from crypto.shapes import parse_opening
from server.model.conversation import SILENT_DAYS, Phase
from server.model.refusal import Refusal
from server.services import conversations, people, retention
from server.services.access import Access, access_by_opener
from server.services.conversations import open_conversation, read_page
from server.storage.keystore import KeyGone, Keystore, frames_name
from server.storage.messages import append_one
from server.storage.tables import conversations as table
from server.storage.tables import messages, places, sign_ins, wraps
from tests.people import Visitor
from tests.storage.ground import NOW, TODAY, Ground, plan

DAY = 86_400
RETENTION_DAYS = 1
CRASH = """
import os, secrets, signal, sys
from pathlib import Path
from server.services import retention
from server.storage.conversations import find
from server.storage.database import open_database
from server.storage.keystore import Keystore
url, folder, conversation = sys.argv[1:]
keystore = Keystore(Path(folder), secrets.token_bytes)
with open_database(url).begin() as connection:
    retention.destroy(connection, keystore, find(connection, bytes.fromhex(conversation)))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def talk(ground: Ground, words: int = 2) -> tuple[Visitor, Access]:
    """A waiting conversation with some frames."""
    visitor = ground.people.visitor()
    access = ground.open(visitor)
    for number in range(words):
        one = plan(access, visitor.compose(str(number))[0])
        ground.run(lambda connection, one=one: append_one(connection, one))  # type: ignore[misc]
    return visitor, access


def sweep(ground: Ground, now: int = NOW) -> retention.Destroyed:
    """One sweep."""
    return retention.sweep(ground.run, ground.keystore, now)


def gone(ground: Ground, visitor: Visitor) -> bool:
    """Neither rows nor keys of a conversation are left."""
    rows = [one for one in ground.rows(table) if one.id == visitor.conversation]
    try:
        ground.keystore.key(frames_name(visitor.conversation))
    except KeyGone:
        return not rows
    return False


def reached(ground: Ground, visitor: Visitor) -> bool:
    """Whether somebody still reaches it."""
    with ground.reading() as connection, suppress(Refusal):
        access_by_opener(connection, ground.keystore, visitor.conversation)
        return True
    return False


def test_to_delete_takes_keys_and_rows_of_one_conversation(ground: Ground) -> None:
    """A receipt counts what was destroyed; the neighbour keeps all of it, and to delete again is `unknown`."""
    (visitor, access), (neighbour, other) = talk(ground), talk(ground)
    conversation = ground.run(lambda connection: retention.mark_shredded(connection, access, NOW))
    assert not reached(ground, visitor)
    receipt = ground.run(lambda connection: retention.destroy(connection, ground.keystore, conversation))
    assert (receipt.keys, receipt.frames) == (2, 2)
    assert gone(ground, visitor)
    assert {row.conversation for row in ground.rows(messages)} == {other.conversation.number}
    assert len(ground.rows(wraps)) == len(ground.rows(places)) == 1
    with ground.reading() as connection:
        assert len(read_page(connection, other, 0)) == 2
    assert reached(ground, neighbour)


def test_keys_go_before_rows(ground: Ground) -> None:
    """When the rows' transaction fails the keys are gone already: what is left can never be opened."""
    visitor, access = talk(ground)
    marked = ground.run(lambda connection: retention.mark_shredded(connection, access, NOW))
    files = [(ground.folder / "keystore" / "shred.slots").read_bytes()]

    def crash(connection: Connection) -> None:
        retention.destroy(connection, ground.keystore, marked)
        files.append((ground.folder / "keystore" / "shred.slots").read_bytes())
        raise LookupError

    with pytest.raises(LookupError):
        ground.run(crash)
    assert len(ground.rows(messages)) == 2
    assert files[1].count(bytes(64)) > files[0].count(bytes(64))
    again = Keystore(ground.folder / "keystore", secrets.token_bytes)
    with pytest.raises(KeyGone):
        again.key(frames_name(visitor.conversation))
    again.close()
    assert sweep(ground) == retention.Destroyed(0, 2)
    assert gone(ground, visitor)


def test_a_process_killed_in_between_is_finished_by_the_next_sweep(ground: Ground) -> None:
    """SIGKILL between keys and rows: the rows are still there, nobody reaches them, the sweep takes them."""
    (visitor, access), (neighbour, _other) = talk(ground), talk(ground)
    ground.run(lambda connection: retention.mark_shredded(connection, access, NOW))
    command = [sys.executable, "-c", CRASH, ground.url, str(ground.folder / "keystore"), visitor.conversation.hex()]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    ground.keystore.refresh()
    assert len(ground.rows(messages)) == 4
    assert not reached(ground, visitor)
    assert sweep(ground) == retention.Destroyed(0, 2)
    assert gone(ground, visitor)
    assert reached(ground, neighbour)


def test_a_crash_after_the_mark_is_finished_too(ground: Ground) -> None:
    """Marked and no more: nobody reaches it although its keys are there, and the sweep takes both."""
    visitor, access = talk(ground)
    ground.run(lambda connection: retention.mark_shredded(connection, access, NOW))
    assert not reached(ground, visitor)
    assert ground.rows(places) == []
    assert sweep(ground) == retention.Destroyed(2, 2)
    assert gone(ground, visitor)
    assert sweep(ground) == retention.Destroyed(0, 0)


def test_what_is_over_goes_and_what_is_not_stays(ground: Ground) -> None:
    """Closed conversations go after the desk's days, silent ones after theirs; a day earlier they stay."""
    (closed, access), (waiting, _), (active, _) = (talk(ground) for _ in range(3))
    ground.run(lambda connection: conversations.end(connection, access, NOW))
    ground.take("anna", active)
    for day, left in (
        (RETENTION_DAYS, [closed, waiting, active]),
        (RETENTION_DAYS + 1, [waiting, active]),
        (SILENT_DAYS, [waiting, active]),
        (SILENT_DAYS + 1, []),
    ):
        receipt = sweep(ground, NOW + day * DAY)
        assert [one.conversation for one in left] == [row.id for row in sorted(ground.rows(table))]
        assert receipt.keys == receipt.frames
    assert ground.rows(wraps) == ground.rows(places) == []
    assert ground.keystore.orphans(set()) == []


def test_orphaned_keys_are_destroyed(ground: Ground) -> None:
    """A key whose row was never committed goes with the next sweep; keys of rows and the installation's stay."""
    visitor, _access = talk(ground)
    orphan, lost = secrets.token_bytes(16), ground.people.visitor()
    ground.keystore.make_keys([orphan])

    def crash(connection: Connection) -> None:
        shape = parse_opening(lost.opening)
        open_conversation(connection, ground.keystore, secrets.token_bytes, shape, "sv", NOW)
        raise LookupError

    with pytest.raises(LookupError):
        ground.run(crash)
    installation = ground.keystore.installation_key()
    assert sweep(ground) == retention.Destroyed(3, 0)
    for name in (orphan, frames_name(lost.conversation)):
        with pytest.raises(KeyGone):
            ground.keystore.key(name)
    assert reached(ground, visitor)
    assert ground.keystore.installation_key() == installation
    assert ground.open(lost).conversation.phase is Phase.WAITING


def test_a_sweep_beside_an_opening_harms_it_not(ground: Ground) -> None:
    """Another process sweeps between an opening's keys and its commit: the conversation keeps its keys."""
    visitor = ground.people.visitor()
    elsewhere = Keystore(ground.folder / "keystore", secrets.token_bytes)
    sweeper = threading.Thread(target=lambda: retention.sweep(ground.run, elsewhere, NOW))

    def open_slowly(connection: Connection) -> None:
        shape = parse_opening(visitor.opening)
        open_conversation(connection, ground.keystore, secrets.token_bytes, shape, "sv", NOW)
        sweeper.start()
        time.sleep(0.4)

    ground.run(open_slowly)
    sweeper.join()
    elsewhere.close()
    ground.keystore.refresh()
    assert reached(ground, visitor)


def test_old_sign_ins_are_forgotten(ground: Ground) -> None:
    """A sweep takes the sign-ins that have run out and leaves the others."""
    secret = ground.people.secrets["anna"]
    for now in (NOW - people.SIGN_IN_SECONDS, NOW):
        ground.run(
            lambda connection, now=now: people.sign_in(  # type: ignore[misc]
                connection, ground.keystore, secrets.token_bytes, "anna", secret, now
            )
        )
    sweep(ground)
    assert [row.until for row in ground.rows(sign_ins)] == [NOW + people.SIGN_IN_SECONDS]


def test_the_day_counts_from_the_last_change(ground: Ground) -> None:
    """A conversation taken late in its life is silent from that day on."""
    visitor, _access = talk(ground)
    ground.take("anna", visitor, NOW + SILENT_DAYS * DAY)
    sweep(ground, NOW + (SILENT_DAYS + 1) * DAY)
    [row] = ground.rows(table)
    assert row.day == TODAY + SILENT_DAYS
    sweep(ground, NOW + (2 * SILENT_DAYS + 1) * DAY)
    assert ground.rows(table) == []
