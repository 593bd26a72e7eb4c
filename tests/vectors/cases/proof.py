"""A visitor's proof."""

from __future__ import annotations

from collections.abc import Iterator

from crypto.binding import conversation_id
from crypto.primitives import sign
from crypto.proof import proof_message
from tests.vectors import world as w
from tests.vectors.case import MALFORMED, TAMPERED, Case, drawn, flipped
from tests.vectors.operations import Json

ORIGIN = "https://stod.example.org"
NONCE = drawn("socket nonce")
PLACE: Json = {"org": w.ORG, "origin": ORIGIN, "action": "resume", "conversation": w.CONVERSATION, "nonce": NONCE}
SIGNATURE = sign(w.VISITOR_SEED, proof_message(w.ORG, ORIGIN, "resume", w.CONVERSATION, NONCE))
GOOD: Json = {**PLACE, "visitor_pk": w.VISITOR_PK, "signature": SIGNATURE, "challenge": b"", "solution": b""}


def cases() -> Iterator[Case]:
    """All of the area."""
    for action in ("resume", "end", "delete"):
        yield Case(f"proof/message_{action}", "The action is signed.", "proof_message", {**PLACE, "action": action})
    for name, origin in (
        ("port", "http://localhost:8000"),
        ("address", "http://[::1]:8000"),
        ("onion", f"http://{'a' * 56}.onion"),
    ):
        yield Case(f"proof/origin_{name}", "An origin of this kind.", "proof_message", {**PLACE, "origin": origin})
    for name, origin in (
        ("null", "null"),
        ("empty", ""),
        ("path", f"{ORIGIN}/"),
        ("newline", f"{ORIGIN}\n"),
        ("not_ascii", "https://stöd.example.org"),
        ("upper_case", "https://Stod.example.org"),
        ("long", f"https://{'a' * 293}"),
    ):
        wrong = {**PLACE, "origin": origin}
        yield Case(f"proof/origin_{name}", "An origin of another shape.", "proof_message", wrong, MALFORMED)
    yield Case("proof/check", "The visitor proves her key.", "check_proof", GOOD)
    yield Case("proof/check_with_work", "So does one who worked for her id.", "check_proof", _with_work())
    yield from _refused()


def _with_work() -> Json:
    conversation = conversation_id(w.ORG, w.VISITOR_PK, b"challenge", b"solution")
    signature = sign(w.VISITOR_SEED, proof_message(w.ORG, ORIGIN, "resume", conversation, NONCE))
    work = {"challenge": b"challenge", "solution": b"solution"}
    return {**GOOD, **work, "conversation": conversation, "signature": signature}


def _refused() -> Iterator[Case]:
    by_stranger = sign(w.STRANGER.ed_seed, proof_message(w.ORG, ORIGIN, "resume", w.CONVERSATION, NONCE))
    for name, does, changed in (
        ("wrong_org", "It was for another organisation.", {"org": w.OTHER_ORG}),
        ("wrong_origin", "It was for another origin.", {"origin": "https://other.example.org"}),
        ("wrong_action", "It was for another action.", {"action": "delete"}),
        ("wrong_conversation_id", "It was for another conversation.", {"conversation": drawn("another", 16)}),
        ("wrong_nonce", "It was for another socket.", {"nonce": drawn("another nonce")}),
        (
            "wrong_visitor",
            "The key is not the conversation's.",
            {"visitor_pk": w.STRANGER.ed_pk, "signature": by_stranger},
        ),
        ("wrong_challenge", "The challenge is another.", {"challenge": b"c"}),
        ("bad_signature", "A bit of the signature is flipped.", {"signature": flipped(SIGNATURE, -1)}),
        ("signed_by_other", "Somebody else signed.", {"signature": by_stranger}),
    ):
        yield Case(f"proof/{name}", does, "check_proof", {**GOOD, **changed}, TAMPERED)
    for name, does, changed in (
        ("unknown_action", "The action is unknown.", {"action": "read"}),
        ("short_nonce", "The nonce has 31 bytes.", {"nonce": NONCE[1:]}),
        ("truncated", "The signature has 63 bytes.", {"signature": SIGNATURE[:-1]}),
        ("short_key", "The key has 31 bytes.", {"visitor_pk": w.VISITOR_PK[1:]}),
        ("short_conversation", "The conversation has 15 bytes.", {"conversation": w.CONVERSATION[1:]}),
        ("long_challenge", "The challenge has 33 bytes.", {"challenge": bytes(33)}),
        ("long_solution", "The solution has 33 bytes.", {"solution": bytes(33)}),
    ):
        yield Case(f"proof/{name}", does, "check_proof", {**GOOD, **changed}, MALFORMED)
