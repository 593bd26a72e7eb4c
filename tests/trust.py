"""What is checked before a key is used, in Python: for visitors as in trust.ts, for counsellors as in keyring.ts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crypto.failure import Tampered
from crypto.hpke import public_key
from crypto.opening import DeskKey
from crypto.primitives import signing_public
from crypto.statement import (
    DESK_EPOCH,
    MEMBER,
    MemberClaim,
    Pin,
    Serials,
    Statement,
    check_chain,
    check_delegation,
    check_key,
    epoch_claim,
    member_claim,
)
from crypto.wrap import DESK_SEED, Recipient, unwrap
from server.wire import parse_bytes

Body = dict[str, Any]
Opened = tuple[bytes, bytes]
"""An epoch's seed and public key."""


def trust_desk(desk: Body, pin: Pin, today: int | None) -> DeskKey:
    """The desk's key, once pin, delegation, the desk's statement and the key hold together; raises CryptoError."""
    demand(parse_bytes(desk["org"]) == pin.org, "The organisation is another one.")
    statement = _chain(desk, pin, DESK_EPOCH, today)
    claim, id = epoch_claim(statement), parse_bytes(desk["desk"])
    demand((statement.subject, claim.epoch) == (id, desk["epoch"]), "The statement is about another desk or epoch.")
    pk = parse_bytes(desk["key"])
    check_key(claim.key_hash, pk)
    return DeskKey(id, claim.epoch, pk)


@dataclass(frozen=True)
class OwnKeys:
    """What a member's password has opened."""

    pin: Pin
    member: bytes
    xwing_seed: bytes
    ed_seed: bytes


@dataclass
class SerialBook:
    """The highest serials seen, for each membership and each epoch (docs/decisions/serials.md)."""

    seen: dict[str, Serials]

    def admit(self, scope: str, *statements: Statement) -> None:
        """Remember statements whose chains held; raises Tampered when a higher one was seen."""
        for statement in statements:
            self.seen[scope] = self.seen.get(scope, Serials()).admit(statement)


def trust_member(place: Body, own: OwnKeys, book: SerialBook, today: int | None) -> MemberClaim:
    """The member's own place at a desk: about this member, this desk and these keys; raises CryptoError."""
    statement = _chain(place, own.pin, MEMBER, today)
    claim = member_claim(statement)
    here = (statement.subject, claim.desk) == (own.member, parse_bytes(place["desk"]))
    demand(here, "The statement is about somebody else, or another desk.")
    book.admit(f"member {place['desk']}", _delegation(place, own.pin), statement)
    check_key(claim.key_hash, public_key(own.xwing_seed))
    demand(claim.ed_pk == signing_public(own.ed_seed), "The statement is about another signing key.")
    return claim


def trust_epochs(place: Body, own: OwnKeys, book: SerialBook, today: int | None) -> dict[int, Opened]:
    """Seed and public key of each epoch; only the newest must be valid today and no step back; raises CryptoError."""
    newest = max(epoch["epoch"] for epoch in place["epochs"])
    opened: dict[int, Opened] = {}
    for epoch in place["epochs"]:
        told = {**epoch, "org": place["org"], "desk": place["desk"]}
        if epoch["epoch"] == newest:
            key = trust_desk(told, own.pin, today)
            book.admit(f"epoch {place['desk']}", _delegation(epoch, own.pin), _chain(epoch, own.pin, DESK_EPOCH, None))
        else:
            key = trust_desk(told, own.pin, None)
        book.admit(f"epoch {place['desk']} {key.epoch}", _chain(epoch, own.pin, DESK_EPOCH, None))
        opened[key.epoch] = _open_epoch(key, parse_bytes(epoch["wrap"]), own)
    return opened


def _open_epoch(key: DeskKey, wrapped: bytes, own: OwnKeys) -> Opened:
    to = Recipient("member", own.member, public_key(own.xwing_seed))
    seed = unwrap(own.pin.org, DESK_SEED, key.desk, key.epoch, to, own.xwing_seed, wrapped)
    demand(public_key(seed) == key.pk, "The seed is not the one of the signed key.")
    return seed, key.pk


def _chain(signed: Body, pin: Pin, type: str, today: int | None) -> Statement:
    return check_chain(pin, parse_bytes(signed["delegation"]), parse_bytes(signed["statement"]), type, today)


def _delegation(signed: Body, pin: Pin) -> Statement:
    return check_delegation(pin, parse_bytes(signed["delegation"]), None)


def demand(holds: bool, sentence: str) -> None:
    """Raise Tampered with this sentence unless it holds."""
    if not holds:
        raise Tampered(sentence)
