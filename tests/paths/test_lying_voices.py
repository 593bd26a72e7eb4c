"""A server with an accomplice who holds K: nobody speaks in another's name, and two tabs cannot be told two stories."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

import pytest

from crypto.frame import Kind
from crypto.primitives import signing_public
from crypto.shapes import STAFF, VISITOR
from crypto.transcript import Sender, introduction
from server.wire import parse_bytes
from tests.hand import EXPIRED, LIFE, Foreign, People, random
from tests.liar import Frames, Liar
from tests.people import Thread, Visitor
from tests.shown import Shown, talk

Voice = Callable[[People], tuple[bytes, bytes | None]]
"""The seed that an accomplice signs with, and the introduction, if any."""


def member(people: People, desk: bytes, seed: bytes, life: tuple[int, int] = LIFE) -> bytes:
    """A genuine member's statement about this signing seed, under the true delegation."""
    statement = people.hand.member(random(16), desk, signing_public(seed), random(1_216), life)
    return introduction(people.hand.delegation, parse_bytes(statement))


def genuine(people: People) -> tuple[bytes, bytes | None]:
    """A colleague of the desk, with everything in order."""
    seed = random(32)
    return seed, member(people, people.counsellor.desk, seed)


def of_another_desk(people: People) -> tuple[bytes, bytes | None]:
    """A member of the same organisation, of another desk."""
    seed = random(32)
    return seed, member(people, random(16), seed)


def expired(people: People) -> tuple[bytes, bytes | None]:
    """Somebody who has left, whose statement has run out."""
    seed = random(32)
    return seed, member(people, people.counsellor.desk, seed, EXPIRED)


def foreign(people: People) -> tuple[bytes, bytes | None]:
    """A member of another organisation, whose statement is in order there."""
    seed, other = random(32), Foreign(people.counsellor.desk)
    statement = other.hand.member(random(16), people.counsellor.desk, signing_public(seed), random(1_216))
    return seed, introduction(other.delegation, parse_bytes(statement))


def under_foreign_delegation(people: People) -> tuple[bytes, bytes | None]:
    """A genuine statement under another organisation's delegation."""
    seed = random(32)
    statement = people.hand.member(random(16), people.counsellor.desk, signing_public(seed), random(1_216))
    return seed, introduction(Foreign(people.counsellor.desk).delegation, parse_bytes(statement))


def in_a_colleagues_name(people: People) -> tuple[bytes, bytes | None]:
    """The statement of somebody else, which everybody in the conversation has seen."""
    return random(32), member(people, people.counsellor.desk, random(32))


def nameless(_people: People) -> tuple[bytes, bytes | None]:
    """Nobody introduces themselves."""
    return random(32), None


VOICES: dict[str, tuple[Voice, list[str], list[str]]] = {
    "a colleague": (genuine, [], ["Believe me."]),
    "a member of another desk": (of_another_desk, ["tampered", "gap"], []),
    "an expired statement": (expired, ["tampered", "gap"], []),
    "a foreign organisation's statement": (foreign, ["tampered", "gap"], []),
    "a foreign delegation": (under_foreign_delegation, ["tampered", "gap"], []),
    "a colleague's statement": (in_a_colleagues_name, ["tampered", "gap"], []),
    "no introduction": (nameless, ["tampered"], []),
}


@pytest.mark.parametrize("name", VOICES)
async def test_a_visitor_hears_only_who_was_vouched_for(name: str, liar: Liar, people: People) -> None:
    """Whoever holds K but not the keys of a member of this desk is shown as tampered and says nothing."""
    voice, odd, words = VOICES[name]
    visitor, thread = await talk(liar, people)
    seed, text = voice(people)
    sender = Sender(thread.sender.org, thread.conversation, 1, thread.sender.key, STAFF, random(8), seed)
    frames = [] if text is None else sender.compose(Kind.INTRODUCTION, text)
    shown = Shown()
    for frame in [*frames, *sender.compose(Kind.TEXT, b"Believe me.")]:
        shown.hear_frame(visitor.transcript, frame)
    assert (shown.odd, shown.words) == (odd, words)


async def test_nobody_speaks_as_the_visitor(liar: Liar, people: People) -> None:
    """A member of the desk, who holds K, cannot put words into the visitor's mouth."""
    visitor, thread = await talk(liar, people)
    await visitor.say("one")
    shown = Shown()
    await shown.hear(thread.line, thread.transcript, 1)
    place = thread.sender.org, thread.conversation, 1, thread.sender.key, VISITOR
    for instance in (random(8), visitor.sender.instance):
        (frame,) = Sender(*place, instance, people.counsellor.seed).compose(Kind.TEXT, b"two")
        shown.hear_frame(thread.transcript, frame)
    assert (shown.odd, shown.words) == (["tampered", "tampered"], ["one"])


async def test_own_words_sent_back_are_nobody_elses(liar: Liar, people: People) -> None:
    """The visitor's own frame comes back as a repeat, and turned round it is tampered."""
    visitor, _thread = await talk(liar, people)
    (frame,) = visitor.compose("one")
    shown = Shown()
    for echoed in (frame, frame, frame[:22] + bytes([STAFF]) + frame[23:]):
        shown.hear_frame(visitor.transcript, echoed)
    assert (shown.odd, shown.words) == (["repeat", "tampered"], ["one"])


def truly(seq: int, frame: bytes) -> Iterable[tuple[int, bytes]]:
    """Nothing is changed."""
    return [(seq, frame)]


async def two_tabs(liar: Liar, people: People, visitor: Visitor, second: Frames) -> tuple[Thread, Thread]:
    """Two tabs of one counsellor; the second is told what the lie makes of it."""
    tabs: list[Thread] = []
    for lie in (truly, second):
        liar.to_staff = lie
        tab = await liar.counsellor(people.counsellor)
        await tab.dial()
        thread = await tab.take(visitor.id)
        assert isinstance(thread, Thread)
        tabs.append(thread)
    return tabs[0], tabs[1]


async def fork(liar: Liar, people: People, instead: Callable[[Visitor], Iterable[bytes]]) -> tuple[Shown, Shown]:
    """The visitor says two things; the second tab is told something else for the last; then the first tab answers."""
    visitor = await liar.visitor()
    await visitor.dial()
    assert (await visitor.open())["t"] == "opened"
    await visitor.say("one")
    twin = copy.copy(visitor)
    twin.sender = copy.deepcopy(visitor.sender)
    other = list(instead(twin))
    first, second = await two_tabs(
        liar, people, visitor, lambda seq, frame: [(2, f) for f in other] if seq == 2 else [(seq, frame)]
    )
    await visitor.say("two")
    here, there = Shown(), Shown()
    await here.hear(first.line, first.transcript, 2)
    assert (here.odd, here.words) == ([], ["one", "two"])
    await first.say("Yes?")
    await there.hear(second.line, second.transcript, 3 + len(other))
    return here, there


async def test_a_tab_that_is_told_less_sees_what_its_sister_heard(liar: Liar, people: People) -> None:
    """One tab's answer names the newest frame it heard; where that was held back, the other tab shows a gap."""
    _here, there = await fork(liar, people, lambda _visitor: [])
    assert there.words == ["one", "Yes?"]
    assert set(there.odd) == {"gap"}


async def test_two_stories_for_two_tabs_are_a_fork(liar: Liar, people: People) -> None:
    """Even with a visitor who seals two frames under one identity, the first answer shows that the tabs differ."""
    _here, there = await fork(liar, people, lambda twin: twin.compose("another two"))
    assert there.words == ["one", "another two", "Yes?"]
    assert set(there.odd) == {"fork"}


async def test_the_server_takes_no_second_frame_under_one_identity(people: People) -> None:
    """The honest server refuses other bytes under an identity, so that a fork needs a lying one."""
    visitor = await people.running.visitor()
    await visitor.dial()
    await visitor.open()
    twin = copy.deepcopy(visitor.sender)
    await visitor.say("one")
    assert visitor.line is not None
    await visitor.line.socket.send(twin.compose(Kind.TEXT, b"another one")[0])
    assert (await visitor.line.control("accepted", "refused"))["code"] == "conflict"
