"""Fields become bytes in one way only, so that no two meanings share the same bytes."""

from __future__ import annotations

import hashlib

from crypto.failure import Malformed

LENGTH_SIZE = 2  # a field's length is u16be, so that a field holds at most 65,535 bytes
ID_SIZE = 16
HASH_SIZE = 32
KEY_SIZE = 32
U64_LIMIT = 2**53  # JavaScript numbers and SQLite integers hold everything below exactly


def bind(*fields: bytes) -> bytes:
    """Each field as u16be(length) ‖ bytes; raises Malformed for a field over 65,535 bytes."""
    try:
        return b"".join([len(field).to_bytes(LENGTH_SIZE, "big") + field for field in fields])
    except OverflowError:
        raise Malformed("A field is too long.") from None


def unbind(raw: bytes, count: int | None = None) -> list[bytes]:
    """The fields of `raw`, exactly `count` of them when given and nothing after; raises Malformed."""
    fields: list[bytes] = []
    at = 0
    while at < len(raw):
        start = at + LENGTH_SIZE
        at = start + int.from_bytes(raw[at:start], "big")
        if start > len(raw) or at > len(raw):
            raise Malformed("A field ends after its container.")
        fields.append(raw[start:at])
    if count is not None and len(fields) != count:
        raise Malformed("The number of fields is wrong.")
    return fields


def u8(n: int) -> bytes:
    return n.to_bytes(1, "big")


def u16(n: int) -> bytes:
    return n.to_bytes(2, "big")


def u32(n: int) -> bytes:
    return n.to_bytes(4, "big")


def u64(n: int) -> bytes:
    """Eight bytes; raises Malformed from 2^53 on, which other languages could not hold."""
    if n >= U64_LIMIT:
        raise Malformed("A number is too large.")
    return n.to_bytes(8, "big")


def parse_u32(raw: bytes) -> int:
    """The number in exactly four bytes; raises Malformed."""
    return int.from_bytes(exactly(raw, 4), "big")


def parse_u64(raw: bytes) -> int:
    """The number in exactly eight bytes, below 2^53; raises Malformed."""
    n = int.from_bytes(exactly(raw, 8), "big")
    if n >= U64_LIMIT:
        raise Malformed("A number is too large.")
    return n


def exactly(raw: bytes, size: int) -> bytes:
    """`raw` itself when it has `size` bytes; raises Malformed."""
    if len(raw) != size:
        raise Malformed("A field has the wrong length.")
    return raw


def parse_text(raw: bytes) -> str:
    """UTF-8 decoded strictly; raises Malformed."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("Text is not UTF-8.") from None


def serialize_text(text: str) -> bytes:
    """UTF-8; raises Malformed for a lone surrogate, which has no UTF-8."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("Text is not UTF-8.") from None


def only_zeros(raw: bytes) -> None:
    """Padding carries nothing; raises Malformed when it does."""
    if raw.count(0) != len(raw):
        raise Malformed("Padding is not zero.")


def sha256(b: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(b).digest()


def organisation(root_pk: bytes) -> bytes:
    """`org`, 32 bytes: the fingerprint of an organisation's Ed25519 root."""
    return sha256(bind(b"org/1", exactly(root_pk, KEY_SIZE)))


def conversation_id(org: bytes, visitor_pk: bytes, challenge: bytes = b"", solution: bytes = b"") -> bytes:
    """16 bytes that commit to the visitor's Ed25519 key, so that whoever proves it holds the conversation."""
    return sha256(bind(b"conversation/1", org, visitor_pk, challenge, solution))[:ID_SIZE]
