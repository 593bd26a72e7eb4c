"""What a reader can rely on, told as small stories; the details in both languages are in tests/vectors/transcript."""

from __future__ import annotations

from itertools import permutations

import pytest

from crypto.binding import sha256
from crypto.failure import Malformed, NotForThisKey, Tampered
from crypto.frame import Head, Kind, chain
from crypto.shapes import STAFF, VISITOR
from crypto.statement import MEMBER, make_statement, member_payload
from crypto.transcript import HELD_LIMIT, INSTANCES_LIMIT, Heard, Missing, Sender, Transcript, introduction
from tests.vectors import world as w

PAGE, DESK_PAGE = b"visitor1", b"staff  1"
INTRODUCTION = introduction(w.DELEGATION_RAW, w.MEMBER_RAW)


def _visitor(instance: bytes = PAGE, generation: int = 1, key: bytes = w.KEY) -> Sender:
    return Sender(w.ORG, w.CONVERSATION, generation, key, VISITOR, instance, w.VISITOR_SEED)


def _staff(instance: bytes = DESK_PAGE) -> Sender:
    return Sender(w.ORG, w.CONVERSATION, 1, w.KEY, STAFF, instance, w.COUNSELLOR.ed_seed)


def _transcript() -> Transcript:
    return Transcript(w.PIN, w.DESK, w.CONVERSATION, {1: w.KEY}, w.VISITOR_PK)


def _said(sender: Sender, *texts: str, heads: tuple[Head, ...] = ()) -> list[bytes]:
    return [frame for text in texts for frame in sender.compose(Kind.TEXT, text.encode(), heads)]


def _hear(transcript: Transcript, frames: list[bytes]) -> Heard:
    """One message of one frame."""
    (frame,) = frames
    return transcript.hear(frame, w.TODAY)


def _texts(heard: Heard) -> list[str]:
    return [message.text.decode() for message in heard.messages if message.kind != Kind.INTRODUCTION]


def _anomalies(heard: Heard) -> list[tuple[str, bytes, int]]:
    return [(odd.kind.value, odd.instance, odd.counter) for odd in heard.anomalies]


def test_both_sides_hear_each_other() -> None:
    """A visitor's word and a counsellor's answer arrive with who said them, and nothing is odd."""
    transcript, visitor, staff = _transcript(), _visitor(), _staff()
    asked = _hear(transcript, _said(visitor, "Är någon där?"))
    _hear(transcript, staff.compose(Kind.INTRODUCTION, INTRODUCTION))
    (said,) = _said(staff, "Jag är här.", heads=transcript.heads(DESK_PAGE))
    answered = transcript.hear(said, w.TODAY)
    assert _texts(asked) + _texts(answered) == ["Är någon där?", "Jag är här."]
    author = answered.messages[0].author
    assert asked.messages[0].author is None
    assert author is not None
    assert (author.name, author.key_hash) == ("Åsa på natten", sha256(w.COUNSELLOR.xwing_pk))
    assert asked.anomalies == answered.anomalies == ()
    assert transcript.missing() == ()


def test_any_order_gives_the_same_words() -> None:
    """However the server shuffles the frames, each instance's words come in its order and nothing stays missing."""
    frames = _said(_visitor(), "ett", "två") + _staff().compose(Kind.INTRODUCTION, INTRODUCTION)
    staff = _staff()
    staff.compose(Kind.INTRODUCTION, INTRODUCTION)
    frames += _said(staff, "hej")
    for order in permutations(frames):
        transcript = _transcript()
        texts = [text for frame in order for text in _texts(transcript.hear(frame, w.TODAY))]
        assert sorted(texts) == ["ett", "hej", "två"]
        assert texts.index("ett") < texts.index("två")
        assert transcript.missing() == ()


def test_repeat_is_harmless_and_fork_is_shown() -> None:
    """The same bytes again change nothing; other bytes under the same identity are a fork, which changes nothing."""
    transcript = _transcript()
    (one,) = _said(_visitor(), "ett")
    (other,) = _said(_visitor(), "ETT")
    assert _texts(transcript.hear(one, w.TODAY)) == ["ett"]
    assert _anomalies(transcript.hear(one, w.TODAY)) == [("repeat", PAGE, 0)]
    forked = transcript.hear(other, w.TODAY)
    assert (_texts(forked), _anomalies(forked)) == ([], [("fork", PAGE, 0)])


def test_gap_holds_and_filling_releases() -> None:
    """What comes too early is held, the gap named; the missing frame brings everything in order."""
    transcript = _transcript()
    one, two, three = _said(_visitor(), "ett", "två", "tre")
    transcript.hear(one, w.TODAY)
    early = transcript.hear(three, w.TODAY)
    assert (_texts(early), _anomalies(early)) == ([], [("gap", PAGE, 1)])
    assert transcript.missing() == (Missing(PAGE, 1, 1),)
    assert _texts(transcript.hear(two, w.TODAY)) == ["två", "tre"]
    assert transcript.missing() == ()


def test_cut_tail_shows_at_the_next_head() -> None:
    """A server that keeps a visitor's last words back is found out by the counsellor's next frame."""
    visitor, staff = _visitor(), _staff()
    first, last = _said(visitor, "jag mår bra", "nej")
    counsellor, reader = _transcript(), _transcript()
    for frame in (first, last):
        counsellor.hear(frame, w.TODAY)
    reader.hear(first, w.TODAY)
    _hear(reader, staff.compose(Kind.INTRODUCTION, INTRODUCTION))
    assert reader.missing() == ()
    (answer,) = _said(staff, "jag hör dig", heads=counsellor.heads(DESK_PAGE))
    assert _anomalies(reader.hear(answer, w.TODAY)) == [("gap", PAGE, 1)]
    assert reader.missing() == (Missing(PAGE, 1, 1),)
    assert reader.hear(last, w.TODAY).anomalies == ()


def test_two_versions_of_a_conversation_show() -> None:
    """A server that shows the visitor's words in two versions is found out by the head."""
    visitor_shown, staff_shown = _said(_visitor(), "ja"), _said(_visitor(), "nej")
    counsellor, reader, staff = _transcript(), _transcript(), _staff()
    _hear(counsellor, staff_shown)
    _hear(reader, visitor_shown)
    _hear(reader, staff.compose(Kind.INTRODUCTION, INTRODUCTION))
    (answer,) = _said(staff, "jaha", heads=counsellor.heads(DESK_PAGE))
    assert _anomalies(reader.hear(answer, w.TODAY)) == [("fork", PAGE, 0)]


def test_missing_stretches_leave_out_what_is_held() -> None:
    """What is asked for again is exactly what exists and is neither heard nor held."""
    transcript, staff = _transcript(), _staff()
    frames = _said(_visitor(), *"abcdef")
    for at in (2, 4):
        transcript.hear(frames[at], w.TODAY)
    _hear(transcript, staff.compose(Kind.INTRODUCTION, INTRODUCTION))
    (named,) = _said(staff, "x", heads=(Head(PAGE, 5, chain(bytes(16), b"any")),))
    transcript.hear(named, w.TODAY)
    assert transcript.missing() == (Missing(PAGE, 0, 1), Missing(PAGE, 3, 3), Missing(PAGE, 5, 5))


def test_foreign_statement_is_refused_and_ours_is_heard() -> None:
    """Who was not made a member by a delegated coordinator cannot speak, and cannot stop who was."""
    payload = member_payload(w.DESK, "counsellor", "Åsa på natten", w.STRANGER.ed_pk, w.STRANGER.xwing_pk)
    forged = make_statement(MEMBER, w.ORG, w.STRANGER.ed_seed, w.STRANGER.member, 9, *w.LIFE, payload)
    stranger = Sender(w.ORG, w.CONVERSATION, 1, w.KEY, STAFF, DESK_PAGE, w.STRANGER.ed_seed)
    transcript, staff = _transcript(), _staff()
    (false,) = stranger.compose(Kind.INTRODUCTION, introduction(w.DELEGATION_RAW, forged))
    refused = transcript.hear(false, w.TODAY)
    assert (refused.messages, _anomalies(refused)) == ((), [("tampered", DESK_PAGE, 0)])
    _hear(transcript, staff.compose(Kind.INTRODUCTION, INTRODUCTION))
    assert _texts(_hear(transcript, _said(staff, "hej"))) == ["hej"]


def test_expired_member_cannot_begin_but_can_be_read() -> None:
    """A statement that ran out begins no new instance today; an old conversation opens without a day."""
    (hello,) = _staff().compose(Kind.INTRODUCTION, INTRODUCTION)
    late = w.LIFE[1] + 3
    assert _anomalies(_transcript().hear(hello, late)) == [("tampered", DESK_PAGE, 0)]
    assert len(_transcript().hear(hello, None).messages) == 1


def test_long_text_is_one_message() -> None:
    """A text of sixteen frames comes as one, with the first one's counter; one of seventeen is not composed."""
    transcript, visitor = _transcript(), _visitor()
    text = "å" * (786 * 8)
    heard = [transcript.hear(frame, w.TODAY) for frame in _said(visitor, "först", text)]
    assert [message.counter for one in heard for message in one.messages] == [0, 1]
    assert _texts(heard[-1]) == [text]
    with pytest.raises(Malformed):
        visitor.compose(Kind.TEXT, text.encode() + b"x")
    assert _texts(_hear(transcript, _said(visitor, "sist"))) == ["sist"]


def test_later_generation_needs_its_key() -> None:
    """A frame of generation 2 is not for us before we have K_2; then it is heard, in the same chain."""
    transcript = _transcript()
    _hear(transcript, _said(_visitor(), "ett"))
    visitor = _visitor(b"visitor2", 2, w.OTHER_KEY)
    (later,) = _said(visitor, "två")
    with pytest.raises(NotForThisKey):
        transcript.hear(later, w.TODAY)
    transcript.add_key(2, w.OTHER_KEY)
    assert _texts(transcript.hear(later, w.TODAY)) == ["två"]


def test_held_frames_are_bounded() -> None:
    """A flood of frames ahead is not all kept, and what was kept is still released."""
    transcript = _transcript()
    frames = _said(_visitor(), *(str(n) for n in range(HELD_LIMIT + 3)))
    for frame in frames[1:]:
        assert _anomalies(transcript.hear(frame, w.TODAY)) == [("gap", PAGE, 0)]
    assert len(_texts(transcript.hear(frames[0], w.TODAY))) == HELD_LIMIT + 1
    assert [_texts(transcript.hear(frame, w.TODAY)) for frame in frames[-2:]] == [["257"], ["258"]]


def test_instances_are_bounded() -> None:
    """Page loads beyond the limit are refused; those known still speak."""
    transcript = _transcript()
    senders = [_visitor(n.to_bytes(8, "big")) for n in range(INSTANCES_LIMIT + 1)]
    outcomes = [_hear(transcript, _said(sender, "hej")) for sender in senders]
    assert all(_texts(outcome) == ["hej"] for outcome in outcomes[:-1])
    assert _anomalies(outcomes[-1]) == [("tampered", senders[-1].instance, 0)]
    assert _texts(_hear(transcript, _said(senders[0], "igen"))) == ["igen"]


def test_heads_are_the_newest_of_others() -> None:
    """At most three, most recently heard first, never one's own."""
    transcript = _transcript()
    senders = [_visitor(bytes([n]) * 8) for n in range(1, 6)]
    for sender in (*senders, senders[1]):
        _hear(transcript, _said(sender, "hej"))
    named = [(head.instance[0], head.counter) for head in transcript.heads(senders[4].instance)]
    assert named == [(2, 1), (4, 0), (3, 0)]


def test_signs_of_life_are_heard_once() -> None:
    """Typing is heard and never becomes a message; the same again, an older one and a stored frame are refused."""
    transcript, visitor = _transcript(), _visitor()
    first, second = (visitor.compose_ephemeral(Kind.TYPING, text) for text in (b"\1", b"\0"))
    assert transcript.hear_ephemeral(second).text == b"\0"
    (stored,) = _said(visitor, "hej")
    for old in (first, second):
        with pytest.raises(Tampered):
            transcript.hear_ephemeral(old)
    with pytest.raises(Malformed):
        transcript.hear_ephemeral(stored)
    with pytest.raises(Malformed):
        transcript.hear(visitor.compose_ephemeral(Kind.TYPING, b"\1"), w.TODAY)
    assert transcript.missing() == ()
