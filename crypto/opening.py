"""How a conversation begins: K_1 wrapped to one or two desks, and the visitor's public keys sealed under K_1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crypto.binding import KEY_SIZE, bind, conversation_id, exactly, only_zeros, sha256
from crypto.failure import NotForThisKey, Tampered
from crypto.generation import SALT, check_commitment, commitment
from crypto.hpke import PUBLIC_SIZE
from crypto.primitives import (
    NONCE_SIZE,
    SIGNATURE_SIZE,
    TAG_SIZE,
    gcm_open,
    gcm_seal,
    hkdf,
    sign,
    signing_public,
    verify,
)
from crypto.shapes import (
    OPENING_SIZE,
    STUB_BASE,
    WRAP_SIZE,
    StubEntry,
    StubShape,
    parse_stub,
    sealed_size,
    serialize_stub,
)
from crypto.wrap import CONVERSATION_KEY, Recipient, unwrap, wrap

FIRST_GENERATION = 1
KEYS_SIZE = PUBLIC_SIZE + KEY_SIZE  # live pk ‖ visitor pk
REST_SIZE = KEYS_SIZE + SIGNATURE_SIZE
_NONCE = bytes(NONCE_SIZE)  # fixed, because the key is derived from a K_1 that seals one opening only


@dataclass(frozen=True)
class DeskKey:
    """A desk's epoch key, 1,216 bytes, as its statement vouches for it."""

    desk: bytes
    epoch: int
    pk: bytes


@dataclass(frozen=True)
class Opened:
    """What the desk learns from an opening: K_1, the visitor's Ed25519 key and live X-Wing key."""

    conversation: bytes
    key: bytes = field(repr=False)
    visitor_pk: bytes
    live_pk: bytes


def compose_opening(
    org: bytes,
    key: bytes,
    visitor_seed: bytes,
    live_pk: bytes,
    desks: Sequence[DeskKey],
    challenge: bytes = b"",
    solution: bytes = b"",
) -> bytes:
    """4,096 bytes for one or two desks; `key` is a fresh K_1 of 32 random bytes. Draws HPKE's own randomness."""
    visitor_pk = signing_public(visitor_seed)
    conversation = conversation_id(org, visitor_pk, challenge, solution)
    wraps = [wrap(org, CONVERSATION_KEY, conversation, FIRST_GENERATION, _recipient(d), key) for d in desks]
    entries = tuple(StubEntry(d.desk, d.epoch, sha256(w)) for d, w in zip(desks, wraps, strict=True))
    commit = commitment(key, conversation, FIRST_GENERATION)
    stub = serialize_stub(StubShape(conversation, challenge, solution, commit, entries))
    keys = exactly(live_pk, PUBLIC_SIZE) + exactly(visitor_pk, KEY_SIZE)
    rest = keys + sign(visitor_seed, _signed(stub, live_pk))
    padded = rest.ljust(sealed_size(len(desks)) - TAG_SIZE, b"\0")
    sealed = gcm_seal(_sealing_key(key, conversation), _NONCE, padded, stub)
    rows = b"".join(d.desk + d.epoch.to_bytes(4, "big") + w for d, w in zip(desks, wraps, strict=True))
    return exactly(stub[:STUB_BASE] + rows + sealed, OPENING_SIZE)


def open_opening(org: bytes, stub: bytes, wrapped: bytes, sealed: bytes, desk: DeskKey, seed: bytes) -> Opened:
    """What the server keeps of an opening, opened with the desk's epoch seed.

    Raises Malformed for shapes, NotForThisKey when the desk is not named or the wrap does not open, Tampered when
    the wrap, K_1, the rest or the visitor's key is not what the stub says, or the visitor did not sign it.
    """
    shape = parse_stub(stub)
    exactly(sealed, sealed_size(len(shape.entries)))
    exactly(wrapped, WRAP_SIZE)
    entry = _entry_of(shape, desk)
    key = unwrap(org, CONVERSATION_KEY, shape.conversation, FIRST_GENERATION, _recipient(desk), seed, wrapped)
    if sha256(wrapped) != entry.wrap_hash:
        raise Tampered("The wrap is not the one the opening was made with.")
    check_commitment(shape.commit, key, shape.conversation, FIRST_GENERATION)
    padded = gcm_open(_sealing_key(key, shape.conversation), _NONCE, sealed, stub)
    only_zeros(padded[REST_SIZE:])
    live_pk, visitor_pk, signature = padded[:PUBLIC_SIZE], padded[PUBLIC_SIZE:KEYS_SIZE], padded[KEYS_SIZE:REST_SIZE]
    if conversation_id(org, visitor_pk, shape.challenge, shape.solution) != shape.conversation:
        raise Tampered("The conversation is not the visitor's.")
    # A server learns the visitor's public key from the first proof: without this it could seal a K of its own.
    verify(visitor_pk, signature, _signed(stub, live_pk))
    return Opened(shape.conversation, key, visitor_pk, live_pk)


def _entry_of(shape: StubShape, desk: DeskKey) -> StubEntry:
    for entry in shape.entries:
        if (entry.desk, entry.epoch) == (desk.desk, desk.epoch):
            return entry
    raise NotForThisKey("The opening is not for this desk and epoch.")


def _recipient(desk: DeskKey) -> Recipient:
    return Recipient("desk-epoch", desk.desk, desk.pk)


def _signed(stub: bytes, live_pk: bytes) -> bytes:
    return bind(b"opening/1", stub, live_pk)


def _sealing_key(key: bytes, conversation: bytes) -> bytes:
    return hkdf(key, SALT, bind(b"opening", conversation))
