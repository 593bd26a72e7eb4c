"""Who vouches for whom: the root signs delegations, a delegated coordinator signs members and desk epochs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from crypto.binding import (
    HASH_SIZE,
    ID_SIZE,
    KEY_SIZE,
    U64_LIMIT,
    bind,
    exactly,
    organisation,
    parse_text,
    parse_u32,
    parse_u64,
    serialize_text,
    sha256,
    u32,
    u64,
    unbind,
)
from crypto.failure import Malformed, Tampered
from crypto.primitives import SIGNATURE_SIZE, sign, signing_public, verify

LABEL = b"statement/1"
DELEGATION = "delegation"
MEMBER = "member"
DESK_EPOCH = "desk-epoch"
TYPES = frozenset({DELEGATION, MEMBER, DESK_EPOCH})
ROLES = frozenset({"counsellor", "coordinator"})
NAME_LIMIT = 64  # bytes, so that an introduction fits into one frame
FIELDS = 9
TOLERANCE = 2  # days; clocks of visitors' devices are wrong more often than statements are stolen
_PIN = re.compile(r"([A-Za-z0-9_-]{43})\.(0|[1-9][0-9]{0,15})", re.ASCII)


@dataclass(frozen=True)
class Statement:
    """A statement whose signature holds; whether its issuer may say so is for `check_chain`."""

    type: str
    org: bytes
    issuer: bytes
    subject: bytes
    serial: int
    not_before: int
    not_after: int
    payload: bytes
    raw: bytes


@dataclass(frozen=True)
class Pin:
    """Where trust starts: the root's fingerprint and the lowest delegation serial that still counts."""

    org: bytes
    serial: int

    def serialize(self) -> str:
        """43 base64url characters without padding, a dot, the serial in decimal."""
        return f"{base64.urlsafe_b64encode(self.org).rstrip(b'=').decode('ascii')}.{self.serial}"


def parse_pin(text: str) -> Pin:
    """The pin of a snippet or a poster; raises Malformed."""
    match = _PIN.fullmatch(text)
    if match is None or int(match[2]) >= U64_LIMIT:
        raise Malformed("The pin has another shape.")
    pin = Pin(_parse_base64url(match[1]), int(match[2]))
    if pin.serialize() != text:
        raise Malformed("The pin has loose bits.")
    return pin


def make_statement(
    type: str,
    org: bytes,
    issuer_seed: bytes,
    subject: bytes,
    serial: int,
    not_before: int,
    not_after: int,
    payload: bytes,
) -> bytes:
    """A signed statement; days are days since 1970-01-01, both included; raises Malformed for an impossible one."""
    body = bind(
        LABEL,
        type.encode("ascii"),
        org,
        signing_public(issuer_seed),
        subject,
        u64(serial),
        u32(not_before),
        u32(not_after),
        payload,
    )
    raw = body + sign(issuer_seed, body)
    _parse_shape(raw)
    return raw


def parse_statement(raw: bytes) -> Statement:
    """The statement, if its issuer signed it; raises Malformed, Tampered."""
    statement = _parse_shape(raw)
    _verify(statement)
    return statement


def check_delegation(pin: Pin, delegation: bytes, today: int | None) -> Statement:
    """The delegation, if it counts under this pin; raises Malformed, Tampered."""
    parsed = _parse_shape(delegation)
    _parse_delegate(parsed)
    _verify(parsed)
    _check_root(pin, parsed)
    _check_life(parsed, today)
    return parsed


def check_chain(pin: Pin, delegation: bytes, statement: bytes, type: str, today: int | None) -> Statement:
    """The statement, if a coordinator delegated under this pin made it and it is of this type and valid today.

    Both are raw bytes. `today` None checks an old message: the chain, not the expiry. Raises Malformed for either
    shape before any signature is looked at, then Tampered.
    """
    above, parsed = _parse_shape(delegation), _parse_shape(statement)
    delegate = _parse_delegate(above)
    _verify(above)
    _verify(parsed)
    _check_root(pin, above)
    if parsed.type == DELEGATION or parsed.type != type:
        raise Tampered("The statement is of another type.")
    if parsed.org != pin.org or parsed.issuer != delegate:
        raise Tampered("The statement is not by this delegate.")
    _check_life(above, today)
    _check_life(parsed, today)
    return parsed


def delegation_payload(ed_pk: bytes) -> bytes:
    """What a delegation says: the coordinator's Ed25519 key."""
    return bind(exactly(ed_pk, KEY_SIZE))


@dataclass(frozen=True)
class MemberClaim:
    """What a member statement says; `key_hash` is the SHA-256 of the X-Wing key."""

    desk: bytes
    role: str
    name: str
    ed_pk: bytes
    key_hash: bytes


def member_payload(desk: bytes, role: str, name: str, ed_pk: bytes, xwing_pk: bytes) -> bytes:
    """`name` is the working name, 1 to 64 bytes of UTF-8; raises Malformed."""
    payload = bind(desk, role.encode("ascii"), serialize_text(name), ed_pk, sha256(xwing_pk))
    _parse_member(payload)
    return payload


def member_claim(statement: Statement) -> MemberClaim:
    """Raises Tampered for another type, Malformed for another payload."""
    return _parse_member(_payload_of(statement, MEMBER))


@dataclass(frozen=True)
class EpochClaim:
    """What a desk-epoch statement says; `key_hash` is the SHA-256 of the X-Wing key."""

    epoch: int
    key_hash: bytes


def epoch_payload(epoch: int, xwing_pk: bytes) -> bytes:
    """The epoch is a u32."""
    return bind(u32(epoch), sha256(xwing_pk))


def epoch_claim(statement: Statement) -> EpochClaim:
    """Raises Tampered for another type, Malformed for another payload."""
    epoch, key_hash = unbind(_payload_of(statement, DESK_EPOCH), 2)
    return EpochClaim(parse_u32(epoch), exactly(key_hash, HASH_SIZE))


def check_key(claim_hash: bytes, pk: bytes) -> None:
    """The key comes beside the statement; raises Tampered when it is not the one that was signed."""
    if sha256(pk) != claim_hash:
        raise Tampered("The key is not the one that was signed.")


@dataclass(frozen=True)
class Serials:
    """The highest serial seen for each type and subject, so that nobody can show us an older statement."""

    highest: Mapping[str, int] = field(default_factory=dict)

    def admit(self, statement: Statement) -> Serials:
        """These serials and the statement's; raises Tampered when a higher one was seen."""
        key = f"{statement.type}:{statement.subject.hex()}"
        if statement.serial < self.highest.get(key, 0):
            raise Tampered("A newer statement was seen before.")
        return Serials({**self.highest, key: statement.serial})

    def serialize(self) -> dict[str, int]:
        """`type:subject in hex` to serial, fit for JSON."""
        return dict(self.highest)


def parse_serials(stored: Mapping[str, int]) -> Serials:
    """What `Serials.serialize` gave."""
    return Serials(dict(stored))


def _parse_shape(raw: bytes) -> Statement:
    fields = unbind(raw[:-SIGNATURE_SIZE], FIELDS)
    label, type, org, issuer, subject, serial, not_before, not_after, payload = fields
    name = type.decode("latin-1")
    if label != LABEL or name not in TYPES:
        raise Malformed("The statement is of an unknown kind.")
    life = parse_u32(not_before), parse_u32(not_after)
    if life[0] > life[1]:
        raise Malformed("The statement ends before it begins.")
    exactly(org, HASH_SIZE)
    exactly(issuer, KEY_SIZE)
    exactly(subject, ID_SIZE)
    return Statement(name, org, issuer, subject, parse_u64(serial), *life, payload, raw)


def _verify(statement: Statement) -> None:
    verify(statement.issuer, statement.raw[-SIGNATURE_SIZE:], statement.raw[:-SIGNATURE_SIZE])


def _check_root(pin: Pin, delegation: Statement) -> None:
    if delegation.type != DELEGATION:
        raise Tampered("The statement above is not a delegation.")
    if delegation.org != pin.org or organisation(delegation.issuer) != pin.org:
        raise Tampered("The delegation is by another root.")
    if delegation.serial < pin.serial:
        raise Tampered("The delegation is older than the pin.")


def _check_life(statement: Statement, today: int | None) -> None:
    if today is None:
        return
    if not statement.not_before - TOLERANCE <= today <= statement.not_after + TOLERANCE:
        raise Tampered("The statement is not valid today.")


def _parse_delegate(delegation: Statement) -> bytes:
    if delegation.type != DELEGATION:
        raise Tampered("The statement above is not a delegation.")
    (delegate,) = unbind(delegation.payload, 1)
    return exactly(delegate, KEY_SIZE)


def _payload_of(statement: Statement, type: str) -> bytes:
    if statement.type != type:
        raise Tampered("The statement is of another type.")
    return statement.payload


def _parse_member(payload: bytes) -> MemberClaim:
    desk, role, name, ed_pk, key_hash = unbind(payload, 5)
    role_name = role.decode("latin-1")
    if role_name not in ROLES or not 1 <= len(name) <= NAME_LIMIT:
        raise Malformed("The member's role or name is out of range.")
    return MemberClaim(
        exactly(desk, ID_SIZE), role_name, parse_text(name), exactly(ed_pk, KEY_SIZE), exactly(key_hash, HASH_SIZE)
    )


def _parse_base64url(text: str) -> bytes:
    try:
        return exactly(base64.urlsafe_b64decode(text + "="), HASH_SIZE)
    except binascii.Error:
        raise Malformed("The pin has another shape.") from None
