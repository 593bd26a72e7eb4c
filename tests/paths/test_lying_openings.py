"""A server that lies about an opening: whatever it changes, forges or mixes up, no counsellor opens it."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from crypto.binding import bind, sha256
from crypto.failure import CryptoError, Malformed, NotForThisKey, Tampered
from crypto.generation import SALT, commitment
from crypto.hpke import public_key
from crypto.opening import FIRST_GENERATION
from crypto.primitives import TAG_SIZE, gcm_seal, hkdf, sign
from crypto.shapes import STUB_BASE, StubEntry, StubShape, parse_opening, parse_stub, sealed_size, serialize_stub
from crypto.wrap import CONVERSATION_KEY, Recipient, wrap
from server.wire import parse_bytes
from tests.hand import People, random, text
from tests.liar import Liar
from tests.people import Control, PublicDesk, Thread, Visitor, hang_up

VERSION, CONVERSATION, CHALLENGE_LENGTH, AREA, COMMIT, COUNT = 0, 1, 17, 19, 83, 115
DESK, EPOCH, HASH = STUB_BASE, STUB_BASE + 16, STUB_BASE + 20
"""Places in a stub."""
LIARS_KEY = bytes(range(32))
"""A K of the liar's own."""


@dataclass(frozen=True)
class Case:
    """What the liar has: the true opening, another conversation's, and all that is public."""

    told: Control
    other: Control
    public: PublicDesk
    visitor_pk: bytes

    def flipped(self, name: str, at: int) -> Control:
        """One byte of a field changed."""
        raw = bytearray(parse_bytes(self.told[name]))
        raw[at] ^= 1
        return {name: text(bytes(raw))}

    def cut(self, name: str) -> Control:
        """A field one byte shorter."""
        return {name: text(parse_bytes(self.told[name])[:-1])}

    def mixed(self, *names: str) -> Control:
        """These fields from the other conversation."""
        return {name: self.other[name] for name in names}

    def forged(self) -> Control:
        """The liar's own K, wrapped to the true desk: everybody can make that."""
        desk = self.public.desk
        to = Recipient("desk-epoch", desk.desk, desk.pk)
        conversation = parse_stub(parse_bytes(self.told["stub"])).conversation
        return {"wrap": text(wrap(self.public.org, CONVERSATION_KEY, conversation, FIRST_GENERATION, to, LIARS_KEY))}

    def named(self) -> Control:
        """The forged wrap, and a stub that names it."""
        forged, desk = self.forged(), self.public.desk
        entries = (StubEntry(desk.desk, desk.epoch, sha256(parse_bytes(forged["wrap"]))),)
        return {**forged, **_stub(replace(parse_stub(parse_bytes(self.told["stub"])), entries=entries))}

    def committed(self) -> Control:
        """The forged wrap, and a stub that names it and commits to the liar's K."""
        named = self.named()
        stub = parse_stub(parse_bytes(named["stub"]))
        return {**named, **_stub(replace(stub, commit=commitment(LIARS_KEY, stub.conversation, FIRST_GENERATION)))}

    def learned(self) -> Control:
        """All in order with the liar's K and the visitor's public key, which proofs tell; only not signed by them."""
        committed, live = self.committed(), public_key(random(32))
        stub = parse_bytes(committed["stub"])
        keys = live + self.visitor_pk + sign(random(32), bind(b"opening/1", stub, live))
        key = hkdf(LIARS_KEY, SALT, bind(b"opening", parse_stub(stub).conversation))
        sealed = gcm_seal(key, bytes(12), keys.ljust(sealed_size(1) - TAG_SIZE, b"\0"), stub)
        return {**committed, "sealed": text(sealed)}

    def own(self) -> Control:
        """A whole opening of the liar's, told under the true conversation's name."""
        shape = parse_opening(Visitor(self.public, "").opening)
        return {"stub": text(shape.stub), "wrap": text(shape.wraps[0].wrap), "sealed": text(shape.sealed)}


def _stub(shape: StubShape) -> Control:
    return {"stub": text(serialize_stub(shape))}


LIES: dict[str, tuple[Callable[[Case], Control], type[CryptoError]]] = {
    "another desk": (lambda c: {"desk": text(random(16))}, NotForThisKey),
    "an epoch of which there is no seed": (lambda c: {"epoch": c.told["epoch"] + 1}, NotForThisKey),
    "another conversation": (lambda c: c.mixed("conversation"), Tampered),
    "another version": (lambda c: c.flipped("stub", VERSION), Malformed),
    "another conversation in the stub": (lambda c: c.flipped("stub", CONVERSATION), NotForThisKey),
    "a challenge where none was": (lambda c: c.flipped("stub", CHALLENGE_LENGTH), Tampered),
    "something in the padding": (lambda c: c.flipped("stub", AREA), Malformed),
    "another commitment": (lambda c: c.flipped("stub", COMMIT), Tampered),
    "another number of wraps": (lambda c: c.flipped("stub", COUNT), Malformed),
    "another desk in the stub": (lambda c: c.flipped("stub", DESK), NotForThisKey),
    "another epoch in the stub": (lambda c: c.flipped("stub", EPOCH), NotForThisKey),
    "another hash of the wrap": (lambda c: c.flipped("stub", HASH), Tampered),
    "a shortened stub": (lambda c: c.cut("stub"), Malformed),
    "a changed wrap": (lambda c: c.flipped("wrap", 1_000), NotForThisKey),
    "a shortened wrap": (lambda c: c.cut("wrap"), Malformed),
    "a changed rest": (lambda c: c.flipped("sealed", 99), Tampered),
    "a shortened rest": (lambda c: c.cut("sealed"), Malformed),
    "the wrap of another conversation": (lambda c: c.mixed("wrap"), NotForThisKey),
    "the rest of another conversation": (lambda c: c.mixed("sealed"), Tampered),
    "stub and wrap of another conversation": (lambda c: c.mixed("stub", "wrap"), Tampered),
    "all of another conversation under this name": (lambda c: c.mixed("stub", "wrap", "sealed"), Tampered),
    "a forged wrap": (Case.forged, Tampered),
    "a forged wrap that the stub names": (Case.named, Tampered),
    "a forged wrap that the stub names and commits to": (Case.committed, Tampered),
    "an opening of the liar's own": (Case.own, Tampered),
    "the visitor's key with the liar's K": (Case.learned, Tampered),
}


@pytest.fixture(scope="module")
def case(people: People) -> Case:
    """Two conversations that the counsellor has taken, as the true server tells of them."""
    return asyncio.run(_take_two(people))


async def _take_two(people: People) -> Case:
    counsellor = copy.copy(people.counsellor)
    line = await counsellor.dial()
    openings: list[Control] = []
    visitors = [await people.running.visitor(), await people.running.visitor()]
    for visitor in visitors:
        await visitor.dial()
        assert (await visitor.open())["t"] == "opened"
        await line.tell(t="take", conversation=visitor.id)
        openings.append(await line.control("opening"))
    await hang_up()
    return Case(openings[0], openings[1], visitors[0].public, visitors[0].pk)


@pytest.mark.parametrize("name", ["the truth", *LIES])
async def test_a_counsellor_opens_only_what_the_visitor_sealed(
    name: str, case: Case, liar: Liar, people: People
) -> None:
    """Told anything but the visitor's own opening, the console refuses it."""
    lie, failure = LIES.get(name, (lambda _case: {}, None))
    liar.control = lambda control: {**control, **lie(case)} if control["t"] == "opening" else control
    counsellor = await liar.counsellor(people.counsellor)
    await counsellor.dial()
    if failure is None:
        assert isinstance(await counsellor.take(case.told["conversation"], "read"), Thread)
    else:
        with pytest.raises(failure):
            await counsellor.take(case.told["conversation"], "read")
