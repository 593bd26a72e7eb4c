"""Statements, chains, pins and serials."""

from __future__ import annotations

from collections.abc import Iterator

from crypto.binding import bind, sha256, u32, u64
from crypto.primitives import sign, signing_public
from crypto.statement import DELEGATION, DESK_EPOCH, MEMBER, Pin, delegation_payload, make_statement
from tests.vectors import world as w
from tests.vectors.case import MALFORMED, TAMPERED, Case, flipped
from tests.vectors.operations import Json

BODY_FIELDS = [
    b"statement/1",
    b"member",
    w.ORG,
    w.COORDINATOR.ed_pk,
    w.COUNSELLOR.member,
    u64(3),
    u32(w.LIFE[0]),
    u32(w.LIFE[1]),
    w.MEMBER_PAYLOAD,
]


def cases() -> Iterator[Case]:
    """All of the area."""
    yield from _pins()
    yield from _made()
    yield from _parsed()
    yield from _claims()
    yield from _chains()
    yield from _serials()


def _signed(seed: bytes, body: bytes) -> bytes:
    return body + sign(seed, body)


def _with_field(at: int, field: bytes) -> bytes:
    return _signed(w.COORDINATOR.ed_seed, bind(*BODY_FIELDS[:at], field, *BODY_FIELDS[at + 1 :]))


def _pins() -> Iterator[Case]:
    text = w.PIN.serialize()
    yield Case("statement/pin", "A pin is fingerprint and serial.", "parse_pin", {"text": text})
    zero = Pin(w.ORG, 0).serialize()
    yield Case("statement/pin_zero", "The serial may be 0.", "parse_pin", {"text": zero})
    largest = Pin(w.ORG, 2**53 - 1).serialize()
    yield Case("statement/pin_largest", "The serial may be 2^53 - 1.", "parse_pin", {"text": largest})
    last = chr(ord(text[42]) + 1)
    for name, does, wrong in (
        ("pin_without_serial", "The serial is missing.", text[:43]),
        ("pin_padded", "The fingerprint has base64 padding.", text.replace(".", "=.")),
        ("pin_leading_zero", "The serial begins with 0.", f"{text[:44]}07"),
        ("pin_negative", "The serial is negative.", f"{text[:44]}-7"),
        ("pin_too_large", "The serial is 2^53.", f"{text[:44]}{2**53}"),
        ("pin_loose_bits", "The last character carries bits that no byte has.", f"{text[:42]}{last}{text[43:]}"),
        ("pin_newline", "A line break comes after the serial.", f"{text}\n"),
        ("pin_other_digits", "The serial is in other digits than ASCII.", f"{text[:44]}٧"),
    ):
        yield Case(f"statement/{name}", does, "parse_pin", {"text": wrong}, MALFORMED)


def _made() -> Iterator[Case]:
    given = {
        "type": MEMBER,
        "org": w.ORG,
        "issuer_seed": w.COORDINATOR.ed_seed,
        "subject": w.COUNSELLOR.member,
        "serial": 3,
        "not_before": w.LIFE[0],
        "not_after": w.LIFE[1],
        "payload": w.MEMBER_PAYLOAD,
    }
    yield Case("statement/make", "A statement is its body and the issuer's signature.", "make_statement", given)


def _parsed() -> Iterator[Case]:
    for name, raw in (("delegation", w.DELEGATION_RAW), ("member", w.MEMBER_RAW), ("desk_epoch", w.EPOCH_RAW)):
        yield Case(f"statement/parse_{name}", "A statement comes apart.", "parse_statement", {"raw": raw})
    body = bind(*BODY_FIELDS)
    seed = w.COORDINATOR.ed_seed
    for name, does, raw in (
        ("empty", "There is nothing.", b""),
        ("only_signature", "There is a signature and no body.", sign(seed, b"")),
        ("truncated", "The last byte is missing.", w.MEMBER_RAW[:-1]),
        ("trailing_byte", "A byte comes after the signature.", w.MEMBER_RAW + b"\0"),
        ("extra_field", "There is a tenth field.", _signed(seed, body + bind(b""))),
        ("missing_field", "The payload is missing.", _signed(seed, bind(*BODY_FIELDS[:-1]))),
        ("bad_version", "The label is of version 2.", _with_field(0, b"statement/2")),
        ("unknown_type", "The type is unknown.", _with_field(1, b"letter")),
        ("type_not_utf8", "The type is not text.", _with_field(1, b"\xff")),
        ("short_org", "The organisation has 31 bytes.", _with_field(2, w.ORG[1:])),
        ("short_subject", "The subject has 15 bytes.", _with_field(4, bytes(15))),
        ("short_serial", "The serial has 4 bytes.", _with_field(5, u32(3))),
        ("large_serial", "The serial is 2^53.", _with_field(5, (2**53).to_bytes(8, "big"))),
        ("long_day", "A day has 8 bytes.", _with_field(6, u64(1))),
        ("ends_before_it_begins", "Not-after is before not-before.", _with_field(7, u32(w.LIFE[0] - 1))),
    ):
        yield Case(f"statement/{name}", does, "parse_statement", {"raw": raw}, MALFORMED)


def _claims() -> Iterator[Case]:
    yield Case(
        "statement/member_claim",
        "A member statement names desk, role, name and keys.",
        "member_claim",
        _raw(MEMBER, w.MEMBER_PAYLOAD),
    )
    yield Case(
        "statement/epoch_claim",
        "A desk-epoch statement names epoch and key.",
        "epoch_claim",
        _raw(DESK_EPOCH, w.EPOCH_PAYLOAD),
    )
    rest = (w.COUNSELLOR.ed_pk, sha256(w.COUNSELLOR.xwing_pk))
    longest = bind(w.DESK, b"coordinator", b"x" * 64, *rest)
    yield Case("statement/member_longest_name", "A name may have 64 bytes.", "member_claim", _raw(MEMBER, longest))
    for name, does, payload in (
        ("member_no_name", "The name is empty.", bind(w.DESK, b"counsellor", b"", *rest)),
        ("member_long_name", "The name has 65 bytes.", bind(w.DESK, b"counsellor", b"x" * 65, *rest)),
        ("member_name_not_utf8", "The name is not UTF-8.", bind(w.DESK, b"counsellor", b"\xff", *rest)),
        ("member_unknown_role", "The role is unknown.", bind(w.DESK, b"operator", b"x", *rest)),
        ("member_short_desk", "The desk has 15 bytes.", bind(bytes(15), b"counsellor", b"x", *rest)),
        ("member_short_key", "The Ed25519 key has 31 bytes.", bind(w.DESK, b"counsellor", b"x", rest[0][1:], rest[1])),
        ("member_trailing_field", "The payload has a sixth field.", w.MEMBER_PAYLOAD + bind(b"")),
    ):
        yield Case(f"statement/{name}", does, "member_claim", _raw(MEMBER, payload), MALFORMED)
    for name, does, payload in (
        ("epoch_long_number", "The epoch has 8 bytes.", bind(u64(1), sha256(b""))),
        ("epoch_short_hash", "The hash has 31 bytes.", bind(u32(1), bytes(31))),
        ("epoch_missing_hash", "The hash is missing.", bind(u32(1))),
    ):
        yield Case(f"statement/{name}", does, "epoch_claim", _raw(DESK_EPOCH, payload), MALFORMED)
    key = {"key_hash": sha256(w.EPOCH_PK), "pk": w.EPOCH_PK}
    yield Case("statement/key", "The key beside a statement is the signed one.", "check_key", key)
    other = {**key, "pk": w.COUNSELLOR.xwing_pk}
    yield Case("statement/wrong_key", "The key beside a statement is another one.", "check_key", other, TAMPERED)


def _raw(type: str, payload: bytes) -> Json:
    return {"raw": make_statement(type, w.ORG, w.COORDINATOR.ed_seed, w.DESK, 1, *w.LIFE, payload)}


def _chain(**changed: object) -> Json:
    given = {
        "pin": w.PIN.serialize(),
        "delegation": w.DELEGATION_RAW,
        "statement": w.MEMBER_RAW,
        "type": MEMBER,
        "today": w.TODAY,
    }
    return {**given, **changed}


def _chains() -> Iterator[Case]:
    first, last = w.LIFE
    for name, does, given in (
        ("chain_member", "A member's chain holds.", _chain()),
        ("chain_epoch", "A desk epoch's chain holds.", _chain(statement=w.EPOCH_RAW, type=DESK_EPOCH)),
        ("first_day", "Two days early is within the tolerance.", _chain(today=first - 2)),
        ("last_day", "Two days late is within the tolerance.", _chain(today=last + 2)),
        ("old_message", "Without a day only the chain counts.", _chain(today=None)),
        ("lower_pin", "A delegation newer than the pin counts.", _chain(pin=Pin(w.ORG, 0).serialize())),
    ):
        yield Case(f"statement/{name}", does, "check_chain", given)
    for name, does, given in (*_broken_lives(), *_broken_links(), *_broken_types()):
        yield Case(f"statement/{name}", does, "check_chain", given, TAMPERED)
    for name, does, given in (
        ("chain_bad_shape", "The statement is cut; its shape is judged first.", _chain(statement=w.MEMBER_RAW[:-1])),
        (
            "shape_before_signature",
            "A cut statement under a forged delegation is malformed.",
            _chain(delegation=flipped(w.DELEGATION_RAW, -1), statement=w.MEMBER_RAW[:-1]),
        ),
        (
            "delegation_payload",
            "The delegation's payload is no key.",
            _chain(delegation=_delegation(payload=bind(bytes(31)))),
        ),
        ("chain_bad_pin", "The pin has another shape.", _chain(pin="")),
    ):
        yield Case(f"statement/{name}", does, "check_chain", given, MALFORMED)


def _broken_lives() -> Iterator[tuple[str, str, Json]]:
    first, last = w.LIFE
    yield "expired", "Three days late is too late.", _chain(today=last + 3)
    yield "not_yet_valid", "Three days early is too early.", _chain(today=first - 3)
    short = _delegation(not_after=w.TODAY - 3)
    yield "delegation_expired", "The delegation ended three days ago.", _chain(delegation=short)
    yield "lower_serial", "The delegation is older than the pin.", _chain(pin=Pin(w.ORG, w.SERIAL + 1).serialize())


def _broken_links() -> Iterator[tuple[str, str, Json]]:
    other = _delegation(seed=w.OTHER_ROOT_SEED)
    yield "delegated_by_other_root", "Another root delegated in our name.", _chain(delegation=other)
    others = _delegation(seed=w.OTHER_ROOT_SEED, org=w.OTHER_ORG)
    yield "delegation_of_other_org", "Another organisation's delegation.", _chain(delegation=others)
    foreign = _member(org=w.OTHER_ORG)
    yield "statement_of_other_org", "The coordinator speaks for another organisation.", _chain(statement=foreign)
    by_root = _member(seed=w.ROOT_SEED)
    yield "member_by_root", "The root signs no members.", _chain(statement=by_root)
    yield "member_by_stranger", "Nobody delegated this issuer.", _chain(statement=_member(seed=w.STRANGER.ed_seed))
    yield "member_by_member", "A counsellor makes no members.", _chain(statement=_member(seed=w.COUNSELLOR.ed_seed))
    yield "bad_signature", "The statement's signature is flipped.", _chain(statement=flipped(w.MEMBER_RAW, -1))
    yield "bad_body", "The statement's payload is flipped.", _chain(statement=flipped(w.MEMBER_RAW, -65))
    yield "bad_delegation_signature", "The delegation's is.", _chain(delegation=flipped(w.DELEGATION_RAW, -64))
    swapped = w.MEMBER_RAW[:-64] + sign(w.STRANGER.ed_seed, w.MEMBER_RAW[:-64])
    yield "signed_by_other", "Somebody else signed in the coordinator's name.", _chain(statement=swapped)


def _broken_types() -> Iterator[tuple[str, str, Json]]:
    yield "wrong_type", "A desk epoch where a member is asked for.", _chain(statement=w.EPOCH_RAW)
    used = _chain(statement=w.DELEGATION_RAW)
    yield "delegation_used_as_member", "A delegation where a member is asked for.", used
    payload = delegation_payload(w.STRANGER.ed_pk)
    second = make_statement(DELEGATION, w.ORG, w.COORDINATOR.ed_seed, w.STRANGER.member, 9, *w.LIFE, payload)
    yield "delegation_by_delegate", "A delegate delegates.", _chain(delegation=second)
    asked = _chain(statement=second, type=DELEGATION)
    yield "delegation_asked_for", "A delegate delegates, and that is asked for.", asked
    yield "member_used_as_delegation", "A member statement stands above.", _chain(delegation=w.MEMBER_RAW)


def _delegation(
    seed: bytes = w.ROOT_SEED,
    org: bytes = w.ORG,
    not_after: int = w.LIFE[1],
    payload: bytes = w.DELEGATION_PAYLOAD,
) -> bytes:
    assert len(signing_public(seed)) == 32
    return make_statement(DELEGATION, org, seed, w.COORDINATOR.member, w.SERIAL, w.LIFE[0], not_after, payload)


def _member(seed: bytes = w.COORDINATOR.ed_seed, org: bytes = w.ORG) -> bytes:
    return make_statement(MEMBER, org, seed, w.COUNSELLOR.member, 3, *w.LIFE, w.MEMBER_PAYLOAD)


def _serials() -> Iterator[Case]:
    def epoch(serial: int, subject: bytes = w.DESK) -> bytes:
        return make_statement(DESK_EPOCH, w.ORG, w.COORDINATOR.ed_seed, subject, serial, *w.LIFE, w.EPOCH_PAYLOAD)

    rising = {"statements": [epoch(1), epoch(1), epoch(3), epoch(2, w.OTHER_DESK), w.MEMBER_RAW]}
    yield Case("statement/serials", "Serials rise for each type and subject apart.", "admit", rising)
    falling = {"statements": [epoch(1), epoch(3), epoch(2)]}
    yield Case("statement/serials_lower", "A lower serial was seen before.", "admit", falling, TAMPERED)
