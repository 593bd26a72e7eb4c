"""What a page shows of a conversation with a liar in between: words, and what is odd."""

from __future__ import annotations

from dataclasses import dataclass, field

from crypto.frame import Kind
from crypto.transcript import Transcript
from tests.hand import People
from tests.liar import Liar, today
from tests.people import Line, Thread, Visitor


@dataclass
class Shown:
    """Everything heard so far."""

    words: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    async def hear(self, line: Line, transcript: Transcript, deliveries: int) -> None:
        """Hear so many deliveries of stored frames."""
        while deliveries:
            delivery = await line.next("frame")
            assert isinstance(delivery, bytes)
            if int.from_bytes(delivery[:8], "big"):
                deliveries -= 1
                self.hear_frame(transcript, delivery[8:])

    def hear_frame(self, transcript: Transcript, frame: bytes) -> None:
        """Hear one stored frame."""
        heard = transcript.hear(frame, today())
        self.words += [message.text.decode() for message in heard.messages if message.kind is Kind.TEXT]
        self.odd += [str(anomaly.kind) for anomaly in heard.anomalies]


async def talk(liar: Liar, people: People) -> tuple[Visitor, Thread]:
    """A visitor and a counsellor in one conversation, with the liar between them."""
    visitor = await liar.visitor()
    await visitor.dial()
    assert (await visitor.open())["t"] == "opened"
    counsellor = await liar.counsellor(people.counsellor)
    await counsellor.dial()
    thread = await counsellor.take(visitor.id)
    assert isinstance(thread, Thread)
    return visitor, thread
