"""Records of later generations."""

from __future__ import annotations

from collections.abc import Iterator

from crypto.binding import bind, sha256, u32
from crypto.generation import commitment, compose_record
from crypto.primitives import sign
from crypto.wrap import Recipient
from tests.vectors import world as w
from tests.vectors.case import MALFORMED, TAMPERED, Case, drawn, flipped
from tests.vectors.operations import Json

KEY_2, KEY_3 = drawn("K 2"), drawn("K 3")
MEMBER, DESK = w.COUNSELLOR.recipient(), Recipient("desk-epoch", w.DESK, w.EPOCH_PK)
SEED, PK = w.COUNSELLOR.ed_seed, w.COUNSELLOR.ed_pk
SECOND = compose_record(w.ORG, w.CONVERSATION, 2, b"", [MEMBER], b"", KEY_2, SEED)
THIRD = compose_record(w.ORG, w.CONVERSATION, 3, SECOND, [MEMBER, DESK], w.LIVE_PK, KEY_3, SEED)


def cases() -> Iterator[Case]:
    """All of the area."""
    yield from _composed()
    yield from _checked()
    for name, does, given in _tampered():
        yield Case(f"generation/{name}", does, "check_record", given, TAMPERED)
    for name, does, record in _malformed():
        yield Case(f"generation/{name}", does, "check_record", _second(record=record), MALFORMED)


def _composing(**changed: object) -> Json:
    given = {
        "org": w.ORG,
        "conversation": w.CONVERSATION,
        "generation": 2,
        "previous": b"",
        "recipients": [MEMBER],
        "inbox_pk": b"",
        "key": KEY_2,
        "signing_seed": SEED,
    }
    return {**given, **changed}


def _composed() -> Iterator[Case]:
    yield Case("generation/compose_second", "The first record stands on the opening.", "compose_record", _composing())
    third = _composing(generation=3, previous=SECOND, recipients=[MEMBER, DESK], inbox_pk=w.LIVE_PK, key=KEY_3)
    yield Case("generation/compose_third", "A later record stands on the one before.", "compose_record", third)
    for name, does, changed in (
        ("compose_first", "The opening has the place of record 1.", {"generation": 1}),
        ("compose_nobody", "There is no recipient.", {"recipients": []}),
        ("compose_nine", "There are nine recipients.", {"recipients": [MEMBER] * 9}),
        ("compose_short_inbox", "The inbox key is too short.", {"inbox_pk": bytes(1215)}),
    ):
        yield Case(f"generation/{name}", does, "compose_record", _composing(**changed), MALFORMED)


def _second(**changed: object) -> Json:
    given = {
        "record": SECOND,
        "org": w.ORG,
        "conversation": w.CONVERSATION,
        "generation": 2,
        "previous": b"",
        "signer_pk": PK,
        "key": KEY_2,
    }
    return {**given, **changed}


def _third(**changed: object) -> Json:
    return {**_second(record=THIRD, generation=3, previous=SECOND, key=KEY_3), **changed}


def _checked() -> Iterator[Case]:
    yield Case("generation/second", "The first record holds.", "check_record", _second())
    yield Case("generation/third", "A later record holds.", "check_record", _third())
    eight = compose_record(w.ORG, w.CONVERSATION, 2, b"", [MEMBER] * 8, b"", KEY_2, SEED)
    yield Case("generation/eight_recipients", "A record may name eight.", "check_record", _second(record=eight))


def _tampered() -> Iterator[tuple[str, str, Json]]:
    yield "wrong_org", "It is another organisation's.", _second(org=w.OTHER_ORG)
    yield "wrong_conversation", "It is another conversation's.", _second(conversation=drawn("another", 16))
    yield "wrong_generation", "Another generation is expected.", _second(generation=3)
    yield "wrong_signer", "Another member should have signed.", _second(signer_pk=w.COORDINATOR.ed_pk)
    yield "wrong_key", "The K is another one.", _second(key=w.OTHER_KEY)
    yield "wrong_previous", "It stands on another record.", _third(previous=THIRD)
    yield "previous_missing", "It stands on a record where none is known.", _third(previous=b"")
    yield "previous_unexpected", "It stands on the opening, not on a record.", _second(previous=SECOND)
    yield "bad_signature", "A bit of the signature is flipped.", _second(record=flipped(SECOND, -1))
    yield "bad_body", "A bit of the commitment is flipped.", _second(record=flipped(SECOND, -65))


def _malformed() -> Iterator[tuple[str, str, bytes]]:
    member = bind(b"member", MEMBER.id, sha256(MEMBER.pk))
    for name, does, recipients in (
        ("nobody", "It names nobody.", b""),
        ("nine_recipients", "It names nine.", bind(*[member] * 9)),
        ("unknown_recipient", "The kind of a recipient is unknown.", bind(bind(b"visitor", MEMBER.id, sha256(b"")))),
        ("short_recipient", "A recipient's id has 15 bytes.", bind(bind(b"member", bytes(15), sha256(b"")))),
        ("recipient_extra_field", "A recipient has a fourth field.", bind(member + bind(b""))),
    ):
        yield name, does, _forged(5, recipients)
    for name, does, at, field in (
        ("bad_version", "The label is of version 2.", 0, b"generation/2"),
        ("generation_one", "The generation is 1.", 3, u32(1)),
        ("short_previous", "The previous hash has 31 bytes.", 4, bytes(31)),
        ("short_inbox", "The inbox key has 1,215 bytes.", 6, bytes(1215)),
        ("short_commit", "The commitment has 31 bytes.", 7, bytes(31)),
    ):
        yield name, does, _forged(at, field)
    yield "empty", "There is nothing.", b""
    yield "truncated", "The last byte is missing.", SECOND[:-1]
    yield "trailing_byte", "A byte comes after the signature.", SECOND + b"\0"


def _forged(at: int, field: bytes) -> bytes:
    recipients = bind(bind(b"member", MEMBER.id, sha256(MEMBER.pk)))
    commit = commitment(KEY_2, w.CONVERSATION, 2)
    fields = [b"generation/1", w.ORG, w.CONVERSATION, u32(2), bytes(32), recipients, b"", commit]
    body = bind(*fields[:at], field, *fields[at + 1 :])
    return body + sign(SEED, body)
