"""A conversation is reached by its visitor's proof or its claimer, and everybody else hears `unknown`."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from crypto.primitives import sign
from crypto.proof import proof_message
from server.model.conversation import Phase, Side
from server.model.refusal import Code, Refusal
from server.services.access import Access, Proof, access_by_claimer, access_by_opener, access_by_visitor
from server.services.conversations import find_opening
from server.services.retention import mark_shredded
from server.storage.keystore import frames_name, wrap_name
from tests.people import Visitor
from tests.storage.ground import NOW, ORIGIN, Ground

ACTIONS = ("resume", "end", "delete")


def prove(visitor: Visitor, action: str, nonce: bytes, origin: str = ORIGIN) -> Proof:
    """A proof as the visitor's page makes it."""
    message = proof_message(visitor.public.org, origin, action, visitor.conversation, nonce)
    return Proof(visitor.conversation, nonce, visitor.pk, sign(visitor.seed, message))


def reach(ground: Ground, action: str, proof: Proof) -> Access:
    """What the proof reaches."""
    return ground.run(
        lambda connection: access_by_visitor(connection, ground.keystore, ground.people.place, action, proof)
    )


def refused(ground: Ground, action: str, proof: Proof) -> tuple[object, ...]:
    """Everything a refused visitor's page could tell apart."""
    with pytest.raises(Refusal) as refusal:
        reach(ground, action, proof)
    return refusal.value.code, refusal.value.args, refusal.value.__cause__


@pytest.mark.parametrize("action", ACTIONS)
def test_a_proof_reaches_its_conversation(ground: Ground, action: str) -> None:
    """Whoever holds the key that the id commits to reaches it as the visitor, in every phase but shredded."""
    visitor = ground.people.visitor()
    ground.open(visitor)
    access = reach(ground, action, prove(visitor, action, secrets.token_bytes(32)))
    assert (access.conversation.id, access.side, access.member) == (visitor.conversation, Side.VISITOR, None)
    taken = ground.take("anna", visitor)
    assert reach(ground, action, prove(visitor, action, bytes(32))).conversation.phase is Phase.ACTIVE
    ground.run(lambda connection: mark_shredded(connection, taken, NOW))
    assert refused(ground, action, prove(visitor, action, bytes(32)))[0] is Code.UNKNOWN


@pytest.mark.parametrize("action", ACTIONS)
def test_unknown_and_unproven_are_the_same_refusal(ground: Ground, action: str) -> None:
    """No such conversation, wrong action, wrong origin, another nonce, another's key: one answer for all."""
    visitor, stranger, nobody = (ground.people.visitor() for _ in range(3))
    ground.open(visitor)
    ground.open(stranger)
    nonce = secrets.token_bytes(32)
    good = prove(visitor, action, nonce)
    other_action = prove(visitor, ACTIONS[ACTIONS.index(action) - 1], nonce)
    foreign = prove(stranger, action, nonce)
    wrong = {
        "no such conversation": prove(nobody, action, nonce),
        "another action": other_action,
        "another origin": prove(visitor, action, nonce, "http://localhost:8000"),
        "a used nonce": replace(prove(visitor, action, secrets.token_bytes(32)), nonce=nonce),
        "another conversation's key": replace(foreign, conversation=visitor.conversation),
        "another's key, own signature": replace(good, key=stranger.pk),
        "own key, another's signature": replace(good, signature=foreign.signature),
        "no signature": replace(good, signature=bytes(64)),
        "a key that is no point": replace(good, key=b"\xff" * 32),
    }
    answers = {name: refused(ground, action, proof) for name, proof in wrong.items()}
    assert set(answers.values()) == {(Code.UNKNOWN, ("unknown",), None)}
    assert reach(ground, action, good).conversation.id == visitor.conversation


def test_a_destroyed_key_is_no_conversation(ground: Ground) -> None:
    """Once the shred key is gone a good proof, the claimer and the opener all hear `unknown`."""
    visitor = ground.people.visitor()
    ground.open(visitor)
    ground.take("anna", visitor)
    ground.keystore.destroy_keys([frames_name(visitor.conversation)])
    assert refused(ground, "resume", prove(visitor, "resume", bytes(32)))[0] is Code.UNKNOWN
    anna = ground.people.members["anna"]
    with ground.reading() as connection:
        with pytest.raises(Refusal) as to_opener:
            access_by_opener(connection, ground.keystore, visitor.conversation)
        with pytest.raises(Refusal) as to_claimer:
            access_by_claimer(connection, ground.keystore, anna, visitor.conversation)
    assert to_opener.value.code is to_claimer.value.code is Code.UNKNOWN


def test_only_the_claimer_reaches_a_taken_conversation(ground: Ground) -> None:
    """The colleague at the same desk, somebody of another desk and nobody at all are refused alike."""
    visitor, unclaimed = ground.people.visitor(), ground.people.visitor()
    ground.open(visitor)
    ground.open(unclaimed)
    ground.take("anna", visitor)
    members = ground.people.members
    with ground.reading() as connection:
        access = access_by_claimer(connection, ground.keystore, members["anna"], visitor.conversation)
        assert (access.side, access.member) == (Side.STAFF, members["anna"])
        for member, conversation in (
            (members["berit"], visitor.conversation),
            (members["carl"], visitor.conversation),
            (members["anna"], unclaimed.conversation),
            (members["anna"], bytes(16)),
            (b"", visitor.conversation),
        ):
            with pytest.raises(Refusal) as refusal:
                access_by_claimer(connection, ground.keystore, member, conversation)
            assert refusal.value.code is Code.UNKNOWN


def test_a_dropped_wrap_is_unknown(ground: Ground) -> None:
    """When the desk's wrap was destroyed, the claimer's opening is gone and the frames' key is not."""
    visitor = ground.people.visitor()
    ground.open(visitor)
    taken = ground.take("anna", visitor)
    with ground.reading() as connection:
        assert len(find_opening(connection, ground.keystore, taken).wrap) == 1168
        name = wrap_name(visitor.conversation, "K", (1).to_bytes(4), "desk-epoch", taken.conversation.desk)
        assert ground.keystore.destroy_keys([name]) == 1
        with pytest.raises(Refusal) as refusal:
            find_opening(connection, ground.keystore, taken)
        assert refusal.value.code is Code.UNKNOWN
        again = access_by_claimer(connection, ground.keystore, ground.people.members["anna"], visitor.conversation)
        assert again.conversation == taken.conversation
