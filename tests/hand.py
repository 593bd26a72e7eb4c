"""Statements that only a coordinator's hand can sign, ours and another organisation's: what good lies are made of."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from crypto import ceremony
from crypto.statement import DESK_EPOCH, MEMBER, epoch_payload, make_statement, member_payload
from server.wire import serialize_bytes
from tests.liar import today
from tests.people import Control, Counsellor
from tests.running import Running

text, random = serialize_bytes, secrets.token_bytes
LIFE = (-1, 30)
EXPIRED = (-90, -3)
"""Days from today."""
HIGH = 10**6
"""A serial above all that a demo has."""


@dataclass(frozen=True)
class Hand:
    """A true coordinator's signing hand, which no server has: old, expired and misplaced statements are genuine."""

    org: bytes
    seed: bytes
    delegation: bytes

    def epoch(self, desk: bytes, epoch: int, key: bytes, life: tuple[int, int] = LIFE) -> str:
        """A desk-epoch statement."""
        first, last = (today() + day for day in life)
        payload = epoch_payload(epoch, key)
        return text(make_statement(DESK_EPOCH, self.org, self.seed, desk, HIGH, first, last, payload))

    def member(self, member: bytes, desk: bytes, ed_pk: bytes, key: bytes, life: tuple[int, int] = LIFE) -> str:
        """A member statement."""
        first, last = (today() + day for day in life)
        payload = member_payload(desk, "counsellor", "Somebody", ed_pk, key)
        return text(make_statement(MEMBER, self.org, self.seed, member, HIGH, first, last, payload))


@dataclass(frozen=True)
class People:
    """Whom the tests need besides the liar."""

    running: Running
    hand: Hand
    counsellor: Counsellor


class Foreign:
    """Another organisation, whole and in order; the liar has all its keys."""

    def __init__(self, desk: bytes) -> None:
        founded = ceremony.found_organisation(random, today())
        self.org, self.coordinator = founded.org, ceremony.draw_member(random)
        self.delegation = ceremony.delegate(founded.root_seed, self.coordinator, founded.pin.serial, today())
        self.hand = Hand(self.org, self.coordinator.ed_seed, self.delegation)
        people = [self.coordinator]
        self.epoch = ceremony.make_desk_epoch(random, self.org, self.hand.seed, desk, people, HIGH, today())

    def page(self) -> Control:
        """All that its desk's page would say."""
        return {
            "org": text(self.org),
            "delegation": text(self.delegation),
            "statement": text(self.epoch.statement),
            "key": text(self.epoch.pk),
        }
