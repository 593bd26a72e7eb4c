"""What is done with a conversation: open, write, read, take, end. Each function is one transaction's work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from crypto.binding import bind, u32
from crypto.shapes import STAFF, VISITOR, FrameHeader, OpeningShape, OpeningWrap
from server.model.conversation import MAX_WAITING, Event, Phase, Side, phase_after
from server.model.refusal import Code, Refusal
from server.services.access import Access, access_by_claimer, access_by_opener, read_opening
from server.storage import conversations, desks, messages, people
from server.storage.conversations import Conversation, NewConversation, Wrap
from server.storage.database import hold_keys
from server.storage.keystore import KeyGone, Keystore, frames_name, wrap_name
from server.storage.messages import Append

Random = Callable[[int], bytes]
NONCE = 12
K = "K"
DESK_EPOCH = "desk-epoch"
LIST_LIMIT = 200
"""Conversations of one list: what may wait at a desk, and more than one person holds."""
GRACE_DAYS = 1
"""A previous desk epoch is still accepted on the day after its successor began (keys.md)."""


@dataclass(frozen=True)
class OpeningForClaimer:
    """What a claimer needs to open K_1."""

    desk: bytes
    epoch: int
    stub: bytes
    wrap: bytes
    sealed: bytes


@dataclass(frozen=True)
class Delivery:
    """One committed frame."""

    seq: int
    frame: bytes


def open_conversation(
    connection: Connection, keystore: Keystore, random: Random, opening: OpeningShape, language: str, now: int
) -> Access:
    """Store an opening as a waiting conversation; the same opening again changes nothing. `now` in seconds."""
    today = now // 86_400
    if conversations.find(connection, opening.conversation) is not None:
        return _opened_before(connection, keystore, opening)
    if len({wrap.desk for wrap in opening.wraps}) != len(opening.wraps):
        raise Refusal(Code.MALFORMED)
    for wrap in opening.wraps:
        _check_epoch(connection, wrap, today)
    desk = opening.wraps[0].desk
    hold_keys(connection, alone=False)
    if conversations.count_waiting(connection, desk) >= MAX_WAITING:
        raise Refusal(Code.TOO_MANY)
    new = _seal_opening(keystore, random, opening, desk, language, today)
    conversations.insert_conversation(connection, new, now // 60)
    return access_by_opener(connection, keystore, opening.conversation)


def check_direction(access: Access, header: FrameHeader) -> None:
    """Refuse a frame that speaks for the other side."""
    if header.direction != (VISITOR if access.side is Side.VISITOR else STAFF):
        raise Refusal(Code.DIRECTION)


def plan_append(access: Access, random: Random, header: FrameHeader, frame: bytes) -> Append:
    """A plan to store a frame, sealed for rest."""
    check_direction(access, header)
    name = messages.row_name(header.conversation, header.instance, header.counter)
    sealed = access.key.seal(random(NONCE), frame, "messages", name, "frame")
    return Append(access.conversation.number, header, access.side, access.member, frame, sealed, access.key)


def read_page(connection: Connection, access: Access, after: int) -> list[Delivery]:
    """The next committed frames after `after`; empty at the end."""
    conversation = access.conversation
    return [
        Delivery(row.seq, access.key.open(row.sealed, "messages", _name(conversation, row), "frame"))
        for row in messages.page(connection, conversation.number, after)
    ]


def take(connection: Connection, keystore: Keystore, member: bytes, conversation: bytes, now: int) -> Access:
    """Claim a waiting conversation of one's own desk; of any number exactly one wins."""
    found = conversations.find(connection, conversation)
    if found is None or found.phase is Phase.SHREDDED or not _works_at(connection, member, found.desk):
        raise Refusal(Code.UNKNOWN)
    if found.claimer != member and not conversations.claim(connection, conversation, member, now // 86_400):
        raise Refusal(Code.TAKEN)
    return access_by_claimer(connection, keystore, member, conversation)


def find_opening(connection: Connection, keystore: Keystore, access: Access) -> OpeningForClaimer:
    """The opening as the claimer gets it: stub, the desk's wrap and the sealed rest."""
    conversation = access.conversation
    stub, sealed = read_opening(connection, access)
    for wrap in conversations.find_wraps(connection, conversation.number):
        if wrap.what == K and wrap.recipient == conversation.desk:
            name = _wrap_slot(conversation.id, wrap)
            try:
                opened = keystore.key(name).open(wrap.sealed, "wraps", name, "wrap")
            except KeyGone:
                break
            return OpeningForClaimer(conversation.desk, wrap.epoch, stub, opened, sealed)
    raise Refusal(Code.UNKNOWN)


def end(connection: Connection, access: Access, now: int) -> Phase:
    """Close a conversation, by either side; to close it again changes nothing."""
    if access.conversation.phase is Phase.CLOSED:
        return Phase.CLOSED
    phase = phase_after(access.conversation.phase, Event.END)
    conversations.set_phase(connection, access.conversation.number, phase, now // 86_400)
    return phase


def list_for(connection: Connection, member: bytes) -> tuple[list[tuple[Conversation, int]], list[Conversation]]:
    """What waits at the member's desks with the minute since when, and what the member has taken."""
    return conversations.waiting(connection, member, LIST_LIMIT), conversations.claimed(connection, member, LIST_LIMIT)


def _works_at(connection: Connection, member: bytes, desk: bytes) -> bool:
    return any(found.id == member for found, _membership in people.members_of(connection, desk))


def _check_epoch(connection: Connection, wrap: OpeningWrap, today: int) -> None:
    published = desks.epochs_of(connection, wrap.desk)
    for at, epoch in enumerate(published):
        current = at == 0 or (at == 1 and today <= published[0].since + GRACE_DAYS)
        if epoch.epoch == wrap.epoch and current:
            return
    raise Refusal(Code.UNKNOWN_DESK)


def _seal_opening(
    keystore: Keystore, random: Random, opening: OpeningShape, desk: bytes, language: str, today: int
) -> NewConversation:
    wraps = [Wrap(K, 1, DESK_EPOCH, wrap.desk, wrap.epoch, wrap.wrap) for wrap in opening.wraps]
    slots = [_wrap_slot(opening.conversation, wrap) for wrap in wraps]
    key, *wrap_keys = keystore.make_keys([frames_name(opening.conversation), *slots])
    body = bind(opening.stub, opening.sealed)
    sealed = [
        replace(wrap, sealed=wrap_key.seal(random(NONCE), wrap.sealed, "wraps", slot, "wrap"))
        for wrap, slot, wrap_key in zip(wraps, slots, wrap_keys, strict=True)
    ]
    rest = key.seal(random(NONCE), body, "conversations", opening.conversation, "opening")
    return NewConversation(opening.conversation, desk, "chat", language, today, rest, sealed)


def _opened_before(connection: Connection, keystore: Keystore, opening: OpeningShape) -> Access:
    try:
        access = access_by_opener(connection, keystore, opening.conversation)
    except Refusal:
        raise Refusal(Code.CONFLICT) from None
    if read_opening(connection, access) != (opening.stub, opening.sealed):
        raise Refusal(Code.CONFLICT)
    return access


def _wrap_slot(conversation: bytes, wrap: Wrap) -> bytes:
    return wrap_name(conversation, wrap.what, u32(wrap.number), wrap.recipient_kind, wrap.recipient)


def _name(conversation: Conversation, row: messages.Stored) -> bytes:
    return messages.row_name(conversation.id, row.instance, row.counter)
