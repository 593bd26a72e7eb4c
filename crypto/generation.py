"""A conversation's key changes by a record that a member signs: who receives K_g, and to which K_g it commits."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from crypto.binding import HASH_SIZE, ID_SIZE, KEY_SIZE, bind, exactly, parse_u32, sha256, u32, unbind
from crypto.failure import Malformed, Tampered
from crypto.hpke import PUBLIC_SIZE
from crypto.primitives import SIGNATURE_SIZE, hkdf, sign, verify
from crypto.wrap import Recipient

SALT = b"conversation/1"
LABEL = b"generation/1"
NO_RECORD = bytes(HASH_SIZE)  # the opening stands in the place of record 1
FIRST_RECORD = 2
RECIPIENTS_LIMIT = 8
FIELDS = 8
RECIPIENT_FIELDS = 3
RECIPIENT_KINDS = frozenset({"desk-epoch", "member", "member-epoch", "coordination", "live", "code"})


@dataclass(frozen=True)
class RecipientClaim:
    """A recipient as a record names it: the key by its SHA-256."""

    kind: str
    id: bytes
    key_hash: bytes


@dataclass(frozen=True)
class Record:
    """A parsed, not yet checked record of generation g ≥ 2. `inbox_pk` is 1,216 bytes or empty."""

    org: bytes
    conversation: bytes
    generation: int
    previous: bytes
    recipients: tuple[RecipientClaim, ...]
    inbox_pk: bytes
    commit: bytes
    raw: bytes


def commitment(key: bytes, conversation: bytes, generation: int) -> bytes:
    """32 bytes that fit one K only: AES-GCM alone does not commit to its key."""
    return hkdf(key, SALT, bind(b"commit", conversation, u32(generation)))


def check_commitment(commit: bytes, key: bytes, conversation: bytes, generation: int) -> None:
    """Raises Tampered when `key` is not the K that was committed to."""
    if not hmac.compare_digest(commit, commitment(key, conversation, generation)):
        raise Tampered("The key does not match its commitment.")


def compose_record(
    org: bytes,
    conversation: bytes,
    generation: int,
    previous: bytes,
    recipients: Sequence[Recipient],
    inbox_pk: bytes,
    key: bytes,
    signing_seed: bytes,
) -> bytes:
    """The signed record of generation ≥ 2; `previous` is the record before it, empty for generation 2."""
    body = bind(
        LABEL,
        org,
        conversation,
        u32(generation),
        _link(previous),
        bind(*(bind(r.kind.encode("ascii"), r.id, sha256(r.pk)) for r in recipients)),
        inbox_pk,
        commitment(key, conversation, generation),
    )
    record = body + sign(signing_seed, body)
    parse_record(record)
    return record


def parse_record(raw: bytes) -> Record:
    """The fields of a record, its signature not yet checked (`check_record`); raises Malformed."""
    fields = unbind(raw[:-SIGNATURE_SIZE], FIELDS)
    label, org, conversation, number, previous, recipients, inbox_pk, commit = fields
    generation = parse_u32(number)
    if label != LABEL or generation < FIRST_RECORD or len(inbox_pk) not in (0, PUBLIC_SIZE):
        raise Malformed("The record has an unknown value.")
    return Record(
        exactly(org, HASH_SIZE),
        exactly(conversation, ID_SIZE),
        generation,
        exactly(previous, HASH_SIZE),
        _parse_recipients(recipients),
        inbox_pk,
        exactly(commit, KEY_SIZE),
        raw,
    )


def check_record(
    raw: bytes, org: bytes, conversation: bytes, generation: int, previous: bytes, signer_pk: bytes, key: bytes
) -> Record:
    """The record, checked before K_g is used: signer, place, record before, commitment; raises Malformed, Tampered."""
    record = parse_record(raw)
    verify(signer_pk, raw[-SIGNATURE_SIZE:], raw[:-SIGNATURE_SIZE])
    if (record.org, record.conversation, record.generation) != (org, conversation, generation):
        raise Tampered("The record belongs elsewhere.")
    if record.previous != _link(previous):
        raise Tampered("The record does not follow the one before.")
    check_commitment(record.commit, key, conversation, generation)
    return record


def _link(previous: bytes) -> bytes:
    return sha256(previous) if previous else NO_RECORD


def _parse_recipients(raw: bytes) -> tuple[RecipientClaim, ...]:
    recipients = tuple(_parse_recipient(field) for field in unbind(raw))
    if not 1 <= len(recipients) <= RECIPIENTS_LIMIT:
        raise Malformed("A record has one to eight recipients.")
    return recipients


def _parse_recipient(raw: bytes) -> RecipientClaim:
    kind, id, key_hash = unbind(raw, RECIPIENT_FIELDS)
    name = kind.decode("latin-1")
    if name not in RECIPIENT_KINDS:
        raise Malformed("The kind of a recipient is unknown.")
    return RecipientClaim(name, exactly(id, ID_SIZE), exactly(key_hash, HASH_SIZE))
