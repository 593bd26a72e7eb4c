"""A visitor proves the key that the conversation id commits to; the server checks it and stores nothing for it."""

from __future__ import annotations

import re

from crypto.binding import HASH_SIZE, ID_SIZE, KEY_SIZE, bind, conversation_id, exactly
from crypto.failure import Malformed, Tampered
from crypto.primitives import SIGNATURE_SIZE, verify
from crypto.shapes import CHALLENGE_LIMIT

ACTIONS = frozenset({"resume", "end", "delete"})
NONCE_SIZE = 32
ORIGIN_LIMIT = 300  # a host name has at most 253 characters
# What browsers write: lower case, no path; the host's own rules are not ours to judge.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[a-z0-9._\[\]:-]+")


def proof_message(org: bytes, origin: str, action: str, conversation: bytes, nonce: bytes) -> bytes:
    """What the visitor signs; the action is in it, so that one proof cannot do another's work. Raises Malformed."""
    if action not in ACTIONS:
        raise Malformed("The action is unknown.")
    if len(origin) > ORIGIN_LIMIT or _ORIGIN.fullmatch(origin) is None:
        raise Malformed("The origin has another shape.")
    return bind(
        b"visitor-proof/1",
        exactly(org, HASH_SIZE),
        origin.encode("ascii"),
        action.encode("ascii"),
        exactly(conversation, ID_SIZE),
        exactly(nonce, NONCE_SIZE),
    )


def check_proof(
    org: bytes,
    origin: str,
    action: str,
    conversation: bytes,
    nonce: bytes,
    visitor_pk: bytes,
    signature: bytes,
    challenge: bytes = b"",
    solution: bytes = b"",
) -> None:
    """`origin` is what this server expects, `nonce` this socket's, used once; raises Malformed, Tampered."""
    message = proof_message(org, origin, action, conversation, nonce)
    exactly(visitor_pk, KEY_SIZE)
    exactly(signature, SIGNATURE_SIZE)
    if max(len(challenge), len(solution)) > CHALLENGE_LIMIT:
        raise Malformed("The challenge or its solution is too long.")
    if conversation_id(org, visitor_pk, challenge, solution) != conversation:
        raise Tampered("The conversation is not of this key.")
    verify(visitor_pk, signature, message)
