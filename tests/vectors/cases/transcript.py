"""What a sender composes and what a receiver makes of it, in whatever order it comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from crypto.frame import NO_CHAIN, Content, Head, Kind, chain, seal_frame
from crypto.shapes import STAFF, VISITOR, FrameHeader, serialize_header
from crypto.statement import MEMBER, make_statement, member_payload
from crypto.transcript import Sender, introduction
from tests.vectors import world as w
from tests.vectors.case import MALFORMED, NOT_FOR_THIS_KEY, TAMPERED, Case, drawn, flipped, replaced
from tests.vectors.operations import Json

VISITOR_INSTANCE = drawn("visitor instance", 8)
STAFF_INSTANCE = drawn("staff instance", 8)
INTRODUCTION = introduction(w.DELEGATION_RAW, w.MEMBER_RAW)
LONG = ("Det är mörkt ute och jag vet inte vart jag ska ta vägen. " * 40).encode()


def cases() -> Iterator[Case]:
    """All of the area."""
    yield from _composed()
    yield from _in_order()
    yield from _oddities()
    yield from _heads()
    yield from _introductions()
    yield from _parts()
    yield from _raised()
    yield from _ephemeral()


def _visitor(instance: bytes = VISITOR_INSTANCE, key: bytes = w.KEY, seed: bytes = w.VISITOR_SEED) -> Sender:
    return Sender(w.ORG, w.CONVERSATION, 1, key, VISITOR, instance, seed)


def _staff(instance: bytes = STAFF_INSTANCE, seed: bytes = w.COUNSELLOR.ed_seed) -> Sender:
    return Sender(w.ORG, w.CONVERSATION, 1, w.KEY, STAFF, instance, seed)


def _frame(sender: Sender, counter: int, content: Content) -> bytes:
    """A frame out of turn, as only a broken or hostile sender makes it."""
    header = FrameHeader(True, sender.conversation, 1, sender.direction, sender.instance, counter)
    return seal_frame(sender.key, header, content, sender.signing_seed)


def _text(text: str, previous: bytes = NO_CHAIN, heads: tuple[Head, ...] = ()) -> Content:
    return Content(Kind.TEXT, 0, 1, previous, heads, text.encode())


def _said(sender: Sender, *texts: str) -> list[bytes]:
    return [frame for text in texts for frame in sender.compose(Kind.TEXT, text.encode())]


def _hearing(frames: Sequence[bytes], **changed: object) -> Json:
    given = {
        "pin": w.PIN.serialize(),
        "desk": w.DESK,
        "conversation": w.CONVERSATION,
        "keys": {"1": w.KEY},
        "visitor_pk": w.VISITOR_PK,
        "today": w.TODAY,
        "frames": list(frames),
    }
    return {**given, **changed}


def _heard(name: str, does: str, frames: Sequence[bytes], **changed: object) -> Case:
    return Case(f"transcript/{name}", does, "hear", _hearing(frames, **changed))


def _composing(*messages: Json) -> Json:
    return {
        "conversation": w.CONVERSATION,
        "generation": 1,
        "key": w.KEY,
        "direction": VISITOR,
        "instance": VISITOR_INSTANCE,
        "signing_seed": w.VISITOR_SEED,
        "messages": list(messages),
    }


def _composed() -> Iterator[Case]:
    head = Head(STAFF_INSTANCE, 0, drawn("staff chain", 16))
    short = {"kind": 1, "text": b"hej", "heads": [head]}
    long = {"kind": 1, "text": LONG, "heads": [head]}
    bye = {"kind": 3, "text": b"", "heads": []}
    said = _composing(short, long, bye)
    yield Case("transcript/compose", "A sender counts, chains and splits.", "compose", said)
    for name, does, message in (
        ("compose_exact", "786 bytes fit into one frame.", {"kind": 1, "text": b"x" * 786, "heads": []}),
        ("compose_longest", "A text may fill 16 frames.", {"kind": 1, "text": b"x" * 786 * 16, "heads": []}),
        ("compose_four_heads", "The fourth head is left out.", {"kind": 1, "text": b"x", "heads": [head] * 4}),
    ):
        yield Case(f"transcript/{name}", does, "compose", _composing(message))
    for name, does, message in (
        (
            "compose_too_long",
            "A text does not fill 17 frames.",
            {"kind": 1, "text": b"x" * (786 * 16 + 1), "heads": []},
        ),
        ("compose_long_farewell", "Only text is split.", {"kind": 3, "text": b"x" * 787, "heads": []}),
    ):
        yield Case(f"transcript/{name}", does, "compose", _composing(message), MALFORMED)


def _in_order() -> Iterator[Case]:
    visitor, staff = _visitor(), _staff()
    asked = _said(visitor, "Är någon där?")
    answered = staff.compose(Kind.INTRODUCTION, INTRODUCTION) + _said(staff, "Jag är här.")
    heads = (Head(STAFF_INSTANCE, 1, chain(chain(NO_CHAIN, answered[0]), answered[1])),)
    both = asked + answered + visitor.compose(Kind.TEXT, b"tack", heads) + visitor.compose(Kind.FAREWELL, b"")
    yield _heard("conversation", "Both sides are heard in order.", both)
    yield _heard("other_order", "Each instance has its own order.", answered + both[:1] + both[3:])
    yield _heard("old_conversation", "Without a day an old conversation is heard.", both, today=None)
    other = _said(_visitor(drawn("visitor's second page", 8)), "Jag laddade om.")
    yield _heard("second_instance", "Another page load begins its own chain.", asked + other)
    yield _heard("nothing", "Nothing was heard.", [])


def _oddities() -> Iterator[Case]:
    visitor = _visitor()
    one, two, three = _said(visitor, "ett", "två", "tre")
    first = chain(NO_CHAIN, one)
    other_one = _frame(visitor, 0, _text("ETT"))
    other_two = _frame(visitor, 1, _text("TVÅ", first))
    wrong_chain = _frame(visitor, 1, _text("två", drawn("wrong chain", 16)))
    forged = _frame(_visitor(seed=w.STRANGER.ed_seed), 1, _text("två", first))
    staff_side = _frame(_staff(VISITOR_INSTANCE), 1, _text("två", first))
    for name, does, frames in (
        ("repeat", "The same bytes again are harmless.", [one, one, two, one]),
        ("repeat_held", "A held frame again is harmless.", [two, two, one]),
        ("fork", "Other bytes under a heard identity are a fork and change nothing.", [one, other_one, two]),
        ("fork_held", "Other bytes under a held identity are a fork.", [two, other_two, one]),
        ("wrong_chain", "A previous chain that does not match is a fork.", [one, wrong_chain, two]),
        ("held_wrong_chain", "A held frame with another past is a fork when its turn comes.", [two, other_one]),
        ("gap", "A counter ahead is a gap.", [one, three]),
        ("gap_filled", "A filled gap brings what was held.", [one, three, two]),
        ("backwards", "Everything comes backwards.", [three, two, one]),
        ("first_missing", "The first frame is missing.", [two, three]),
        ("bad_tag", "A frame that does not open changes nothing.", [one, flipped(two, -1), two]),
        ("bad_signature", "A frame that somebody else signed changes nothing.", [one, forged, two]),
        ("bad_signature_ahead", "A visitor's frame ahead is checked before it is held.", [forged, one, two]),
        ("malformed_inside", "A frame with a broken inside changes nothing.", [one, _broken(visitor), two]),
        ("other_direction", "An instance does not change sides.", [one, staff_side, two]),
        ("wrong_key", "A frame under another K does not open.", _said(_visitor(key=w.OTHER_KEY), "hej")),
    ):
        yield _heard(name, does, frames)


def _broken(sender: Sender) -> bytes:
    """Text that is not UTF-8."""
    return _frame(sender, 1, replace(_text("", sender_chain(sender)), text=b"\xff"))


def sender_chain(sender: Sender) -> bytes:
    """The chain after the sender's first frame `ett`."""
    return chain(NO_CHAIN, _said(_visitor(sender.instance), "ett")[0])


def _heads() -> Iterator[Case]:
    visitor, staff = _visitor(), _staff()
    one, two = _said(visitor, "ett", "två")
    (hello,) = staff.compose(Kind.INTRODUCTION, INTRODUCTION)
    after_one = chain(NO_CHAIN, one)
    after_two = Head(VISITOR_INSTANCE, 1, chain(after_one, two))
    wrong = replace(after_two, chain=drawn("wrong chain", 16))
    unknown = Head(drawn("unheard instance", 8), 4, drawn("unheard chain", 16))
    past = chain(NO_CHAIN, hello)
    right, contradicting = (
        _frame(staff, 1, _text("ja", past, (after_two,))),
        _frame(staff, 1, _text("ja", past, (wrong,))),
    )
    then = _frame(staff, 2, _text("nå?", chain(past, contradicting), (after_two,)))
    elsewhere = _frame(staff, 1, _text("ja", past, (unknown, after_two)))
    for name, does, frames in (
        ("head", "A head that names what we heard is right.", [one, two, hello, right]),
        ("head_shows_cut_tail", "A head shows that a tail was cut.", [one, hello, right]),
        ("head_then_frame", "The frame that a head named comes later.", [one, hello, right, two]),
        ("head_of_unheard", "A head names an instance we never heard.", [one, two, hello, elsewhere]),
        (
            "head_contradicts",
            "A head contradicts a chain; its frame is heard all the same.",
            [one, two, hello, contradicting],
        ),
        (
            "head_contradicted_later",
            "The frame a head named comes with another chain.",
            [one, hello, contradicting, two],
        ),
        ("heads_contradict", "Two heads contradict each other.", [one, hello, contradicting, then]),
    ):
        yield _heard(name, does, frames)


def _introductions() -> Iterator[Case]:
    staff = _staff()
    (hello,) = staff.compose(Kind.INTRODUCTION, INTRODUCTION)
    (said,) = _said(staff, "hej")
    past = chain(NO_CHAIN, hello)
    foreign = make_statement(MEMBER, w.ORG, w.STRANGER.ed_seed, w.COUNSELLOR.member, 3, *w.LIFE, w.MEMBER_PAYLOAD)
    at_other_desk = member_payload(
        w.OTHER_DESK, "counsellor", "Åsa på natten", w.COUNSELLOR.ed_pk, w.COUNSELLOR.xwing_pk
    )
    elsewhere = make_statement(MEMBER, w.ORG, w.COORDINATOR.ed_seed, w.COUNSELLOR.member, 3, *w.LIFE, at_other_desk)
    swapped = _introduced(_staff(seed=w.STRANGER.ed_seed), INTRODUCTION)
    by_stranger = _frame(_staff(seed=w.STRANGER.ed_seed), 1, _text("hej", past))
    again = _frame(staff, 1, Content(Kind.INTRODUCTION, 0, 1, past, (), INTRODUCTION))
    by_visitor = _introduced(_visitor(), INTRODUCTION)
    for name, does, frames in (
        ("introduction", "A member is introduced and speaks.", [hello, said]),
        ("introduction_late", "A member's words are held until the introduction.", [said, hello]),
        (
            "introduction_of_stranger",
            "Nobody delegated who made the statement.",
            [_introduced(staff, introduction(w.DELEGATION_RAW, foreign))],
        ),
        (
            "introduction_of_other_desk",
            "A member of another desk does not speak here.",
            [_introduced(staff, introduction(w.DELEGATION_RAW, elsewhere))],
        ),
        ("introduction_signed_by_other", "Who shows the statement does not hold its key.", [swapped]),
        (
            "introduction_of_epoch",
            "A desk epoch is no member.",
            [_introduced(staff, introduction(w.DELEGATION_RAW, w.EPOCH_RAW))],
        ),
        ("introduction_broken", "The introduction is not two fields.", [_introduced(staff, INTRODUCTION + b"\0")]),
        ("introduction_missing", "A staff instance begins with a text.", [_frame(staff, 0, _text("hej"))]),
        ("introduction_again", "An introduction stands second.", [hello, again, said]),
        ("introduction_by_visitor", "A visitor introduces herself.", [by_visitor]),
        ("staff_signed_by_other", "A colleague signs in her name.", [hello, by_stranger, said]),
        ("staff_signed_by_other_late", "A held frame is judged when its turn comes.", [by_stranger, hello, said]),
    ):
        yield _heard(name, does, frames)
    yield _heard("introduction_expired", "The statement ran out.", [hello, said], today=w.LIFE[1] + 3)
    old = w.PIN.serialize().replace(".7", ".8")
    yield _heard("introduction_below_pin", "The delegation is older than the pin.", [hello], pin=old)


def _introduced(sender: Sender, text: bytes) -> bytes:
    return _frame(sender, 0, Content(Kind.INTRODUCTION, 0, 1, NO_CHAIN, (), text))


def _parts() -> Iterator[Case]:
    visitor = _visitor()
    parts = visitor.compose(Kind.TEXT, LONG)
    after = _said(visitor, "slut")
    yield _heard("parts", "Parts are joined into one message.", parts + after)
    yield _heard("parts_backwards", "Parts come backwards.", (parts + after)[::-1])
    sender = _visitor()
    half = "å".encode()
    first = _frame(sender, 0, Content(Kind.TEXT, 0, 2, NO_CHAIN, (), half[:1]))
    past = chain(NO_CHAIN, first)
    second = _frame(sender, 1, Content(Kind.TEXT, 1, 2, past, (), half[1:]))
    for name, does, frames in (
        ("part_cuts_character", "A character may be cut in two.", [first, second]),
        ("part_missing", "A text comes before the last part.", [first, _frame(sender, 1, _text("x", past)), second]),
        (
            "part_other_count",
            "The parts count differently.",
            [first, _frame(sender, 1, Content(Kind.TEXT, 1, 3, past, (), b"x"))],
        ),
        (
            "part_twice",
            "A part comes twice under two counters.",
            [first, _frame(sender, 1, Content(Kind.TEXT, 0, 2, past, (), half[:1]))],
        ),
        (
            "part_without_first",
            "The second part comes first.",
            [_frame(sender, 0, Content(Kind.TEXT, 1, 2, NO_CHAIN, (), b"x"))],
        ),
        (
            "parts_not_utf8",
            "Joined they are not UTF-8.",
            [first, _frame(sender, 1, Content(Kind.TEXT, 1, 2, past, (), b"x")), second],
        ),
        (
            "farewell_not_utf8",
            "Last words are not UTF-8.",
            [_frame(sender, 0, Content(Kind.FAREWELL, 0, 1, NO_CHAIN, (), b"\xff"))],
        ),
    ):
        yield _heard(name, does, frames)


def _raised() -> Iterator[Case]:
    (one,) = _said(_visitor(), "ett")
    for name, does, frame, expect in (
        ("truncated", "A cut frame is raised.", one[:-1], MALFORMED),
        ("bad_version", "A frame of version 2 is raised.", replaced(one, 0, b"\2"), MALFORMED),
        ("ephemeral_as_stored", "An ephemeral frame does not belong here.", replaced(one, 1, b"\0"), MALFORMED),
        ("other_conversation", "Another conversation's frame is raised.", flipped(one, 2), TAMPERED),
        ("unknown_generation", "A generation without key is raised.", replaced(one, 18, b"\0\0\0\2"), NOT_FOR_THIS_KEY),
    ):
        yield Case(f"transcript/{name}", does, "hear", _hearing([one, frame]), expect)


def _ephemeral() -> Iterator[Case]:
    visitor, staff = _visitor(), _staff()
    typing = [visitor.compose_ephemeral(Kind.TYPING, text) for text in (b"\1", b"\0", b"\1")]
    receipt = staff.compose_ephemeral(Kind.RECEIPT, VISITOR_INSTANCE + (4).to_bytes(8, "big"))
    lively = _hearing([typing[0], receipt, typing[2]])
    yield Case("transcript/ephemeral", "Signs of life are heard, gaps do not matter.", "hear_ephemeral", lively)
    (stored,) = _said(visitor, "hej")
    forged = serialize_header(FrameHeader(False, w.CONVERSATION, 1, VISITOR, VISITOR_INSTANCE, 9)) + bytes(985)
    for name, does, frames, expect in (
        ("ephemeral_again", "The same one again is refused.", [typing[0], typing[0]], TAMPERED),
        ("ephemeral_older", "An older one is refused.", [typing[1], typing[0]], TAMPERED),
        ("ephemeral_forged", "One that does not open is refused.", [forged], TAMPERED),
        ("ephemeral_stored", "A stored frame does not belong here.", [stored], MALFORMED),
    ):
        yield Case(f"transcript/{name}", does, "hear_ephemeral", _hearing(frames), expect)
