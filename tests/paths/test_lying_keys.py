"""A server that lies about keys: what it swaps before a word is written or a conversation opened is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from crypto import ceremony
from crypto.failure import CryptoError, Malformed, NotForThisKey, Tampered
from crypto.primitives import signing_public
from crypto.wrap import DESK_SEED, Recipient, wrap
from server.wire import parse_bytes
from tests.hand import EXPIRED, Foreign, Hand, People, random, text
from tests.liar import Liar, truthful
from tests.people import Control, Counsellor, PublicDesk
from tests.trust import SerialBook


def broken(raw: str) -> str:
    """The same with its last byte changed."""
    known = parse_bytes(raw)
    return text(known[:-1] + bytes([known[-1] ^ 1]))


Lie = Callable[[Control, Hand], Control]


def foreign(*names: str) -> Lie:
    """These fields of the page as another organisation's."""

    def lie(desk: Control, _hand: Hand) -> Control:
        page = Foreign(parse_bytes(desk["desk"])).page()
        return {name: page[name] for name in names}

    return lie


def key_of(desk: Control) -> bytes:
    """The desk's key as it is told."""
    return parse_bytes(desk["key"])


PAGES: dict[str, tuple[Lie, type[CryptoError]]] = {
    "swapped root": (foreign("org", "delegation", "statement", "key"), Tampered),
    "swapped root under our name": (foreign("delegation", "statement", "key"), Tampered),
    "swapped delegation": (foreign("delegation"), Tampered),
    "foreign organisation's statement": (foreign("statement", "key"), Tampered),
    "swapped desk key": (foreign("key"), Tampered),
    "another desk's statement": (lambda d, h: {"statement": h.epoch(random(16), d["epoch"], key_of(d))}, Tampered),
    "another epoch's statement": (
        lambda d, h: {"statement": h.epoch(parse_bytes(d["desk"]), d["epoch"] + 1, key_of(d))},
        Tampered,
    ),
    "another epoch than was signed": (lambda d, _: {"epoch": d["epoch"] + 1}, Tampered),
    "expired statement": (
        lambda d, h: {"statement": h.epoch(parse_bytes(d["desk"]), d["epoch"], key_of(d), EXPIRED)},
        Tampered,
    ),
    "member statement for the desk's": (
        lambda d, h: {"statement": h.member(random(16), parse_bytes(d["desk"]), random(32), key_of(d))},
        Tampered,
    ),
    "delegation for the desk's statement": (lambda d, _: {"statement": d["delegation"]}, Tampered),
    "changed signature": (lambda d, _: {"statement": broken(d["statement"])}, Tampered),
    "half a statement": (lambda d, _: {"statement": d["statement"][:100]}, Malformed),
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_visitor_writes_to_no_desk_that_is_not_proven(name: str, liar: Liar, people: People) -> None:
    """With the genuine pin each swap is refused before anything is sealed."""
    lie, failure = PAGES[name]
    assert (await liar.visitor()).public.org == liar.pin.org
    liar.page = lambda desk: {**desk, **lie(desk, people.hand)}
    with pytest.raises(failure):
        await liar.visitor()


async def test_a_delegation_below_the_pin_is_refused(liar: Liar) -> None:
    """A snippet that was renewed after a revocation lets no visitor be shown the revoked delegation."""
    renewed = replace(liar.pin, serial=liar.pin.serial + 1)
    with pytest.raises(Tampered):
        await liar.visitor(renewed)


async def test_without_a_pin_another_organisation_passes(liar: Liar) -> None:
    """What the page of its own must say: with nothing to compare, a swapped root cannot be seen."""
    liar.page = lambda desk: {**desk, **Foreign(parse_bytes(desk["desk"])).page()}
    believed = await PublicDesk.fetch(liar.running.origin, f"http://127.0.0.1:{liar.port}")
    assert believed.org != liar.pin.org


@dataclass(frozen=True)
class Truth:
    """What a counsellor's console holds when nobody has lied."""

    hand: Hand
    own: Counsellor
    me: Control

    def desk(self, **change: object) -> Control:
        """The answer with something in its desk replaced."""
        return {**self.me, "desks": [{**self.me["desks"][0], **change}]}

    def epoch(self, **change: object) -> Control:
        """The answer with something in its epoch replaced."""
        epoch = self.me["desks"][0]["epochs"][0]
        return self.desk(epochs=[{**epoch, **change}])

    def number(self) -> int:
        """The epoch's number."""
        return int(self.me["desks"][0]["epochs"][0]["epoch"])

    def key(self) -> bytes:
        """The member's X-Wing key."""
        return parse_bytes(self.me["key"])

    def wrapped(self, number: int, member: bytes, seed: bytes) -> str:
        """A wrap of an epoch seed, such as anybody can make."""
        to = Recipient("member", member, self.key())
        return text(wrap(self.own.org, DESK_SEED, self.own.desk, number, to, seed))

    def member(self, member: bytes, desk: bytes, ed_pk: bytes, key: bytes) -> Control:
        """The answer with a member statement by the true coordinator's hand."""
        return self.desk(statement=self.hand.member(member, desk, ed_pk, key))

    @property
    def ed_pk(self) -> bytes:
        """The member's signing key."""
        return signing_public(self.own.seed)


def foreign_desk(truth: Truth) -> Control:
    """Another organisation's desk, with a statement about the true member."""
    other, own = Foreign(truth.own.desk), truth.own
    statement = other.hand.member(own.member, own.desk, truth.ed_pk, truth.key())
    return truth.desk(delegation=text(other.delegation), statement=statement)


ANSWERS: dict[str, tuple[Callable[[Truth], Control], type[CryptoError]]] = {
    "swapped organisation": (lambda t: {**t.me, "org": text(random(32))}, Tampered),
    "another member's name on the wrap": (lambda t: {**t.me, "member": text(random(16))}, NotForThisKey),
    "changed member key wrap": (lambda t: {**t.me, "key_wrap": broken(t.me["key_wrap"])}, NotForThisKey),
    "older generation of the member key": (lambda t: {**t.me, "key_generation": 2}, NotForThisKey),
    "foreign organisation's statement": (foreign_desk, Tampered),
    "colleague's statement": (lambda t: t.member(random(16), t.own.desk, t.ed_pk, t.key()), Tampered),
    "statement for another desk": (lambda t: t.member(t.own.member, random(16), t.ed_pk, t.key()), Tampered),
    "swapped member key": (
        lambda t: t.member(t.own.member, t.own.desk, t.ed_pk, ceremony.draw_member(random).xwing_pk),
        Tampered,
    ),
    "swapped signing key": (
        lambda t: t.member(t.own.member, t.own.desk, ceremony.draw_member(random).ed_pk, t.key()),
        Tampered,
    ),
    "swapped desk key": (lambda t: t.epoch(key=text(ceremony.draw_member(random).xwing_pk)), Tampered),
    "forged wrap of a seed of the liar's": (
        lambda t: t.epoch(wrap=t.wrapped(t.number(), t.own.member, random(32))),
        Tampered,
    ),
    "wrap for somebody else": (lambda t: t.epoch(wrap=t.wrapped(t.number(), random(16), random(32))), NotForThisKey),
    "another epoch's wrap": (
        lambda t: t.epoch(wrap=t.wrapped(t.number() - 1, t.own.member, t.own.epochs[t.number()][0])),
        NotForThisKey,
    ),
    "another desk's epoch": (
        lambda t: t.epoch(statement=t.hand.epoch(random(16), t.number(), t.own.epochs[t.number()][1])),
        Tampered,
    ),
    "expired epoch": (
        lambda t: t.epoch(statement=t.hand.epoch(t.own.desk, t.number(), t.own.epochs[t.number()][1], EXPIRED)),
        Tampered,
    ),
}


async def told(liar: Liar, people: People) -> Truth:
    """What the console gets when nobody lies."""
    said: list[Control] = []

    def listen(me: Control) -> Control:
        said.append(me)
        return me

    liar.me = listen
    return Truth(people.hand, await liar.counsellor(people.counsellor), said[0])


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_console_opens_nothing_that_is_not_proven(name: str, liar: Liar, people: People) -> None:
    """Each swap in what the server gives a counsellor is refused, and no key is used."""
    lie, failure = ANSWERS[name]
    truth = await told(liar, people)
    liar.me = lambda _me: lie(truth)
    with pytest.raises(failure):
        await liar.counsellor(people.counsellor)


@pytest.mark.parametrize("which", ["member", "epoch"])
async def test_an_older_statement_is_no_step_back(which: str, liar: Liar, people: People) -> None:
    """Once a higher serial was seen on this machine, the genuine older statement is refused."""
    truth, book = await told(liar, people), SerialBook({})
    own, number = truth.own, truth.number()
    newer = {
        "member": truth.member(own.member, own.desk, truth.ed_pk, truth.key()),
        "epoch": truth.epoch(statement=truth.hand.epoch(own.desk, number, own.epochs[number][1])),
    }
    liar.me = lambda _me: newer[which]
    await liar.counsellor(people.counsellor, book)
    liar.me = truthful
    with pytest.raises(Tampered):
        await liar.counsellor(people.counsellor, book)
