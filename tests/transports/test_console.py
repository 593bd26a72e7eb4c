"""A console's socket: lists change when something changes, every request is answered, also when it comes twice."""

from __future__ import annotations

from tests.people import Line, Thread, Visitor
from tests.running import Running
from tests.transports.bystander import Bystander


async def opened(running: Running) -> Visitor:
    """Somebody who waits."""
    visitor = await running.visitor()
    await visitor.dial()
    assert (await visitor.open())["t"] == "opened"
    return visitor


async def until(console: Line, visitor: Visitor, where: str, **fields: object) -> None:
    """Hear lists until the conversation stands in this one with these fields."""
    while True:
        listed = await console.control("conversations")
        found = [one for one in listed[where] if one["conversation"] == visitor.id]
        if found and fields.items() <= found[0].items():
            assert len(found) == 1
            return


async def test_the_list_follows_what_happens(running: Running, bystander: Bystander) -> None:
    """Waiting, then mine, then lost, back, closed; whoever did not take it sees it go."""
    anna, colleague = await running.counsellor(0), bystander.colleague
    hers, other = await anna.dial(), await colleague.dial()
    for console in (hers, other):
        await console.tell(t="watch")
    visitor = await opened(running)
    for console in (hers, other):
        await until(console, visitor, "waiting", phase="waiting", line="here", language="en", minutes=0)
    assert isinstance(await anna.take(visitor.id), Thread)
    await until(hers, visitor, "mine", phase="active", minutes=-1)
    while any(one["conversation"] == visitor.id for one in (await other.control("conversations"))["waiting"]):
        pass
    assert visitor.line is not None
    visitor.line.socket.transport.abort()
    await until(hers, visitor, "mine", line="lost")
    await visitor.dial()
    await visitor.prove("resume", after=0)
    await until(hers, visitor, "mine", line="here")
    await visitor.line.tell(t="leave")
    await until(hers, visitor, "mine", line="left")
    await visitor.renew()
    await visitor.prove("end")
    await until(hers, visitor, "mine", phase="closed", line="left")


async def test_closing_is_answered_every_time(running: Running, bystander: Bystander) -> None:
    """From the tab that follows, again, and from a tab that does not: `phase closed`; the visitor hears it once."""
    visitor, anna = await opened(running), await running.counsellor(0)
    assert visitor.line is not None
    first = await anna.dial()
    assert isinstance(await anna.take(visitor.id), Thread)
    assert (await visitor.line.control("phase"))["phase"] == "active"
    second = await anna.dial()
    for line in (first, first, second, second):
        await line.tell(t="close", conversation=visitor.id)
        assert (await line.control("phase", "refused")).get("phase") == "closed"
    await visitor.prove("resume", after=0)
    assert (await visitor.line.control("resumed"))["phase"] == "closed"
    assert [message for kind, message in visitor.line._kept if kind == "phase"] == [
        {"t": "phase", "conversation": visitor.id, "phase": "closed"}
    ]
    await bystander.goes_on()


async def test_taking_what_is_closed_reopens_nothing(running: Running) -> None:
    """The claimer who takes a closed conversation again reads it, and the visitor is not told that it is active."""
    visitor, anna = await opened(running), await running.counsellor(0)
    assert visitor.line is not None
    line = await anna.dial()
    await anna.take(visitor.id)
    await line.tell(t="close", conversation=visitor.id)
    await line.control("phase")
    again = await anna.take(visitor.id)
    assert isinstance(again, Thread)
    assert again.phase == "closed"
    assert [(await visitor.line.control("phase"))["phase"] for _ in range(2)] == ["active", "closed"]
    await visitor.prove("resume", after=0)
    await visitor.line.control("resumed")
    assert "phase" not in {kind for kind, _message in visitor.line._kept}


async def test_reading_again_begins_after_a_number(running: Running) -> None:
    """`read` hands over what comes after the number, once, in order; a number beyond the end means the end."""
    visitor, anna = await opened(running), await running.counsellor(0)
    for word in ("one", "two", "three"):
        await visitor.say(word)
    await anna.dial()
    await anna.take(visitor.id)
    for after, expected in ((0, [1, 2, 3]), (2, [3]), (3, []), (10**9, [])):
        line = await anna.dial()
        assert isinstance(await anna.take(visitor.id, "read", after), Thread)
        await visitor.say("more")
        seqs: list[int] = []
        while not seqs or len(seqs) <= len(expected):
            delivery = await line.next("frame")
            assert isinstance(delivery, bytes)
            seqs.append(int.from_bytes(delivery[:8]))
        assert seqs[: len(expected)] == expected
        assert seqs == sorted(set(seqs))
        line.socket.transport.abort()
