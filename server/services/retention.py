"""Shredding: keys first, then rows, then the write-ahead log; what a crash leaves, the next sweep finishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from crypto.binding import u32
from server.model.conversation import Event, Phase, phase_after
from server.services.access import Access
from server.storage import conversations, messages, people
from server.storage.conversations import Conversation
from server.storage.database import hold_keys
from server.storage.keystore import Keystore, frames_name, wrap_name

T = TypeVar("T")
Run = Callable[[Callable[[Connection], T]], T]
"""Runs work in a transaction of its own and returns after the commit."""


@dataclass(frozen=True)
class Destroyed:
    """A receipt: how many keys and frames are gone."""

    keys: int
    frames: int


def mark_shredded(connection: Connection, access: Access, now: int) -> Conversation:
    """First step: nobody reaches the conversation any more, whatever happens next."""
    conversation = access.conversation
    phase = phase_after(conversation.phase, Event.SHRED)
    conversations.set_phase(connection, conversation.number, phase, now // 86_400)
    return conversation


def destroy(connection: Connection, keystore: Keystore, conversation: Conversation) -> Destroyed:
    """Second step: its keys, fsynced, then its rows."""
    keys = keystore.destroy_keys(_key_names(connection, conversation))
    frames = messages.delete_all(connection, conversation.number)
    conversations.delete_rows(connection, conversation.number)
    return Destroyed(keys, frames)


def sweep(run: Run[object], keystore: Keystore, now: int) -> Destroyed:
    """Shred everything that is due, forget old sign-ins, and destroy keys that no row needs."""
    due: list[Conversation] = []
    run(lambda connection: due.extend(_mark_due(connection, now)))
    keys = frames = 0
    for conversation in due:
        gone: list[Destroyed] = []
        run(lambda connection, one=conversation, gone=gone: gone.append(destroy(connection, keystore, one)))  # type: ignore[misc]
        keys, frames = keys + gone[0].keys, frames + gone[0].frames
    orphans: list[int] = []
    run(lambda connection: orphans.append(_destroy_orphans(connection, keystore)))
    run(lambda connection: people.delete_old_sign_ins(connection, now))
    return Destroyed(keys + orphans[0], frames)


def _mark_due(connection: Connection, now: int) -> list[Conversation]:
    today = now // 86_400
    due = conversations.due(connection, today)
    for conversation in due:
        conversations.set_phase(connection, conversation.number, Phase.SHREDDED, today)
    return due


def _destroy_orphans(connection: Connection, keystore: Keystore) -> int:
    hold_keys(connection, alone=True)
    wanted: set[bytes] = set()
    for conversation in conversations.everything(connection):
        wanted.update(_key_names(connection, conversation))
    return keystore.destroy_keys(keystore.orphans(wanted))


def _key_names(connection: Connection, conversation: Conversation) -> list[bytes]:
    wraps = conversations.find_wraps(connection, conversation.number)
    return [
        frames_name(conversation.id),
        *(wrap_name(conversation.id, w.what, u32(w.number), w.recipient_kind, w.recipient) for w in wraps),
    ]
