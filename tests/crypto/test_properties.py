"""What holds for all inputs: round trips, every flipped bit refused, and no bytes that break a parser."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import hpke
from crypto.atrest import RestKey
from crypto.binding import bind, parse_text, unbind
from crypto.ceremony import paper_kit, root_of_kit
from crypto.failure import CryptoError, Malformed, NotForThisKey, Tampered
from crypto.frame import Content, Head, Kind, open_frame, parse_receipts, seal_frame, verify_frame
from crypto.generation import compose_record, parse_record
from crypto.member import unwrap_member_keys, wrap_member_keys
from crypto.opening import compose_opening, open_opening
from crypto.primitives import sign, signing_public, verify
from crypto.proof import check_proof
from crypto.shapes import FrameHeader, parse_frame_header, parse_opening, parse_stub, serialize_header, serialize_stub
from crypto.statement import Pin, check_chain, member_claim, parse_pin, parse_statement
from crypto.transcript import Transcript
from crypto.wrap import unwrap, wrap
from tests.vectors import world as w

FEW = settings(max_examples=30, deadline=None)

ids, keys, nonces = (st.binary(min_size=size, max_size=size) for size in (16, 32, 12))
instances = st.binary(min_size=8, max_size=8)
chains = st.binary(min_size=16, max_size=16).filter(any)
counters = st.integers(0, 2**53 - 1)
days = st.integers(0, 2**32 - 1)
heads = st.builds(Head, instances, counters, chains)
headers = st.builds(
    FrameHeader, st.just(True), ids, st.integers(1, 2**32 - 1), st.sampled_from([1, 2]), instances, counters
)
contents = st.integers(1, 16).flatmap(
    lambda parts: st.builds(
        Content,
        st.just(Kind.TEXT),
        st.integers(0, parts - 1),
        st.just(parts),
        st.binary(min_size=16, max_size=16),
        st.lists(heads, max_size=3).map(tuple),
        st.binary(max_size=786),
    )
)


def _flip(raw: bytes, bit: int) -> bytes:
    bit %= len(raw) * 8
    return raw[: bit // 8] + bytes([raw[bit // 8] ^ 1 << bit % 8]) + raw[bit // 8 + 1 :]


@given(st.lists(st.binary(max_size=400)))
def test_fields_come_apart_as_they_went_in(fields: list[bytes]) -> None:
    """`unbind` undoes `bind`, and another count is refused."""
    assert unbind(bind(*fields), len(fields)) == fields
    with pytest.raises(Malformed):
        unbind(bind(*fields), len(fields) + 1)


@given(st.lists(st.binary(max_size=20)), st.lists(st.binary(max_size=20)))
def test_different_fields_are_different_bytes(ones: list[bytes], others: list[bytes]) -> None:
    """No two lists of fields share their bytes."""
    assert (bind(*ones) == bind(*others)) == (ones == others)


@given(headers)
def test_headers_come_apart_as_they_went_in(header: FrameHeader) -> None:
    """39 bytes, and back."""
    raw = serialize_header(header)
    assert len(raw) == 39
    assert parse_frame_header(raw + bytes(985)) == header


@FEW
@given(headers, contents, keys, keys, st.integers(0, 1024 * 8 - 1))
def test_frames_open_as_sealed_or_not_at_all(
    header: FrameHeader, content: Content, key: bytes, seed: bytes, bit: int
) -> None:
    """A frame gives back what went in, signed; with any bit flipped it is refused."""
    frame = seal_frame(key, header, content, seed)
    opened = open_frame(key, frame)
    assert (len(frame), opened.header, opened.content) == (1024, header, content)
    verify_frame(opened, signing_public(seed))
    with pytest.raises(Tampered):
        verify_frame(opened, w.STRANGER.ed_pk)
    with pytest.raises(CryptoError):
        open_frame(key, _flip(frame, bit))


@FEW
@given(keys, ids, st.integers(0, 2**32 - 1), keys, st.integers(0, 1168 * 8 - 1))
def test_wraps_open_for_their_recipient_only(seed: bytes, id: bytes, number: int, secret: bytes, bit: int) -> None:
    """A wrap gives back its secret; another recipient's seed or any flipped bit does not."""
    recipient = w.COUNSELLOR.recipient()
    wrapped = wrap(w.ORG, "K", id, number, recipient, secret)
    assert unwrap(w.ORG, "K", id, number, recipient, w.COUNSELLOR.xwing_seed, wrapped) == secret
    with pytest.raises(NotForThisKey):
        unwrap(w.ORG, "K", id, number, recipient, seed, wrapped)
    with pytest.raises(NotForThisKey):
        unwrap(w.ORG, "K", id, number, recipient, w.COUNSELLOR.xwing_seed, _flip(wrapped, bit))


def _open_whole(raw: bytes) -> None:
    shape = parse_opening(raw)
    open_opening(w.ORG, shape.stub, shape.wraps[0].wrap, shape.sealed, w.DESK_KEY, w.EPOCH_SEED)


@FEW
@given(keys, st.binary(max_size=32), st.binary(max_size=32), st.integers(0))
def test_openings_open_as_composed_or_not_at_all(key: bytes, challenge: bytes, solution: bytes, bit: int) -> None:
    """Both desks find the same K and keys; with any bit of the whole flipped the first desk is refused.

    The other desk's wrap is not the first desk's to judge, so its place stands for it: its hash is in the stub.
    """
    desks = [w.DESK_KEY, w.OTHER_DESK_KEY]
    raw = compose_opening(w.ORG, key, w.VISITOR_SEED, w.LIVE_PK, desks, challenge, solution)
    shape = parse_opening(raw)
    for at, (desk, seed) in enumerate(zip(desks, (w.EPOCH_SEED, w.OTHER_EPOCH_SEED), strict=True)):
        opened = open_opening(w.ORG, shape.stub, shape.wraps[at].wrap, shape.sealed, desk, seed)
        assert (opened.key, opened.visitor_pk, opened.live_pk) == (key, w.VISITOR_PK, w.LIVE_PK)
    with pytest.raises(CryptoError):
        _open_whole(_flip(raw, bit))


@given(ids, st.binary(max_size=32), st.binary(max_size=32), keys)
def test_stubs_come_apart_as_they_went_in(
    conversation: bytes, challenge: bytes, solution: bytes, commit: bytes
) -> None:
    """A stub's bytes have one reading and one spelling."""
    raw = compose_opening(w.ORG, w.KEY, w.VISITOR_SEED, w.LIVE_PK, [w.DESK_KEY], challenge, solution)
    stub = parse_opening(raw).stub
    assert serialize_stub(parse_stub(stub)) == stub


@FEW
@given(st.integers(0, (233 + 300) * 8))
def test_flipped_chains_are_refused(bit: int) -> None:
    """No bit of a delegation or a statement can change."""
    for delegation, statement in (
        (_flip(w.DELEGATION_RAW, bit), w.MEMBER_RAW),
        (w.DELEGATION_RAW, _flip(w.MEMBER_RAW, bit)),
    ):
        with pytest.raises(CryptoError):
            check_chain(w.PIN, delegation, statement, "member", w.TODAY)


@FEW
@given(st.integers(0))
def test_flipped_records_are_refused(bit: int) -> None:
    """No bit of a generation record can change."""
    record = compose_record(w.ORG, w.CONVERSATION, 2, b"", [w.COUNSELLOR.recipient()], b"", w.KEY, w.COUNSELLOR.ed_seed)
    assert parse_record(record).generation == 2
    changed = _flip(record, bit)
    with pytest.raises(CryptoError):
        verify(w.COUNSELLOR.ed_pk, changed[-64:], changed[:-64])


@given(keys, st.binary(max_size=100), st.integers(0, 64 * 8 - 1))
def test_flipped_signatures_are_refused(seed: bytes, message: bytes, bit: int) -> None:
    """Neither another signature nor another message is verified."""
    signature = sign(seed, message)
    verify(signing_public(seed), signature, message)
    with pytest.raises(Tampered):
        verify(signing_public(seed), _flip(signature, bit), message)
    with pytest.raises(Tampered):
        verify(signing_public(seed), signature, message + b"\0")


@given(keys, nonces, ids, st.integers(0, 2**32 - 1), st.integers(0, 92 * 8 - 1))
def test_member_keys_unwrap_as_wrapped_or_not_at_all(
    kek: bytes, nonce: bytes, id: bytes, generation: int, bit: int
) -> None:
    """Both seeds come back; with any bit flipped neither."""
    wrapped = wrap_member_keys(kek, w.ORG, id, generation, w.KEY, w.OTHER_KEY, nonce)
    assert unwrap_member_keys(kek, w.ORG, id, generation, wrapped) == (w.KEY, w.OTHER_KEY)
    with pytest.raises(NotForThisKey):
        unwrap_member_keys(kek, w.ORG, id, generation, _flip(wrapped, bit))


@given(keys, nonces, st.binary(max_size=100), st.binary(max_size=20), st.integers(0))
def test_values_at_rest_open_in_their_place_only(key: bytes, nonce: bytes, value: bytes, row: bytes, bit: int) -> None:
    """A value comes back; with any bit flipped, or in another row, it does not."""
    rest = RestKey(key)
    sealed = rest.seal(nonce, value, "messages", row, "frame")
    assert rest.open(sealed, "messages", row, "frame") == value
    with pytest.raises(Tampered):
        rest.open(_flip(sealed, bit), "messages", row, "frame")
    with pytest.raises(Tampered):
        rest.open(sealed, "messages", row + b"\0", "frame")


@given(keys, counters)
def test_pins_come_apart_as_they_went_in(org: bytes, serial: int) -> None:
    """A pin's text has one reading and one spelling."""
    assert parse_pin(Pin(org, serial).serialize()) == Pin(org, serial)


@given(keys, st.data())
def test_kits_are_typed_in_again_or_refused(root_seed: bytes, data: st.DataObject) -> None:
    """Case and spaces do not matter; a swapped or wrong character does."""
    kit = paper_kit(root_seed)
    assert root_of_kit(f"\n{kit.upper().replace(' ', '   ')}\n\n") == root_seed
    at = data.draw(st.sampled_from([at for at, letter in enumerate(kit) if letter in "0123456789abcdef"]))
    wrong = "0" if kit[at] != "0" else "1"
    with pytest.raises(Malformed):
        root_of_kit(kit[:at] + wrong + kit[at + 1 :])


def _hear(raw: bytes) -> object:
    return Transcript(w.PIN, w.DESK, w.CONVERSATION, {1: w.KEY}, w.VISITOR_PK).hear(raw, w.TODAY)


PARSERS: dict[str, Callable[[bytes], object]] = {
    "unbind": unbind,
    "statement": parse_statement,
    "member": lambda raw: member_claim(parse_statement(raw)),
    "chain": lambda raw: check_chain(w.PIN, w.DELEGATION_RAW, raw, "member", w.TODAY),
    "delegation": lambda raw: check_chain(w.PIN, raw, w.MEMBER_RAW, "member", w.TODAY),
    "pin": lambda raw: parse_pin(raw.decode("latin-1")),
    "kit": lambda raw: root_of_kit(raw.decode("latin-1")),
    "opening": parse_opening,
    "stub": parse_stub,
    "header": parse_frame_header,
    "frame": lambda raw: open_frame(w.KEY, raw),
    "receipts": parse_receipts,
    "record": parse_record,
    "text": parse_text,
    "wrap": lambda raw: unwrap(w.ORG, "K", w.DESK, 1, w.COUNSELLOR.recipient(), w.COUNSELLOR.xwing_seed, raw),
    "member keys": lambda raw: unwrap_member_keys(w.KEY, w.ORG, w.DESK, 1, raw),
    "at rest": lambda raw: RestKey(w.KEY).open(raw, "t", b"", "c"),
    "proof": lambda raw: check_proof(w.ORG, "http://a", "end", w.CONVERSATION, w.KEY, w.VISITOR_PK, raw),
    "public key": lambda raw: hpke.seal(raw, b"", b""),
    "transcript": _hear,
}

# Random bytes rarely reach the inside of a parser; bytes that begin rightly and are cut or changed do.
SAMPLES = [
    w.DELEGATION_RAW,
    w.MEMBER_RAW,
    w.EPOCH_RAW,
    bind(b"a", b"bc", b""),
    compose_opening(w.ORG, w.KEY, w.VISITOR_SEED, w.LIVE_PK, [w.DESK_KEY]),
    seal_frame(
        w.KEY, FrameHeader(True, w.CONVERSATION, 1, 1, bytes(8), 0), Content(Kind.TEXT, 0, 1, bytes(16), (), b""), w.KEY
    ),
    compose_record(w.ORG, w.CONVERSATION, 2, b"", [w.COUNSELLOR.recipient()], b"", w.KEY, w.KEY),
    w.PIN.serialize().encode(),
    paper_kit(w.ROOT_SEED).encode(),
    w.EPOCH_PK,
]


@st.composite
def almost(draw: st.DrawFn) -> bytes:
    """Something real with a few bytes changed, and perhaps cut or longer."""
    raw = bytearray(draw(st.sampled_from(SAMPLES)))
    for at, value in draw(st.lists(st.tuples(st.integers(0, 4095), st.integers(0, 255)), max_size=4)):
        raw[at % len(raw)] = value
    return bytes(raw[: draw(st.sampled_from([len(raw), len(raw), len(raw) - 1, 64, 40]))]) + draw(st.binary(max_size=2))


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=100, deadline=None)
@given(
    raw=st.one_of(
        st.binary(max_size=200),
        almost(),
        st.sampled_from([1024, 4096, 1168, 92]).flatmap(lambda size: st.binary(min_size=size, max_size=size)),
    )
)
def test_no_bytes_break_a_parser(name: str, raw: bytes) -> None:
    """A parser gives a value or a CryptoError, whatever it is fed."""
    with contextlib.suppress(CryptoError):
        PARSERS[name](raw)
