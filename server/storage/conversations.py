"""Rows of conversations, their wraps and their places in the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from server.model.conversation import SILENT_DAYS, Phase
from server.storage.tables import conversations, desks, memberships, openings, places, wraps

DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Conversation:
    """One row of `conversations`, without its sealed opening."""

    number: int
    id: bytes
    desk: bytes
    language: str
    phase: Phase
    day: int
    generation: int
    claimer: bytes | None
    last_seq: int


@dataclass(frozen=True)
class Wrap:
    """One stored wrap; `sealed` lies under a shred key of its own."""

    what: str
    number: int
    recipient_kind: str
    recipient: bytes
    epoch: int
    sealed: bytes


@dataclass(frozen=True)
class NewConversation:
    """What `insert_conversation` stores."""

    id: bytes
    desk: bytes
    channel: str
    language: str
    day: int
    opening: bytes
    wraps: Sequence[Wrap]


_COLUMNS = (
    conversations.c.number,
    conversations.c.id,
    conversations.c.desk,
    conversations.c.language,
    conversations.c.phase,
    conversations.c.day,
    conversations.c.generation,
    conversations.c.claimer,
    conversations.c.last_seq,
)


def insert_conversation(connection: Connection, new: NewConversation, minute: int) -> int:
    """A waiting conversation of generation 1 with its wraps and its place; returns its number."""
    values: dict[str, Any] = {
        "id": new.id,
        "desk": new.desk,
        "channel": new.channel,
        "language": new.language,
        "phase": Phase.WAITING.value,
        "day": new.day,
        "generation": 1,
        "claimer": None,
        "last_seq": 0,
    }
    number: int = connection.execute(
        insert(conversations).values(values).returning(conversations.c.number)
    ).scalar_one()
    connection.execute(insert(openings).values(conversation=number, opening=new.opening))
    connection.execute(insert(wraps), [_wrap_row(number, wrap) for wrap in new.wraps])
    connection.execute(insert(places).values(conversation=number, since=minute))
    return number


def find(connection: Connection, conversation: bytes, *, lock: bool = False) -> Conversation | None:
    """A conversation by its id; with `lock`, nobody else changes it until the transaction ends."""
    query = select(*_COLUMNS).where(conversations.c.id == conversation)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _parse(row)


def opening(connection: Connection, number: int) -> bytes:
    """The opening's stub and sealed rest, under the conversation's shred key."""
    raw: bytes = connection.execute(select(openings.c.opening).where(openings.c.conversation == number)).scalar_one()
    return raw


def find_wraps(connection: Connection, number: int) -> list[Wrap]:
    """All wraps of a conversation."""
    query = select(
        wraps.c.what, wraps.c.number, wraps.c.recipient_kind, wraps.c.recipient, wraps.c.epoch, wraps.c.wrap
    ).where(wraps.c.conversation == number)
    return [Wrap(*row) for row in connection.execute(query)]


def claim(connection: Connection, conversation: bytes, member: bytes, day: int) -> bool:
    """One compare-and-set: of any number exactly one wins. The place goes with it."""
    changed = connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation, conversations.c.phase == Phase.WAITING.value)
        .values(phase=Phase.ACTIVE.value, claimer=member, day=day)
    )
    if changed.rowcount != 1:
        return False
    of = select(conversations.c.number).where(conversations.c.id == conversation).scalar_subquery()
    connection.execute(delete(places).where(places.c.conversation == of))
    return True


def set_phase(connection: Connection, number: int, phase: Phase, day: int) -> None:
    """Change the phase; a conversation that does not wait has no place."""
    connection.execute(update(conversations).where(conversations.c.number == number).values(phase=phase.value, day=day))
    if phase is not Phase.WAITING:
        connection.execute(delete(places).where(places.c.conversation == number))


def waiting(connection: Connection, member: bytes, limit: int) -> list[tuple[Conversation, int]]:
    """What waits at a member's desks, first come first, each with the minute since when.

    After a restore there are no places, and the day has to do.
    """
    since = func.coalesce(places.c.since, conversations.c.day * DAY_MINUTES).label("since")
    query = (
        select(*_COLUMNS, since)
        .select_from(conversations)
        .outerjoin(places, places.c.conversation == conversations.c.number)
        .join(memberships, and_(memberships.c.desk == conversations.c.desk, memberships.c.member == member))
        .where(conversations.c.phase == Phase.WAITING.value)
        .order_by(since, conversations.c.number)
        .limit(limit)
    )
    return [(_parse(row), row.since) for row in connection.execute(query)]


def claimed(connection: Connection, member: bytes, limit: int) -> list[Conversation]:
    """What a member has taken and not yet lost to retention, newest last."""
    open_phases = (Phase.ACTIVE.value, Phase.CLOSED.value)
    query = (
        select(*_COLUMNS)
        .where(conversations.c.claimer == member, conversations.c.phase.in_(open_phases))
        .order_by(conversations.c.number.desc())
        .limit(limit)
    )
    return [_parse(row) for row in connection.execute(query)][::-1]


def count_waiting(connection: Connection, desk: bytes) -> int:
    """How many wait at a desk."""
    query = select(func.count()).where(conversations.c.desk == desk, conversations.c.phase == Phase.WAITING.value)
    return int(connection.execute(query).scalar_one())


def marks(connection: Connection, ids: Sequence[bytes]) -> dict[bytes, tuple[int, Phase]]:
    """The last `seq` and phase of conversations; those that are gone are missing."""
    query = select(conversations.c.id, conversations.c.last_seq, conversations.c.phase).where(
        conversations.c.id.in_(ids)
    )
    return {row.id: (row.last_seq, Phase(row.phase)) for row in connection.execute(query)}


def due(connection: Connection, today: int) -> list[Conversation]:
    """What must be shredded: closed longer than its desk keeps, silent too long, or left half shredded by a crash."""
    closed = and_(conversations.c.phase == Phase.CLOSED.value, conversations.c.day + desks.c.retention_days < today)
    silent = and_(
        conversations.c.phase.in_((Phase.WAITING.value, Phase.ACTIVE.value)), conversations.c.day + SILENT_DAYS < today
    )
    query = (
        select(*_COLUMNS)
        .join(desks, desks.c.id == conversations.c.desk)
        .where(or_(conversations.c.phase == Phase.SHREDDED.value, closed, silent))
    )
    return [_parse(row) for row in connection.execute(query)]


def everything(connection: Connection) -> list[Conversation]:
    """Every conversation, to know which shred keys are needed."""
    return [_parse(row) for row in connection.execute(select(*_COLUMNS))]


def delete_rows(connection: Connection, number: int) -> None:
    """Delete a conversation with everything that hangs on it but its frames."""
    connection.execute(delete(places).where(places.c.conversation == number))
    connection.execute(delete(wraps).where(wraps.c.conversation == number))
    connection.execute(delete(openings).where(openings.c.conversation == number))
    connection.execute(delete(conversations).where(conversations.c.number == number))


def _parse(row: Row[*tuple[Any, ...]]) -> Conversation:
    return Conversation(
        row.number,
        row.id,
        row.desk,
        row.language,
        Phase(row.phase),
        row.day,
        row.generation,
        row.claimer,
        row.last_seq,
    )


def _wrap_row(number: int, wrap: Wrap) -> dict[str, Any]:
    return {
        "conversation": number,
        "what": wrap.what,
        "number": wrap.number,
        "recipient_kind": wrap.recipient_kind,
        "recipient": wrap.recipient,
        "epoch": wrap.epoch,
        "wrap": wrap.sealed,
    }
