"""Stored frames: a message is its identity, and gets its conversation's next `seq` when it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.engine import Dialect

from crypto.atrest import RestKey
from crypto.shapes import FrameHeader
from server.model.conversation import MAX_FRAMES, WRITABLE, Phase, Side
from server.model.refusal import Code, Refusal
from server.storage.tables import conversations, messages

PAGE = 100
"""Frames read at once: 100 KB, a fraction of a socket's queue."""


@dataclass(frozen=True, slots=True)
class Append:
    """A plan: one frame, sealed for rest, with what must hold when it is stored."""

    conversation: int
    header: FrameHeader
    side: Side
    writer: bytes | None
    frame: bytes
    sealed: bytes
    key: RestKey


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored frame as it lies in the table."""

    seq: int
    instance: bytes
    counter: int
    sealed: bytes


@dataclass(slots=True)
class _State:
    phase: Phase
    claimer: bytes | None
    generation: int
    last_seq: int


def row_name(conversation: bytes, instance: bytes, counter: int) -> bytes:
    """What binds a sealed frame to its row."""
    return conversation + instance + counter.to_bytes(8)


def append_together(connection: Connection, plans: Sequence[Append]) -> list[int | Refusal]:
    """Check all plans against their conversations and store them; raises IntegrityError when one was stored before."""
    states = _read_states(connection, {plan.conversation for plan in plans})
    outcomes: list[int | Refusal] = []
    rows: list[tuple[Any, ...]] = []
    touched: dict[int, _State] = {}
    for plan in plans:
        state = states.get(plan.conversation)
        refusal = _refusal(state, plan)
        if refusal is not None or state is None:
            outcomes.append(_stored_before(connection, plan) or refusal or Refusal(Code.UNKNOWN))
            continue
        state.last_seq += 1
        touched[plan.conversation] = state
        outcomes.append(state.last_seq)
        rows.append(_row(plan, state.last_seq))
    if rows:
        connection.exec_driver_sql(_insert_text(connection.dialect), rows)
        marks = [(state.last_seq, number) for number, state in touched.items()]
        connection.exec_driver_sql(_mark_text(connection.dialect), marks)
    return outcomes


def append_one(connection: Connection, plan: Append) -> int | Refusal:
    """Store one plan; the same bytes again get the same `seq`, other bytes under the same identity are a conflict."""
    return _stored_before(connection, plan) or append_together(connection, [plan])[0]


def page(connection: Connection, number: int, after: int, limit: int = PAGE) -> list[Stored]:
    """Up to `limit` frames after `after`, in order."""
    rows = connection.execute(_PAGE, {"number": number, "after": after, "limit": limit})
    return [Stored(*row) for row in rows]


def delete_all(connection: Connection, number: int) -> int:
    """Delete a conversation's frames; how many there were."""
    count = connection.execute(select(func.count()).where(messages.c.conversation == number)).scalar_one()
    connection.execute(delete(messages).where(messages.c.conversation == number))
    return count


_PHASES = {phase.value: phase for phase in Phase}
_PAGE = (
    select(messages.c.seq, messages.c.instance, messages.c.counter, messages.c.frame)
    .where(messages.c.conversation == bindparam("number"), messages.c.seq > bindparam("after"))
    .order_by(messages.c.seq)
    .limit(bindparam("limit"))
)
_BEFORE = select(messages.c.seq, messages.c.frame).where(
    messages.c.conversation == bindparam("number"),
    messages.c.instance == bindparam("instance"),
    messages.c.counter == bindparam("counter"),
)


def _read_states(connection: Connection, numbers: set[int]) -> dict[int, _State]:
    asked = sorted(numbers)
    # Filled up to a power of two, so that there are ten texts to compile and not five hundred.
    filled = asked + asked[-1:] * ((1 << (len(asked) - 1).bit_length()) - len(asked))
    rows = connection.exec_driver_sql(_states_text(connection.dialect, len(filled)), tuple(filled))
    return {
        number: _State(_PHASES[phase], claimer, generation, last) for number, phase, claimer, generation, last in rows
    }


def _refusal(state: _State | None, plan: Append) -> Refusal | None:
    if state is None or (plan.side is Side.STAFF and state.claimer != plan.writer):
        return Refusal(Code.UNKNOWN)
    if (state.phase, plan.side) not in WRITABLE:
        return Refusal(Code.NOT_NOW)
    if plan.header.generation != state.generation:
        return Refusal(Code.GENERATION)
    if state.last_seq >= MAX_FRAMES:
        return Refusal(Code.TOO_MANY)
    return None


def _stored_before(connection: Connection, plan: Append) -> int | Refusal | None:
    header = plan.header
    where = {"number": plan.conversation, "instance": header.instance, "counter": header.counter}
    row = connection.execute(_BEFORE, where).one_or_none()
    if row is None:
        return None
    name = row_name(header.conversation, header.instance, header.counter)
    same = plan.key.open(row.frame, "messages", name, "frame") == plan.frame
    return int(row.seq) if same else Refusal(Code.CONFLICT)


def _row(plan: Append, seq: int) -> tuple[Any, ...]:
    header = plan.header
    return (
        plan.conversation,
        header.instance,
        header.counter,
        header.direction,
        header.generation,
        seq,
        plan.sealed,
    )


@cache
def _states_text(dialect: Dialect, count: int) -> str:
    query = (
        select(
            conversations.c.number,
            conversations.c.phase,
            conversations.c.claimer,
            conversations.c.generation,
            conversations.c.last_seq,
        )
        .where(conversations.c.number.in_([bindparam(f"number_{at}") for at in range(count)]))
        # In one order, so that two writers of one PostgreSQL never wait for each other in a ring.
        .order_by(conversations.c.number)
        .with_for_update()
    )
    return str(query.compile(dialect=dialect))


@cache
def _insert_text(dialect: Dialect) -> str:
    # SQLAlchemy compiles once; the driver's executemany runs it (the SQL layer is the largest cost of this path).
    columns = ("conversation", "instance", "counter", "direction", "generation", "seq", "frame")
    statement = insert(messages).values({name: bindparam(name) for name in columns}).inline()
    return str(statement.compile(dialect=dialect))


@cache
def _mark_text(dialect: Dialect) -> str:
    statement = (
        update(conversations).values(last_seq=bindparam("last")).where(conversations.c.number == bindparam("key"))
    )
    return str(statement.compile(dialect=dialect))
