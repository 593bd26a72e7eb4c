"""One side of a scripted conversation, and the judge over it: whatever does not hold is `Broken` at once.

It keeps what the browser's session keeps: sealed frames until they are accepted, and a cursor over what was seen
without a hole.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from crypto.failure import CryptoError
from crypto.frame import Kind, parse_receipts
from crypto.shapes import FrameHeader, parse_frame_header
from crypto.transcript import AnomalyKind, Sender, Transcript
from server.wire import DELIVERY_PREFIX, parse_bytes
from tests.people import Control

PATIENCE = 1.0
"""Without `accepted` for this long a line is held to be dead; ten seconds in the browser."""
WORDS = (Kind.TEXT, Kind.FAREWELL)

Identity = tuple[bytes, int]


class Broken(AssertionError):
    """Something was lost, doubled, reordered, or told wrongly."""


def demand(holds: bool, sentence: str) -> None:
    """Raise Broken with this sentence unless it holds."""
    if not holds:
        raise Broken(sentence)


async def until(holds: Callable[[], bool], seconds: float, sentence: str) -> None:
    """Wait until `holds()`; Broken with this sentence when it takes too long."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - what is waited for tells nobody when it comes
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise Broken(sentence) from None


class Half:
    """What one side said and heard, what the server said of it, and what is not accepted yet."""

    def __init__(self, window: int = 1) -> None:
        self.window = window  # frames on their way at once: 1 in the browser
        self.said: list[str] = []
        self.heard: list[str] = []
        self.other: Half | None = None
        self.frames: dict[Identity, bytes] = {}  # all that was sealed here
        self.numbers: dict[int, Identity] = {}  # what this page load knows of the server's order
        self.places: dict[Identity, int] = {}
        self.unaccepted: deque[bytes] = deque()
        self.earlier: list[bytes] = []  # sealed by an earlier page load
        self.delivered = -1
        self.phase = ""
        self.last = 0

    def begin(self, transcript: Transcript, sender: Sender, compose: Callable[[str], list[bytes]]) -> None:
        """A page load: its keys are here, nothing is heard yet."""
        self.transcript, self.sender, self._compose = transcript, sender, compose
        self.cursor, self.sent, self.sent_at = 0, 0, 0.0
        self.heard, self.numbers, self.delivered = [], {}, -1
        self.earlier, self.unaccepted = [*self.earlier, *self.unaccepted], deque()

    def say(self, text: str) -> None:
        """Seal a text; it goes out when its turn comes."""
        self.said.append(text)
        for frame in self._compose(text):
            self.transcript.hear(frame, None)
            self.frames[identity_of(frame)] = frame
            self.unaccepted.append(frame)

    def disconnected(self) -> None:
        """Nothing is on its way any more."""
        self.sent = 0

    def due(self) -> list[bytes]:
        """The frames whose turn it is; after every new line the first ones again."""
        self._send_earlier()
        frames = [] if self.earlier else list(self.unaccepted)[self.sent : self.window]
        if frames:
            self.sent, self.sent_at = self.sent + len(frames), time.monotonic()
        return frames

    def overdue(self) -> bool:
        """An answer is missing for too long."""
        return self.sent > 0 and time.monotonic() - self.sent_at > PATIENCE

    def accepted(self, control: Control) -> None:
        """The server says that a frame is committed."""
        identity = parse_bytes(control["instance"]), control["counter"]
        demand(identity in self.frames, "A frame was accepted that nobody sealed here.")
        self._number(control["seq"], identity)
        self._settle(identity)

    def delivery(self, raw: bytes) -> bool:
        """A frame from the server; True when it brought words of the other side."""
        seq, frame = int.from_bytes(raw[:DELIVERY_PREFIX], "big"), raw[DELIVERY_PREFIX:]
        if seq == 0:
            self._hear_signal(frame)
            return False
        self._number(seq, identity_of(frame))
        return self._hear(parse_frame_header(frame), frame)

    def receipt(self) -> bytes | None:
        """One sealed sign that everything heard so far was opened."""
        heads = self.transcript.heads(self.sender.instance)
        text = b"".join(head.instance + head.counter.to_bytes(8, "big") for head in heads)
        return self.sender.compose_ephemeral(Kind.RECEIPT, text) if heads else None

    def typing(self) -> bytes:
        """One sealed sign that somebody writes."""
        return self.sender.compose_ephemeral(Kind.TYPING, b"\1")

    @property
    def settled(self) -> bool:
        """Everything said is accepted."""
        return not self.unaccepted and not self.earlier

    @property
    def opened_by_other(self) -> bool:
        """The other side's receipts cover every word of this page load."""
        own = [counter for instance, counter in self.frames if instance == self.sender.instance]
        return self.delivered >= max(own, default=-1)

    def _send_earlier(self) -> None:
        """Frames of an earlier page load go out after history, and before everything sealed since."""
        if not self.earlier or self.cursor < self.last:
            return
        known = set(self.numbers.values())
        fresh = [frame for frame in self.earlier if identity_of(frame) not in known]
        for frame in fresh:
            demand(not self.transcript.hear(frame, None).anomalies, "A frame of an earlier page load does not fit.")
        self.earlier, self.sent = [], 0
        self.unaccepted.extendleft(reversed(fresh))

    def _number(self, seq: int, identity: Identity) -> None:
        demand(self.numbers.setdefault(seq, identity) == identity, "One number stands for two frames.")
        demand(self.places.setdefault(identity, seq) == seq, "One frame has two numbers.")
        while self.cursor + 1 in self.numbers:
            self.cursor += 1

    def _settle(self, identity: Identity) -> None:
        instance, counter = identity
        while self.unaccepted:
            first = identity_of(self.unaccepted[0])
            if first[0] != instance or first[1] > counter:
                return
            self.unaccepted.popleft()
            self.sent, self.sent_at = max(0, self.sent - 1), time.monotonic()

    def _hear(self, header: FrameHeader, frame: bytes) -> bool:
        heard = self.transcript.hear(frame, None)
        own = header.direction == self.sender.direction
        for odd in heard.anomalies:
            # Our own committed frame, after its `accepted` was lost, is the answer itself; the browser shows all else.
            demand(own and odd.kind is AnomalyKind.REPEAT, f"The transcript shows a {odd.kind}.")
            self._settle((header.instance, header.counter))
        words = [message.text.decode() for message in heard.messages if not own and message.kind in WORDS]
        for text in words:
            self._hear_words(text)
        return bool(words)

    def _hear_words(self, text: str) -> None:
        at = len(self.heard)
        self.heard.append(text)
        if self.other is not None:
            demand(at < len(self.other.said) and self.other.said[at] == text, "Words came that were not next.")

    def _hear_signal(self, frame: bytes) -> None:
        try:
            signal = self.transcript.hear_ephemeral(frame)
        except CryptoError:
            return  # a late sign of life: nothing depends on it
        if signal.kind is not Kind.RECEIPT or signal.direction == self.sender.direction:
            return
        for receipt in parse_receipts(signal.text):
            if receipt[0] == self.sender.instance:
                demand(receipt in self.frames, "A receipt is for what was never said.")
                self.delivered = max(self.delivered, receipt[1])


def identity_of(frame: bytes) -> Identity:
    """The identity that a frame's outside shows."""
    header = parse_frame_header(frame)
    return header.instance, header.counter
