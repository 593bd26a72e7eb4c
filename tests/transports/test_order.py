"""A visitor's requests in any order and number: each is answered as the state table says, and nothing else comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.frame import Kind
from crypto.shapes import STAFF
from server.wire import parse_bytes
from tests.people import Control, Line, Visitor
from tests.running import Running
from tests.transports.bystander import Bystander

Answer = tuple[str, str]
"""The tag of a control message and its code or phase."""
HELLO, UNKNOWN = ("hello", ""), ("refused", "unknown")
MOVES = ["open", "say", "say again", "forge", "speak for staff", "later generation", "type", "resume", "used nonce"]
MOVES += ["end", "delete", "leave", "open another", "replay a bystander"]


def relabelled(frame: bytes, at: int, raw: bytes) -> bytes:
    """A frame with other bytes in its header."""
    return frame[:at] + raw + frame[at + len(raw) :]


@dataclass(repr=False)
class Play:
    """One socket, its visitor, and what the protocol says must come back."""

    visitor: Visitor
    line: Line
    bystander: Bystander
    phase: str = ""
    followed: bool = False
    last: bytes = b""
    seq: int = 0
    answers: dict[bytes, int] = field(default_factory=dict)

    async def move(self, name: str) -> None:
        """Do one thing and compare what comes back."""
        moves: dict[str, Callable[[], tuple[bytes | Control, list[Answer]]]] = {
            "open": self._open,
            "say": self._say,
            "say again": self._say_again,
            "forge": self._forge,
            "speak for staff": self._speak_for_staff,
            "later generation": self._later_generation,
            "type": self._type,
            "resume": lambda: self._prove("resume", after=0),
            "used nonce": self._used_nonce,
            "end": lambda: self._prove("end"),
            "delete": lambda: self._prove("delete"),
            "leave": lambda: ({"t": "leave"}, []),
            "open another": self._open_another,
            "replay a bystander": lambda: (next(iter(self.bystander.sent)), [UNKNOWN]),
        }
        message, expected = moves[name]()
        if isinstance(message, bytes):
            await self.line.socket.send(message)
        else:
            await self.line.tell(**message)
        for answer in expected:
            assert await self._next() == answer, name

    async def nothing_more(self) -> None:
        """The next thing that is heard is the answer to the next question."""
        await self.move("used nonce")

    async def _next(self) -> Answer:
        control = await self.line.control("hello", "opened", "resumed", "accepted", "refused", "phase", "deleted")
        if control["t"] == "hello":
            self.visitor.nonce = parse_bytes(control["nonce"])
        if control["t"] == "accepted":
            return "accepted", str(control["seq"])
        return str(control["t"]), str(control.get("code", control.get("phase", "")))

    @property
    def _open_now(self) -> bool:
        return self.followed and self.phase == "waiting"

    def _open(self) -> tuple[bytes, list[Answer]]:
        self.phase = self.phase or "waiting"
        self.followed = True
        return self.visitor.opening, [("opened", self.phase)]

    def _open_another(self) -> tuple[bytes, list[Answer]]:
        if not self.followed:
            return self._open()
        return Visitor(self.visitor.public, "").opening, [("refused", "too-many")]

    def _refusal(self) -> Answer:
        """What a new frame is told that the state does not allow."""
        return ("refused", "not-now") if self.followed and self.phase == "closed" else UNKNOWN

    def _say(self) -> tuple[bytes, list[Answer]]:
        [frame] = self.visitor.compose("a word")
        if not self._open_now:
            return frame, [self._refusal()]
        self.seq += 1
        self.last, self.answers[frame] = frame, self.seq
        return frame, [("accepted", str(self.seq))]

    def _say_again(self) -> tuple[bytes, list[Answer]]:
        if not self.last:
            return self._say()
        known = self.followed and self.last in self.answers
        return self.last, [("accepted", str(self.answers[self.last])) if known else self._again()]

    def _again(self) -> Answer:
        if not self._open_now:
            return self._refusal()
        self.seq += 1
        self.answers[self.last] = self.seq
        return "accepted", str(self.seq)

    def _forge(self) -> tuple[bytes, list[Answer]]:
        if self.last not in self.answers:
            return self._say()
        forged = self.last[:-1] + bytes([self.last[-1] ^ 1])
        return forged, [("refused", "conflict") if self.followed else UNKNOWN]

    def _speak_for_staff(self) -> tuple[bytes, list[Answer]]:
        frame = relabelled(self.visitor.compose("as staff")[0], 22, bytes([STAFF]))
        return frame, [("refused", "direction") if self.followed else UNKNOWN]

    def _later_generation(self) -> tuple[bytes, list[Answer]]:
        frame = relabelled(self.visitor.compose("later")[0], 18, (2).to_bytes(4))
        return frame, [("refused", "generation") if self._open_now else self._refusal()]

    def _type(self) -> tuple[bytes, list[Answer]]:
        frame = self.visitor.sender.compose_ephemeral(Kind.TYPING, b"\1")
        return frame, [] if self.followed else [UNKNOWN]

    def _used_nonce(self) -> tuple[Control, list[Answer]]:
        return {**self.visitor.proof("resume", after=0), "signature": "A" * 86}, [HELLO, UNKNOWN]

    def _prove(self, action: str, **more: object) -> tuple[Control, list[Answer]]:
        proof = self.visitor.proof(action, **more)
        if not self.phase:
            return proof, [HELLO, UNKNOWN]
        if action == "resume":
            self.followed = True
            return proof, [HELLO, ("resumed", self.phase)]
        if action == "end":
            self.phase = "closed"
            return proof, [HELLO, ("phase", "closed")]
        told = [("phase", "shredded")] if self.followed else []
        self.phase, self.seq, self.answers = "", 0, {}
        return proof, [HELLO, ("deleted", ""), *told]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    first=st.sampled_from([["open"], ["open", "say"], ["open", "say", "end"], []]),
    then=st.lists(st.sampled_from(MOVES), min_size=6, max_size=16),
)
async def test_every_order_is_answered_by_the_table(
    running: Running, bystander: Bystander, first: list[str], then: list[str]
) -> None:
    """Open, write, come back, end, delete in any order: accepted or refused by name, and nobody else notices."""
    visitor = Visitor(bystander.visitor.public, f"ws://127.0.0.1:{running.port}")
    play = Play(visitor, await visitor.dial(), bystander)
    for move in first + then:
        await play.move(move)
    await play.nothing_more()
    await bystander.goes_on()
