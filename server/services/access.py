"""The only way to a conversation: each function says who may reach it, and refuses everybody else with `unknown`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from crypto.atrest import RestKey
from crypto.binding import unbind
from crypto.failure import CryptoError
from crypto.proof import check_proof
from crypto.shapes import StubShape, parse_stub
from server.model.conversation import Phase, Side
from server.model.refusal import Code, Refusal
from server.storage import conversations
from server.storage.conversations import Conversation
from server.storage.keystore import KeyGone, Keystore, frames_name

NO_STUB = StubShape(bytes(16), b"", b"", bytes(32), ())
"""Stands in for an unknown conversation, so that the answer costs the same work."""


@dataclass(frozen=True, slots=True)
class Access:
    """A conversation that somebody may reach, and as whom. `key` is the shred key over its frames."""

    conversation: Conversation
    side: Side
    member: bytes | None
    key: RestKey


@dataclass(frozen=True, slots=True)
class Proof:
    """A visitor's proof as it came, and the nonce of its socket."""

    conversation: bytes
    nonce: bytes
    key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Which organisation and which origin proofs are made for."""

    org: bytes
    origin: str


def access_by_visitor(connection: Connection, keystore: Keystore, place: Place, action: str, proof: Proof) -> Access:
    """Whoever holds the key that the conversation id commits to. Unknown and unproven look the same."""
    found = conversations.find(connection, proof.conversation, lock=action != "resume")
    access = None if found is None else _open(keystore, found, Side.VISITOR, None)
    stub = NO_STUB if access is None else parse_stub(read_opening(connection, access)[0])
    try:
        check_proof(
            place.org,
            place.origin,
            action,
            proof.conversation,
            proof.nonce,
            proof.key,
            proof.signature,
            stub.challenge,
            stub.solution,
        )
    except CryptoError:
        raise Refusal(Code.UNKNOWN) from None
    if access is None:
        raise Refusal(Code.UNKNOWN)
    return access


def access_by_opener(connection: Connection, keystore: Keystore, conversation: bytes) -> Access:
    """The socket that has just opened the conversation; its opening was the proof."""
    found = conversations.find(connection, conversation)
    access = None if found is None else _open(keystore, found, Side.VISITOR, None)
    if access is None:
        raise Refusal(Code.UNKNOWN)
    return access


def access_by_claimer(connection: Connection, keystore: Keystore, member: bytes, conversation: bytes) -> Access:
    """The counsellor who took the conversation."""
    found = conversations.find(connection, conversation, lock=True)
    if found is None or found.claimer != member:
        raise Refusal(Code.UNKNOWN)
    access = _open(keystore, found, Side.STAFF, member)
    if access is None:
        raise Refusal(Code.UNKNOWN)
    return access


def read_opening(connection: Connection, access: Access) -> tuple[bytes, bytes]:
    """The opening's stub and sealed rest."""
    raw = conversations.opening(connection, access.conversation.number)
    stub, sealed = unbind(access.key.open(raw, "conversations", access.conversation.id, "opening"), 2)
    return stub, sealed


def _open(keystore: Keystore, found: Conversation, side: Side, member: bytes | None) -> Access | None:
    if found.phase is Phase.SHREDDED:
        return None
    try:
        return Access(found, side, member, keystore.key(frames_name(found.id)))
    except KeyGone:
        return None
