"""One sealed message of 1,024 bytes, the same size for every kind, so that only the number of frames can be seen."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum

from crypto.binding import U64_LIMIT, bind, only_zeros, sha256, u8, u32, u64
from crypto.failure import Malformed
from crypto.generation import SALT
from crypto.primitives import SIGNATURE_SIZE, TAG_SIZE, gcm_open, gcm_seal, hkdf, sign, verify
from crypto.shapes import FRAME_SIZE, HEADER_SIZE, INSTANCE_SIZE, FrameHeader, parse_frame_header
from crypto.shapes import serialize_header as serialize_header  # the API names it here; it needs no key

CHAIN_SIZE = 16
NO_CHAIN = bytes(CHAIN_SIZE)
HEAD_SIZE = INSTANCE_SIZE + 8 + CHAIN_SIZE
HEADS = 3
TEXT_SIZE = 786
PARTS_LIMIT = 16
RECEIPT_SIZE = INSTANCE_SIZE + 8
RECEIPTS_LIMIT = 8
_NO_HEAD = bytes(HEAD_SIZE)
_NO_SIGNATURE = bytes(SIGNATURE_SIZE)
_PREFIX = struct.Struct(f">BHHH{CHAIN_SIZE}s{HEADS * HEAD_SIZE}s")
_HEAD = struct.Struct(f">{INSTANCE_SIZE}sQ{CHAIN_SIZE}s")
_SIGNATURE_END = _PREFIX.size + SIGNATURE_SIZE


class Kind(IntEnum):
    """What a frame carries; from 16 on it is never stored."""

    TEXT = 1
    INTRODUCTION = 2
    FAREWELL = 3
    TYPING = 16
    RECEIPT = 17


KINDS = frozenset(kind.value for kind in Kind)
EPHEMERAL = frozenset({Kind.TYPING, Kind.RECEIPT})


@dataclass(frozen=True)
class Head:
    """The newest frame heard of another instance."""

    instance: bytes
    counter: int
    chain: bytes


@dataclass(frozen=True)
class Content:
    """What is inside: at most 3 heads and 786 bytes of text; `part` counts from 0."""

    kind: Kind
    part: int
    parts: int
    previous: bytes
    heads: tuple[Head, ...]
    text: bytes = field(repr=False)


@dataclass(frozen=True)
class OpenedFrame:
    """An opened frame; nobody has vouched for it before `verify_frame`."""

    header: FrameHeader
    content: Content
    signature: bytes
    signed: bytes = field(repr=False)


def chain(previous: bytes, frame: bytes) -> bytes:
    """16 bytes that stand for this frame and every one before it in its instance."""
    return sha256(bind(b"chain/1", previous, frame))[:CHAIN_SIZE]


def seal_frame(key: bytes, header: FrameHeader, content: Content, signing_seed: bytes | None) -> bytes:
    """1,024 bytes under K_g, signed when stored. Seal a header once: its counter is the nonce. Raises Malformed."""
    open_part = serialize_header(header)
    prefix, text = _serialize_content(content)
    _check_kind(header.stored, content, signing_seed is None)
    if header.stored and signing_seed is None:
        raise Malformed("A stored frame is signed.")
    signature = _NO_SIGNATURE if signing_seed is None else sign(signing_seed, _signed(open_part, prefix + text))
    return open_part + gcm_seal(_frame_key(key, header), _nonce(header), prefix + signature + text, open_part)


def open_frame(key: bytes, frame: bytes) -> OpenedFrame:
    """The frame opened under its generation's K; raises Malformed for shapes, Tampered when the tag does not hold."""
    header = parse_frame_header(frame)
    open_part = frame[:HEADER_SIZE]
    plain = gcm_open(_frame_key(key, header), _nonce(header), frame[HEADER_SIZE:], open_part)
    content = _parse_content(plain)
    signature = plain[_PREFIX.size : _SIGNATURE_END]
    _check_kind(header.stored, content, signature == _NO_SIGNATURE)
    unsigned = plain[: _PREFIX.size] + plain[_SIGNATURE_END:]
    return OpenedFrame(header, content, signature, _signed(open_part, unsigned))


def verify_frame(opened: OpenedFrame, pk: bytes) -> None:
    """Raises Tampered when the holder of `pk` did not sign this frame."""
    verify(pk, opened.signature, opened.signed)


def parse_receipts(text: bytes) -> tuple[tuple[bytes, int], ...]:
    """(instance, counter) of a receipt: everything up to there was opened; raises Malformed."""
    if not text or len(text) % RECEIPT_SIZE or len(text) > RECEIPTS_LIMIT * RECEIPT_SIZE:
        raise Malformed("The receipt has the wrong length.")
    rows = [text[at : at + RECEIPT_SIZE] for at in range(0, len(text), RECEIPT_SIZE)]
    return tuple((row[:INSTANCE_SIZE], _small(int.from_bytes(row[INSTANCE_SIZE:], "big"))) for row in rows)


def _frame_key(key: bytes, header: FrameHeader) -> bytes:
    label = b"message" if header.stored else b"ephemeral"
    info = bind(label, header.conversation, u32(header.generation), u8(header.direction), header.instance)
    return hkdf(key, SALT, info)


def _nonce(header: FrameHeader) -> bytes:
    return bytes(4) + u64(header.counter)


def _signed(open_part: bytes, unsigned: bytes) -> bytes:
    return bind(b"frame/1", open_part, unsigned)


def _serialize_content(content: Content) -> tuple[bytes, bytes]:
    if len(content.heads) > HEADS or len(content.text) > TEXT_SIZE:
        raise Malformed("The content does not fit into a frame.")
    heads = b"".join(_HEAD.pack(h.instance, _small(h.counter), h.chain) for h in content.heads)
    prefix = _PREFIX.pack(content.kind, content.part, content.parts, len(content.text), content.previous, heads)
    return prefix, content.text.ljust(TEXT_SIZE, b"\0")


def _parse_content(plain: bytes) -> Content:
    kind, part, parts, length, previous, heads = _PREFIX.unpack_from(plain)
    if kind not in KINDS or length > TEXT_SIZE:
        raise Malformed("The frame's content has an unknown value.")
    text = plain[_SIGNATURE_END:]
    only_zeros(text[length:])
    return Content(Kind(kind), part, parts, previous, _parse_heads(heads), text[:length])


def _parse_heads(raw: bytes) -> tuple[Head, ...]:
    rows = [raw[at : at + HEAD_SIZE] for at in range(0, len(raw), HEAD_SIZE)]
    return tuple(_parse_head(row) for row in rows if row != _NO_HEAD)


def _parse_head(row: bytes) -> Head:
    instance, counter, value = _HEAD.unpack(row)
    if value == NO_CHAIN:
        raise Malformed("A head has no chain.")
    return Head(instance, _small(counter), value)


def _check_kind(stored: bool, content: Content, unsigned: bool) -> None:
    parts_limit = PARTS_LIMIT if content.kind == Kind.TEXT else 1
    if not content.part < content.parts <= parts_limit:
        raise Malformed("The frame's part is out of range.")
    if stored != (content.kind not in EPHEMERAL):
        raise Malformed("This kind of frame is stored otherwise.")
    if not stored and (not unsigned or content.previous != NO_CHAIN or content.heads):
        raise Malformed("An ephemeral frame carries no chain, heads or signature.")
    _check_text(content)


def _check_text(content: Content) -> None:
    if content.kind == Kind.TYPING and content.text not in (b"\0", b"\1"):
        raise Malformed("Typing is one byte, 0 or 1.")
    if content.kind == Kind.RECEIPT:
        parse_receipts(content.text)


def _small(counter: int) -> int:
    if counter >= U64_LIMIT:
        raise Malformed("A counter is too large.")
    return counter


assert HEADER_SIZE + _SIGNATURE_END + TEXT_SIZE + TAG_SIZE == FRAME_SIZE
