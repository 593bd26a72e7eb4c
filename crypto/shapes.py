"""What a server may know about sealed things: their sizes and open fields. Nothing in this file needs a key."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from crypto.binding import HASH_SIZE, ID_SIZE, KEY_SIZE, U64_LIMIT, only_zeros, sha256
from crypto.failure import Malformed

VERSION = 1
VISITOR = 1
STAFF = 2
INSTANCE_SIZE = 8

FRAME_SIZE = 1024
HEADER_SIZE = 39
_FRAME_HEADER = struct.Struct(">BB16sIB8sQ")

OPENING_SIZE = 4096
WRAP_SIZE = 1168
CHALLENGE_LIMIT = 32
CHALLENGE_AREA = 64  # challenge ‖ solution ‖ zeros
WRAPS_LIMIT = 2
STUB_BASE = 116  # everything before the first wrap
STUB_ENTRY = 52  # desk 16 ‖ u32 epoch ‖ SHA-256(wrap) 32
_OPENING_HEAD = struct.Struct(f">B{ID_SIZE}sBB{CHALLENGE_AREA}s{KEY_SIZE}sB")
_DESK_SIZE = ID_SIZE + 4


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """The open 39 bytes of a frame. Identity: (conversation, instance, counter); ephemeral frames count apart."""

    stored: bool
    conversation: bytes
    generation: int
    direction: int
    instance: bytes
    counter: int


def parse_frame_header(frame: bytes) -> FrameHeader:
    """The header of a 1,024-byte frame; raises Malformed. Called for every frame: one unpack and four comparisons."""
    if len(frame) != FRAME_SIZE:
        raise Malformed("A frame has 1,024 bytes.")
    version, stored, conversation, generation, direction, instance, counter = _FRAME_HEADER.unpack_from(frame)
    if version != VERSION or stored > 1 or generation < 1 or direction not in (VISITOR, STAFF):
        raise Malformed("The frame's header has an unknown value.")
    if counter >= U64_LIMIT:
        raise Malformed("The frame's counter is too large.")
    return FrameHeader(stored == 1, conversation, generation, direction, instance, counter)


def serialize_header(header: FrameHeader) -> bytes:
    """The 39 bytes of a header."""
    return _FRAME_HEADER.pack(
        VERSION,
        header.stored,
        header.conversation,
        header.generation,
        header.direction,
        header.instance,
        header.counter,
    )


@dataclass(frozen=True)
class OpeningWrap:
    """K_1 wrapped to one desk's epoch key."""

    desk: bytes
    epoch: int
    wrap: bytes


@dataclass(frozen=True)
class OpeningShape:
    """An opening as it arrives; `stub` and `sealed` stay when wraps are destroyed."""

    conversation: bytes
    challenge: bytes
    solution: bytes
    commit: bytes
    wraps: tuple[OpeningWrap, ...]
    stub: bytes
    sealed: bytes


@dataclass(frozen=True)
class StubEntry:
    """The place of one wrap in a stub."""

    desk: bytes
    epoch: int
    wrap_hash: bytes


@dataclass(frozen=True)
class StubShape:
    """An opening's stub: what its sealed rest is bound to."""

    conversation: bytes
    challenge: bytes
    solution: bytes
    commit: bytes
    entries: tuple[StubEntry, ...]


@dataclass(frozen=True)
class _Head:
    conversation: bytes
    challenge: bytes
    solution: bytes
    commit: bytes
    wraps: int


def parse_opening(raw: bytes) -> OpeningShape:
    """An opening of exactly 4,096 bytes; raises Malformed."""
    if len(raw) != OPENING_SIZE:
        raise Malformed("An opening has 4,096 bytes.")
    head = _parse_head(raw)
    size = _DESK_SIZE + WRAP_SIZE
    end = STUB_BASE + head.wraps * size
    wraps = tuple(OpeningWrap(desk, epoch, wrap) for desk, epoch, wrap in _rows(raw[STUB_BASE:end], size))
    entries = tuple(StubEntry(w.desk, w.epoch, sha256(w.wrap)) for w in wraps)
    stub = raw[:STUB_BASE] + serialize_entries(entries)
    return OpeningShape(head.conversation, head.challenge, head.solution, head.commit, wraps, stub, raw[end:])


def parse_stub(stub: bytes) -> StubShape:
    """A stub of 116 + n × 52 bytes; raises Malformed."""
    head = _parse_head(stub)
    if len(stub) != STUB_BASE + head.wraps * STUB_ENTRY:
        raise Malformed("The stub has the wrong length.")
    entries = tuple(StubEntry(*row) for row in _rows(stub[STUB_BASE:], STUB_ENTRY))
    return StubShape(head.conversation, head.challenge, head.solution, head.commit, entries)


def serialize_stub(shape: StubShape) -> bytes:
    """The bytes of a stub; raises Malformed when the challenge, its solution or the entries are out of range."""
    if max(len(shape.challenge), len(shape.solution)) > CHALLENGE_LIMIT:
        raise Malformed("The challenge or its solution is too long.")
    if not 1 <= len(shape.entries) <= WRAPS_LIMIT:
        raise Malformed("An opening has one or two wraps.")
    return _OPENING_HEAD.pack(
        VERSION,
        shape.conversation,
        len(shape.challenge),
        len(shape.solution),
        shape.challenge + shape.solution,
        shape.commit,
        len(shape.entries),
    ) + serialize_entries(shape.entries)


def serialize_entries(entries: tuple[StubEntry, ...]) -> bytes:
    """desk 16 ‖ u32 epoch ‖ hash 32 for each wrap."""
    return b"".join(e.desk + e.epoch.to_bytes(4, "big") + e.wrap_hash for e in entries)


def sealed_size(wraps: int) -> int:
    """How long the sealed rest of an opening with so many wraps is."""
    return OPENING_SIZE - STUB_BASE - wraps * (_DESK_SIZE + WRAP_SIZE)


def _parse_head(raw: bytes) -> _Head:
    if len(raw) < STUB_BASE:
        raise Malformed("The opening is too short.")
    version, conversation, challenge, solution, area, commit, wraps = _OPENING_HEAD.unpack_from(raw)
    if version != VERSION or not 1 <= wraps <= WRAPS_LIMIT:
        raise Malformed("The opening's head has an unknown value.")
    if challenge > CHALLENGE_LIMIT or solution > CHALLENGE_LIMIT:
        raise Malformed("The challenge or its solution is too long.")
    end = challenge + solution
    only_zeros(area[end:])
    return _Head(conversation, area[:challenge], area[challenge:end], commit, wraps)


def _rows(raw: bytes, size: int) -> list[tuple[bytes, int, bytes]]:
    rows = [raw[at : at + size] for at in range(0, len(raw), size)]
    desks = [row[:_DESK_SIZE] for row in rows]
    if len(set(desks)) != len(desks):
        raise Malformed("Two wraps are for the same key.")
    return [(row[:ID_SIZE], int.from_bytes(row[ID_SIZE:_DESK_SIZE], "big"), row[_DESK_SIZE:]) for row in rows]


assert _FRAME_HEADER.size == HEADER_SIZE
assert _OPENING_HEAD.size == STUB_BASE
assert STUB_ENTRY == _DESK_SIZE + HASH_SIZE
