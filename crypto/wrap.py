"""A 32-byte secret wrapped to one recipient; everything that gives it meaning goes into HPKE's info."""

from __future__ import annotations

from dataclasses import dataclass

from crypto import hpke
from crypto.binding import HASH_SIZE, ID_SIZE, KEY_SIZE, bind, exactly, sha256, u32
from crypto.shapes import WRAP_SIZE

CONVERSATION_KEY = "K"
DESK_SEED = "desk-epoch"


@dataclass(frozen=True)
class Recipient:
    """Who may unwrap: a kind (`desk-epoch`, `member`, …), a 16-byte id and the 1,216-byte X-Wing key."""

    kind: str
    id: bytes
    pk: bytes


def wrap(org: bytes, what: str, id: bytes, number: int, recipient: Recipient, secret: bytes) -> bytes:
    """`secret` (32 bytes) for `recipient`: 1,168 bytes. `number` is the generation of a K, the epoch of a seed."""
    return hpke.seal(recipient.pk, _info(org, what, id, number, recipient), exactly(secret, KEY_SIZE))


def unwrap(org: bytes, what: str, id: bytes, number: int, recipient: Recipient, seed: bytes, wrapped: bytes) -> bytes:
    """The 32-byte secret; raises Malformed for another length, NotForThisKey when anything bound differs.

    A seed must still give the signed public key (`statement.check_key`), a K match its commitment.
    """
    exactly(wrapped, WRAP_SIZE)
    return hpke.open_sealed(seed, _info(org, what, id, number, recipient), wrapped)


def _info(org: bytes, what: str, id: bytes, number: int, recipient: Recipient) -> bytes:
    return bind(
        b"wrap/1",
        exactly(org, HASH_SIZE),
        what.encode("ascii"),
        exactly(id, ID_SIZE),
        u32(number),
        recipient.kind.encode("ascii"),
        exactly(recipient.id, ID_SIZE),
        sha256(exactly(recipient.pk, hpke.PUBLIC_SIZE)),
    )
