"""Openings, their stubs and what a desk makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crypto.binding import bind, conversation_id, sha256
from crypto.generation import commitment
from crypto.opening import DeskKey, compose_opening
from crypto.primitives import gcm_seal, hkdf, sign
from crypto.shapes import OpeningShape, StubEntry, parse_opening, parse_stub, serialize_stub
from crypto.wrap import Recipient, wrap
from tests.vectors import world as w
from tests.vectors.case import MALFORMED, NOT_FOR_THIS_KEY, TAMPERED, Case, drawn, flipped, replaced
from tests.vectors.operations import Json

WRAPS_AT = 116
PLACE = 16 + 4 + 1168


def cases() -> Iterator[Case]:
    """All of the area."""
    given = {"key": w.KEY, "conversation": w.CONVERSATION, "generation": 1}
    yield Case("opening/commitment", "A K commits to one conversation and generation.", "commitment", given)
    one = compose_opening(w.ORG, w.KEY, w.VISITOR_SEED, w.LIVE_PK, [w.DESK_KEY])
    two = compose_opening(
        w.ORG, w.KEY, w.VISITOR_SEED, w.LIVE_PK, [w.DESK_KEY, w.OTHER_DESK_KEY], b"challenge", b"c" * 32
    )
    yield from _parsed(one, two)
    yield from _stubs(parse_opening(one))
    yield from _opened(parse_opening(one), parse_opening(two))
    yield from _refused(parse_opening(one), parse_opening(two))


def _parsed(one: bytes, two: bytes) -> Iterator[Case]:
    yield Case("opening/parse_one_wrap", "An opening for one desk comes apart.", "parse_opening", {"raw": one})
    yield Case("opening/parse_two_wraps", "An opening for two desks comes apart.", "parse_opening", {"raw": two})
    epoch = WRAPS_AT + PLACE + 16
    same = replaced(replaced(two, WRAPS_AT + PLACE, w.DESK), epoch + 3, bytes([w.EPOCH % 256 + 1]))
    yield Case("opening/parse_two_epochs", "Both wraps may be for one desk.", "parse_opening", {"raw": same})
    for name, does, raw in (
        ("truncated", "The last byte is missing.", one[:-1]),
        ("trailing_byte", "A byte comes after the tag.", one + b"\0"),
        ("empty", "There is nothing.", b""),
        ("bad_version", "The version is 2.", replaced(one, 0, b"\2")),
        ("no_wraps", "There is no wrap.", replaced(one, 115, b"\0")),
        ("three_wraps", "There are three wraps.", replaced(one, 115, b"\3")),
        ("long_length_field", "The challenge has 33 bytes.", replaced(one, 17, b"\x21")),
        ("long_solution", "The solution has 33 bytes.", replaced(one, 18, b"\x21")),
        ("nonzero_padding", "A byte follows the solution.", replaced(one, 82, b"\1")),
        ("same_desk_twice", "Two wraps are for one desk and epoch.", replaced(two, WRAPS_AT + PLACE, w.DESK)),
    ):
        yield Case(f"opening/{name}", does, "parse_opening", {"raw": raw}, MALFORMED)


def _stubs(shape: OpeningShape) -> Iterator[Case]:
    yield Case("opening/stub", "A stub comes apart.", "parse_stub", {"stub": shape.stub})
    for name, does, stub in (
        ("stub_truncated", "The last byte is missing.", shape.stub[:-1]),
        ("stub_trailing_byte", "A byte comes after the last hash.", shape.stub + b"\0"),
        ("stub_empty", "There is nothing.", b""),
        ("stub_bad_version", "The version is 0.", replaced(shape.stub, 0, b"\0")),
        ("stub_more_wraps", "It says two wraps and has one.", replaced(shape.stub, 115, b"\2")),
    ):
        yield Case(f"opening/{name}", does, "parse_stub", {"stub": stub}, MALFORMED)


def _given(shape: OpeningShape, at: int = 0, desk: DeskKey = w.DESK_KEY, seed: bytes = w.EPOCH_SEED) -> Json:
    return {
        "org": w.ORG,
        "stub": shape.stub,
        "wrapped": shape.wraps[at].wrap,
        "sealed": shape.sealed,
        "desk": desk,
        "seed": seed,
    }


def _opened(one: OpeningShape, two: OpeningShape) -> Iterator[Case]:
    yield Case("opening/open", "The desk opens its opening.", "open_opening", _given(one))
    yield Case("opening/open_first_of_two", "The first desk opens it.", "open_opening", _given(two))
    second = _given(two, 1, w.OTHER_DESK_KEY, w.OTHER_EPOCH_SEED)
    yield Case("opening/open_second_of_two", "The second desk opens it.", "open_opening", second)


def _refused(one: OpeningShape, two: OpeningShape) -> Iterator[Case]:
    good = _given(one)
    for name, does, given in (
        (
            "wrong_desk",
            "The stub does not name this desk.",
            {**good, "desk": w.OTHER_DESK_KEY, "seed": w.OTHER_EPOCH_SEED},
        ),
        ("wrong_epoch", "The stub names another epoch.", {**good, "desk": replace(w.DESK_KEY, epoch=w.EPOCH + 1)}),
        ("wrong_org", "It was made for another organisation.", {**good, "org": w.OTHER_ORG}),
        ("wrong_seed", "The seed is not the desk's.", {**good, "seed": w.OTHER_EPOCH_SEED}),
        ("wrong_wrap", "The wrap is the other desk's.", {**_given(two), "wrapped": two.wraps[1].wrap}),
        ("flipped_wrap", "A bit of the wrap is flipped.", {**good, "wrapped": flipped(one.wraps[0].wrap, -1)}),
        ("wrong_conversation", "The stub names another conversation.", {**good, "stub": flipped(one.stub, 1)}),
    ):
        yield Case(f"opening/{name}", does, "open_opening", given, NOT_FOR_THIS_KEY)
    for name, does, given in (
        ("open_truncated", "The sealed rest is a byte short.", {**good, "sealed": one.sealed[:-1]}),
        ("open_short_wrap", "The wrap is a byte short.", {**good, "wrapped": one.wraps[0].wrap[:-1]}),
        ("open_other_count", "The rest belongs to a stub with two wraps.", {**good, "sealed": two.sealed}),
        (
            "shape_before_keys",
            "The rest is too long and the seed is wrong.",
            {**good, "sealed": one.sealed + b"\0", "seed": w.OTHER_EPOCH_SEED},
        ),
        ("nonzero_sealed_padding", "The sealed padding is not zero.", _forged(one, padding=b"\1")),
    ):
        yield Case(f"opening/{name}", does, "open_opening", given, MALFORMED)
    for name, does, given in _tampered(one):
        yield Case(f"opening/{name}", does, "open_opening", given, TAMPERED)


def _tampered(one: OpeningShape) -> Iterator[tuple[str, str, Json]]:
    good = _given(one)
    again = wrap(w.ORG, "K", one.conversation, 1, Recipient("desk-epoch", w.DESK, w.EPOCH_PK), w.KEY)
    yield "other_wrap", "Another wrap of the same K does not hash to its place.", {**good, "wrapped": again}
    yield "wrong_hash", "The stub's hash of the wrap is flipped.", {**good, "stub": flipped(one.stub, -1)}
    yield "wrong_commit", "The commitment is flipped.", {**good, "stub": flipped(one.stub, 83)}
    yield "other_key", "The wrap holds another K than the commitment says.", _other_key(one)
    yield "flipped_sealed", "A bit of the sealed rest is flipped.", {**good, "sealed": flipped(one.sealed, 0)}
    yield "flipped_tag", "A bit of the tag is flipped.", {**good, "sealed": flipped(one.sealed, -1)}
    yield "changed_challenge", "The stub's challenge is another.", {**good, "stub": replaced(one.stub, 17, b"\1")}
    yield "wrong_conversation_id", "The visitor's key gives another id.", _forged(one, visitor_pk=w.STRANGER.ed_pk)
    yield "unsigned", "Nobody has signed it.", _forged(one, seed=None)
    yield "signed_by_other", "Somebody who has K_1 has signed it.", _forged(one, seed=w.STRANGER.ed_seed)
    yield "signed_for_other", "The visitor has signed another opening.", _moved(one)
    yield "forged_whole", "Somebody who knows the visitor's public key sealed a K of their own.", _forged_whole(one)
    yield "changed_entry", "The other desk's place is changed.", _changed_entry()


def _forged(
    shape: OpeningShape, visitor_pk: bytes = w.VISITOR_PK, padding: bytes = b"", seed: bytes | None = w.VISITOR_SEED
) -> Json:
    """The rest as somebody who has K_1 could seal it."""
    signature = bytes(64) if seed is None else sign(seed, bind(b"opening/1", shape.stub, w.LIVE_PK))
    plain = (w.LIVE_PK + visitor_pk + signature).ljust(len(shape.sealed) - 16 - len(padding), b"\0") + padding
    key = hkdf(w.KEY, b"conversation/1", bind(b"opening", shape.conversation))
    return {**_given(shape), "sealed": gcm_seal(key, bytes(12), plain, shape.stub)}


def _moved(shape: OpeningShape) -> Json:
    """The visitor's signature of another opening, under the same keys."""
    other = parse_opening(compose_opening(w.ORG, w.KEY, w.VISITOR_SEED, w.LIVE_PK, [w.DESK_KEY]))
    signature = sign(w.VISITOR_SEED, bind(b"opening/1", other.stub, w.LIVE_PK))
    plain = (w.LIVE_PK + w.VISITOR_PK + signature).ljust(len(shape.sealed) - 16, b"\0")
    key = hkdf(w.KEY, b"conversation/1", bind(b"opening", shape.conversation))
    return {**_given(shape), "sealed": gcm_seal(key, bytes(12), plain, shape.stub)}


def _forged_whole(shape: OpeningShape) -> Json:
    """What a server could make of public keys alone: everything in order, but not the visitor's signature."""
    wrapped = wrap(w.ORG, "K", shape.conversation, 1, Recipient("desk-epoch", w.DESK, w.EPOCH_PK), w.OTHER_KEY)
    commit = commitment(w.OTHER_KEY, shape.conversation, 1)
    entries = (StubEntry(w.DESK, w.EPOCH, sha256(wrapped)),)
    stub = serialize_stub(replace(parse_stub(shape.stub), commit=commit, entries=entries))
    signature = sign(w.STRANGER.ed_seed, bind(b"opening/1", stub, w.LIVE_PK))
    plain = (w.LIVE_PK + w.VISITOR_PK + signature).ljust(len(shape.sealed) - 16, b"\0")
    key = hkdf(w.OTHER_KEY, b"conversation/1", bind(b"opening", shape.conversation))
    return {**_given(shape), "wrapped": wrapped, "stub": stub, "sealed": gcm_seal(key, bytes(12), plain, stub)}


def _other_key(shape: OpeningShape) -> Json:
    wrapped = wrap(w.ORG, "K", shape.conversation, 1, Recipient("desk-epoch", w.DESK, w.EPOCH_PK), w.OTHER_KEY)
    stub = replace(parse_stub(shape.stub), entries=(StubEntry(w.DESK, w.EPOCH, sha256(wrapped)),))
    return {**_given(shape), "wrapped": wrapped, "stub": serialize_stub(stub)}


def _changed_entry() -> Json:
    raw = compose_opening(w.ORG, w.KEY, w.VISITOR_SEED, w.LIVE_PK, [w.DESK_KEY, w.OTHER_DESK_KEY])
    assert parse_opening(raw).conversation == conversation_id(w.ORG, w.VISITOR_PK)
    shape = parse_opening(raw)
    return {**_given(shape), "stub": replaced(shape.stub, len(shape.stub) - 32, drawn("another wrap"))}
