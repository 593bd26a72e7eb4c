"""The one writer: gap-free, exactly once, one by one where together fails, and nobody is told before the commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from crypto.shapes import parse_frame_header
from server.model.conversation import Phase
from server.model.refusal import Code, Refusal
from server.services.access import Access
from server.services.conversations import end, read_page
from server.storage import conversations
from server.storage.messages import Append
from server.storage.scribe import Done, Outcome, Scribe
from server.storage.tables import messages, places
from tests.faults import told_before_commit
from tests.people import Visitor
from tests.storage.ground import NOW, TODAY, Ground, plan

WAIT = 30.0


class Waiting:
    """A scribe whose callers wait for their outcomes; `hold` lets calls pile up behind one that does not end."""

    def __init__(self, ground: Ground) -> None:
        self.scribe = Scribe(ground.engine, lambda deliver: deliver())
        self._gate = threading.Event()
        self._held: list[Outcome] = []

    def hold(self) -> None:
        """Keep the scribe busy, so that what comes next is committed together."""
        entered = threading.Event()
        self._gate.clear()

        def work(_connection: Connection) -> None:
            entered.set()
            self._gate.wait(WAIT)

        self.scribe.call(work, self._held.append)
        assert entered.wait(WAIT)

    def release(self) -> None:
        """Let the scribe go on."""
        self._gate.set()

    def together(self, works: Sequence[Append | Callable[[Connection], Any]]) -> list[Outcome]:
        """What each of `works` is told when they are committed together."""
        self.hold()
        outcomes: dict[int, Outcome] = {}
        told = threading.Event()

        def done(at: int) -> Done:
            def keep(outcome: Outcome) -> None:
                assert at not in outcomes
                outcomes[at] = outcome
                if len(outcomes) == len(works):
                    told.set()

            return keep

        for at, work in enumerate(works):
            if isinstance(work, Append):
                self.scribe.append(work, done(at))
            else:
                self.scribe.call(work, done(at))
        self.release()
        assert told.wait(WAIT)
        return [outcomes[at] for at in range(len(works))]


@pytest.fixture
def scribe(ground: Ground) -> Iterator[Waiting]:
    """A scribe on each database in turn."""
    waiting = Waiting(ground)
    yield waiting
    waiting.scribe.close()


def talk(ground: Ground) -> tuple[Visitor, Access]:
    """A conversation that waits."""
    visitor = ground.people.visitor()
    return visitor, ground.open(visitor)


def say(visitor: Visitor, access: Access, *words: str) -> list[Append]:
    """Plans for a visitor's words."""
    return [plan(access, visitor.compose(word)[0]) for word in words]


def stored(ground: Ground, access: Access) -> list[tuple[int, int]]:
    """What is committed of a conversation: (seq, counter) in order."""
    rows = [row for row in ground.rows(messages) if row.conversation == access.conversation.number]
    return sorted((row.seq, row.counter) for row in rows)


def last_seq(ground: Ground, access: Access) -> int:
    """The conversation's own count."""
    with ground.reading() as connection:
        found = conversations.find(connection, access.conversation.id)
    assert found is not None
    return found.last_seq


def codes(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Outcomes with refusals as their codes."""
    return [outcome.code if isinstance(outcome, Refusal) else outcome for outcome in outcomes]


def test_many_writers_get_numbers_without_gaps(ground: Ground, scribe: Waiting) -> None:
    """Eight writers in four conversations at once: each conversation counts from 1, each writer's order holds."""
    talks = [talk(ground) for _ in range(4)]
    each, told = 40, threading.Semaphore(0)
    seqs: dict[tuple[int, int], list[int]] = {(at, half): [] for at in range(4) for half in range(2)}

    def write(at: int, half: int) -> None:
        def done(seq: int) -> None:
            seqs[at, half].append(seq)
            told.release()

        for frame in frames[at][half]:
            scribe.scribe.append(plan(talks[at][1], frame), done)

    frames = []
    for visitor, _access in talks:
        own = [visitor.compose(str(number))[0] for number in range(each)]
        frames.append((own[::2], own[1::2]))
    threads = [threading.Thread(target=write, args=(at, half)) for at in range(4) for half in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(4 * each):
        assert told.acquire(timeout=WAIT)
    for thread in threads:
        thread.join()
    for at, (_visitor, access) in enumerate(talks):
        mine = [seqs[at, 0], seqs[at, 1]]
        assert sorted(mine[0] + mine[1]) == list(range(1, each + 1))
        assert all(one == sorted(one) for one in mine)
        assert [seq for seq, _counter in stored(ground, access)] == list(range(1, each + 1))
        assert last_seq(ground, access) == each


def test_a_frame_comes_back_as_it_was(ground: Ground, scribe: Waiting) -> None:
    """What is read after the commit are the very bytes, in order, and nothing before the cursor."""
    visitor, access = talk(ground)
    plans = say(visitor, access, "one", "two", "three")
    assert scribe.together(plans) == [1, 2, 3]
    with ground.reading() as connection:
        page = read_page(connection, access, 1)
    assert [(one.seq, one.frame) for one in page] == [(2, plans[1].frame), (3, plans[2].frame)]
    assert all(plans[0].frame not in row.frame for row in ground.rows(messages))


def test_a_duplicate_among_neighbours_gets_its_old_number(ground: Ground, scribe: Waiting) -> None:
    """The same bytes again, once or twice in one batch, are stored once; the neighbours are stored all the same."""
    (visitor, access), (stranger, elsewhere) = talk(ground), talk(ground)
    first, second, third = say(visitor, access, "one", "two", "three")
    other = say(stranger, elsewhere, "a", "b")
    assert scribe.together([first]) == [1]
    again = plan(access, first.frame)
    assert scribe.together([other[0], second, again, third, plan(access, third.frame), other[1]]) == [1, 2, 1, 3, 3, 2]
    assert stored(ground, access) == [(1, 0), (2, 1), (3, 2)]
    assert stored(ground, elsewhere) == [(1, 0), (2, 1)]
    assert (last_seq(ground, access), last_seq(ground, elsewhere)) == (3, 2)


def test_other_bytes_under_the_same_identity_are_refused(ground: Ground, scribe: Waiting) -> None:
    """A forged duplicate is a conflict, changes nothing, and harms no neighbour."""
    visitor, access = talk(ground)
    first, second = say(visitor, access, "one", "two")
    forged = plan(access, first.frame[:-1] + bytes([first.frame[-1] ^ 1]))
    assert codes(scribe.together([first, forged, second])) == [1, Code.CONFLICT, 2]
    with ground.reading() as connection:
        assert [one.frame for one in read_page(connection, access, 0)] == [first.frame, second.frame]


def test_what_the_state_forbids_is_refused_and_duplicates_still_answered(ground: Ground, scribe: Waiting) -> None:
    """After the end nothing new is taken, what was stored keeps its number; a gone conversation is unknown."""
    (visitor, access), (stranger, elsewhere) = talk(ground), talk(ground)
    first, second = say(visitor, access, "one", "two")
    assert scribe.together([first]) == [1]
    phase = scribe.together([lambda connection: end(connection, access, NOW)])
    assert phase == [Phase.CLOSED]
    plans = [second, plan(access, first.frame), *say(stranger, elsewhere, "a")]
    assert codes(scribe.together(plans)) == [Code.NOT_NOW, 1, 1]
    [gone] = say(stranger, elsewhere, "b")
    unknown = Append(10_000, *[getattr(gone, name) for name in Append.__slots__ if name != "conversation"])
    assert codes(scribe.together([unknown, gone])) == [Code.UNKNOWN, 2]


def test_generation_side_and_claimer_are_judged_at_the_commit(ground: Ground, scribe: Waiting) -> None:
    """A frame of another generation, and a counsellor's who has not taken the conversation, are refused."""
    visitor, access = talk(ground)
    header = parse_frame_header(visitor.compose("one")[0])
    frame = visitor.compose("two")[0]
    later = frame[:18] + (2).to_bytes(4) + frame[22:]
    assert header.generation == 1
    assert codes(scribe.together([plan(access, later), plan(access, frame)])) == [Code.GENERATION, 1]
    taken = ground.take("anna", visitor)
    staff = frame[:22] + b"\2" + b"instance" + bytes(8) + frame[39:]
    own = plan(taken, staff)
    foreign = Append(own.conversation, own.header, own.side, b"somebody else..", own.frame, own.sealed, own.key)
    assert codes(scribe.together([foreign, own])) == [Code.UNKNOWN, 2]


def test_a_failing_call_rolls_back_alone(ground: Ground, scribe: Waiting) -> None:
    """A call that fails after it has written leaves nothing, and its neighbours' work stands."""
    visitor, access = talk(ground)
    first, second = say(visitor, access, "one", "two")

    def fail(connection: Connection) -> None:
        conversations.set_phase(connection, access.conversation.number, Phase.CLOSED, TODAY)
        raise LookupError

    def violate(connection: Connection) -> None:
        connection.execute(insert(places).values(conversation=access.conversation.number, since=0))

    def refuse(connection: Connection) -> None:
        conversations.set_phase(connection, access.conversation.number, Phase.CLOSED, TODAY)
        raise Refusal(Code.NOT_NOW)

    outcomes = scribe.together([first, fail, violate, refuse, second, lambda _connection: "told"])
    assert outcomes[0] == 1
    assert [type(outcome).__name__ for outcome in outcomes[1:4]] == ["LookupError", "IntegrityError", "Refusal"]
    assert outcomes[4:] == [2, "told"]
    with ground.reading() as connection:
        found = conversations.find(connection, access.conversation.id)
    assert found is not None
    assert (found.phase, found.last_seq) == (Phase.WAITING, 2)


def test_an_append_that_fails_otherwise_harms_no_neighbour(ground: Ground, scribe: Waiting) -> None:
    """An append whose check itself breaks gets the failure; those beside it are stored (house rule 5)."""
    (visitor, access), (stranger, elsewhere) = talk(ground), talk(ground)
    first, second = say(visitor, access, "one", "two")
    assert scribe.together([first]) == [1]
    with_stranger = Access(access.conversation, access.side, None, elsewhere.key)
    broken = plan(with_stranger, first.frame)
    outcomes = scribe.together([*say(stranger, elsewhere, "a"), broken, second])
    assert (outcomes[0], outcomes[2]) == (1, 2)
    assert isinstance(outcomes[1], Exception)


def test_appends_that_only_a_check_breaks_harm_no_neighbour(ground: Ground, scribe: Waiting) -> None:
    """The same when no duplicate makes the batch fall apart first: the check of a closed conversation breaks."""
    (visitor, access), (stranger, elsewhere) = talk(ground), talk(ground)
    [first] = say(visitor, access, "one")
    assert scribe.together([first, lambda connection: end(connection, access, NOW)]) == [1, Phase.CLOSED]
    broken = plan(Access(access.conversation, access.side, None, elsewhere.key), first.frame)
    outcomes = scribe.together([*say(stranger, elsewhere, "a"), broken, *say(stranger, elsewhere, "b")])
    assert (outcomes[0], outcomes[2]) == (1, 2)
    assert isinstance(outcomes[1], Exception)


def fail_at_commit(connection: Connection) -> None:
    """Make the commit itself fail, with a constraint that the database judges only then."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        connection.execute(insert(places).values(conversation=10_000, since=0))
    else:
        connection.execute(text("CREATE TEMP TABLE once (x int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP"))
        connection.execute(text("INSERT INTO once VALUES (1), (1)"))


def test_a_failing_commit_tells_everyone(ground: Ground, scribe: Waiting) -> None:
    """When the commit fails everybody of the batch hears it, nothing is stored, and the scribe goes on."""
    visitor, access = talk(ground)
    first, second = say(visitor, access, "one", "two")
    outcomes = scribe.together([first, fail_at_commit, second])
    assert all(isinstance(outcome, DBAPIError) for outcome in outcomes)
    assert stored(ground, access) == []
    assert last_seq(ground, access) == 0
    assert scribe.together([first, second]) == [1, 2]


def tells_too_early(ground: Ground, kind: type[Scribe]) -> bool:
    """Whether a scribe tells somebody whose row nobody else can see yet."""
    visitor, access = talk(ground)
    seen: list[list[tuple[int, int]]] = []
    told = threading.Event()

    def done(_outcome: Outcome) -> None:
        seen.append(stored(ground, access))
        told.set()

    scribe = kind(ground.engine, lambda deliver: deliver())
    scribe.append(say(visitor, access, "one")[0], done)
    assert told.wait(WAIT)
    scribe.close()
    return seen != [[(1, 0)]]


class Early(Scribe):
    """The scribe of tests/faults/told_before_commit.py."""

    _commit = told_before_commit.commit


def test_nobody_is_told_before_the_commit(ground: Ground) -> None:
    """When `done` runs, a second connection already sees the row; a scribe that tells earlier is found out."""
    assert not tells_too_early(ground, Scribe)
    assert tells_too_early(ground, Early)


def test_closing_finishes_what_waits(ground: Ground) -> None:
    """A scribe that is closed commits everything it was given and tells everybody."""
    visitor, access = talk(ground)
    told: list[Outcome] = []
    scribe = Scribe(ground.engine, lambda deliver: deliver())
    for one in say(visitor, access, *"abcdefgh"):
        scribe.append(one, told.append)
    scribe.close()
    assert told == list(range(1, 9))
    assert [seq for seq, _counter in stored(ground, access)] == told


def test_what_waits_together_is_one_commit(ground: Ground, scribe: Waiting) -> None:
    """One fsync serves many: of a hundred messages that wait, the first is told when the last is stored."""
    visitor, access = talk(ground)
    seen: list[int] = []

    def done(_outcome: Outcome) -> None:
        seen.append(len(stored(ground, access)))

    scribe.hold()
    for one in say(visitor, access, *map(str, range(100))):
        scribe.scribe.append(one, done)
    scribe.release()
    assert scribe.together([lambda _connection: None]) == [None]
    assert seen == [100] * 100
