"""The states of a conversation and of a visitor's line, as tables: what is not in a table is not allowed."""

from __future__ import annotations

from enum import StrEnum

from server.model.refusal import Code, Refusal


class Phase(StrEnum):
    """How far a conversation has come. Shredded is absence: keys first, then rows."""

    WAITING = "waiting"
    ACTIVE = "active"
    CLOSED = "closed"
    SHREDDED = "shredded"


class Event(StrEnum):
    """What changes a phase."""

    TAKE = "take"
    RELEASE = "release"
    END = "end"
    SHRED = "shred"


PHASES: dict[tuple[Phase, Event], Phase] = {
    (Phase.WAITING, Event.TAKE): Phase.ACTIVE,
    (Phase.ACTIVE, Event.RELEASE): Phase.WAITING,
    (Phase.WAITING, Event.END): Phase.CLOSED,
    (Phase.ACTIVE, Event.END): Phase.CLOSED,
    (Phase.WAITING, Event.SHRED): Phase.SHREDDED,
    (Phase.ACTIVE, Event.SHRED): Phase.SHREDDED,
    (Phase.CLOSED, Event.SHRED): Phase.SHREDDED,
    # A crash between keys and rows leaves the phase behind: shredding goes on where it stopped.
    (Phase.SHREDDED, Event.SHRED): Phase.SHREDDED,
}


def phase_after(phase: Phase, event: Event) -> Phase:
    """The next phase; refused `not-now` when the table has none."""
    try:
        return PHASES[phase, event]
    except KeyError:
        raise Refusal(Code.NOT_NOW) from None


class Side(StrEnum):
    """Who speaks."""

    VISITOR = "visitor"
    STAFF = "staff"


WRITABLE: frozenset[tuple[Phase, Side]] = frozenset(
    {(Phase.WAITING, Side.VISITOR), (Phase.ACTIVE, Side.VISITOR), (Phase.ACTIVE, Side.STAFF)}
)
"""Where frames are taken."""


class Line(StrEnum):
    """Whether the visitor can be reached just now."""

    HERE = "here"
    LOST = "lost"
    LEFT = "left"


class LineEvent(StrEnum):
    """What changes a line."""

    CAME = "came"
    DROPPED = "dropped"
    LEAVE = "leave"


LINES: dict[tuple[Line, LineEvent], Line] = {
    (Line.HERE, LineEvent.CAME): Line.HERE,
    (Line.LOST, LineEvent.CAME): Line.HERE,
    (Line.LEFT, LineEvent.CAME): Line.HERE,
    (Line.HERE, LineEvent.DROPPED): Line.LOST,
    (Line.HERE, LineEvent.LEAVE): Line.LEFT,
    (Line.LOST, LineEvent.LEAVE): Line.LEFT,
}


def line_after(line: Line, event: LineEvent) -> Line:
    """The next line; an event that the table does not know changes nothing (a drop after a leave)."""
    return LINES.get((line, event), line)


MAX_FRAMES = 20_000
"""Stored frames of one conversation: months of talk; 20 MB is what one stranger may fill."""
MAX_WAITING = 200
"""Conversations waiting at one desk."""
SILENT_DAYS = 90
"""Days after which a conversation that nobody closed is shredded all the same."""
