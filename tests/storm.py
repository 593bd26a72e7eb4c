"""Conversations held while lines are cut and servers killed, and what must be true of them afterwards."""

from __future__ import annotations

import asyncio
import copy
import os
import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from crypto.transcript import Message
from tests.half import Broken, Half, demand, identity_of, until
from tests.people import Counsellor, PublicDesk, Thread, Visitor
from tests.proxy import Proxy
from tests.running import Running
from tests.script import Console, VisitorPage

AT_ONCE = 4
"""Conversations held at the same time."""
STALLED = 25.0
"""Seconds without an end after which something counts as lost."""
LONGEST = 600.0
"""Seconds that all cuts together may take."""
LETTERS = "abcdefghijklmnopqrstuvwxyzåäöø 🌊"
UNACCEPTED = 6
"""Frames after which a talker waits for the line, as a person would."""
KILL_AFTER = 12
"""Frames accepted between two kills, at most."""


def seed() -> str:
    """A fresh seed, or the one that SLUSS_SEED says; told, so that a failure can be repeated."""
    chosen = os.environ.get("SLUSS_SEED") or str(secrets.randbelow(2**32))
    print(f"SLUSS_SEED={chosen}")
    return chosen


@dataclass(frozen=True)
class Held:
    """One conversation from its opening to its end."""

    page: VisitorPage
    staff: Half
    deleted: bool


@dataclass
class Storm:
    """One server, its two lines, one console and whoever comes to write."""

    running: Running
    seed: str
    public: PublicDesk
    counsellor: Counsellor
    console: Console
    lines: tuple[Proxy, Proxy]
    stalled: float = STALLED
    delivery: bool = False
    """Must every word be shown as delivered?"""
    held: list[Held] = field(default_factory=list)
    pages: int = 0
    kills: int = 0

    @property
    def cuts(self) -> int:
        """How many lines were cut."""
        return sum(len(line.cuts) for line in self.lines)

    @property
    def accepted(self) -> int:
        """Frames that the server has said it accepted, of the conversations held now."""
        return sum(len(half.places) for half in self.console.halves.values())

    def visitor(self) -> VisitorPage:
        """Somebody new, on the bad line."""
        self.pages += 1
        visitor = Visitor(self.public, f"ws://127.0.0.1:{self.lines[0].port}")
        return VisitorPage(visitor, f"{self.seed}/visitor/{self.pages}")


@asynccontextmanager
async def storm(running: Running, seed: str, cuts: int = 0, stalled: float = STALLED) -> AsyncIterator[Storm]:
    """The scene; at most `cuts` lines are cut, shared by the visitors' and the console's."""
    counsellor = await running.counsellor()
    public = await running.public()
    async with AsyncExitStack() as stack:
        # One console carries all conversations, and so gets its share of the cuts.
        shares = (running.port, "visitors", cuts - cuts // 4), (running.console_port, "console", cuts // 4)
        lines = [await stack.enter_async_context(Proxy(port, f"{seed}/{name}", n)) for port, name, n in shares]
        console = Console(counsellor, f"ws://127.0.0.1:{lines[1].port}", f"{seed}/console")
        yield Storm(running, seed, public, counsellor, console, (lines[0], lines[1]), stalled)


async def rage(scene: Storm, kills: int = 0, reloads: int = 3, at_once: int = AT_ONCE) -> None:
    """Hold conversations until every cut, kill and reload has happened, and judge them all."""
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(scene.console.run())
            trouble = group.create_task(_trouble(scene, kills, reloads))
            holding = [group.create_task(_hold_on(scene, group, trouble, n)) for n in range(at_once)]
            await asyncio.gather(trouble, *holding)
            for held in scene.held:
                await judge(scene, held)
            scene.console.stop()
            await running
    except BaseExceptionGroup as group_:
        raise _first(group_) from group_


async def converse(scene: Storm, group: asyncio.TaskGroup, chance: random.Random) -> Held:
    """One conversation: the visitor opens it, both talk at once, it is ended by either side or deleted."""
    page, staff, console = scene.visitor(), Half(), scene.console
    half, name = page.half, page.visitor.id
    half.other, staff.other = staff, half
    console.expect(name, staff)
    group.create_task(page.run())
    page.say(_text(chance))
    await until(lambda: bool(staff.phase), scene.stalled, "Nobody could take the conversation.")
    answer, writes = partial(console.say, name), partial(console.writes, name)
    await asyncio.gather(_talk(half, page.say, page.writes, chance), _talk(staff, answer, writes, chance))
    await until(lambda: _all_heard(half, staff), scene.stalled, f"Something was lost: {_lost(half, staff)}")
    if scene.delivery:
        # A receipt is never stored. What is lost with a line is said again to whoever comes back; but while the server
        # has not noticed that the old line is gone, nobody seems to come back.
        await until(lambda: half.opened_by_other and staff.opened_by_other, scene.stalled, "Delivery was not told.")
    deleted = await _end(scene, page, staff, chance)
    return Held(page, staff, deleted)


async def judge(scene: Storm, held: Held) -> None:
    """Both said and heard the same, the server's numbers have no hole, and who reads anew reads the same."""
    page, staff = held.page, held.staff
    _judge_halves(page.half, staff)
    console = copy.copy(scene.counsellor)
    console.address = scene.running.console_address
    line = await console.dial()
    try:
        answer = await console.take(page.visitor.id, "read", 0)
        if held.deleted:
            demand(not isinstance(answer, Thread) and answer["code"] == "unknown", "What was deleted is still there.")
        else:
            demand(isinstance(answer, Thread), "What was kept is not there any more.")
            assert isinstance(answer, Thread)
            await _judge_history(answer, page.half, staff)
    finally:
        line.socket.transport.abort()


def _judge_halves(half: Half, staff: Half) -> None:
    # Both had heard everything; a page load since then may have read only a part of it again.
    same = half.heard == staff.said and staff.heard == half.said[: len(staff.heard)]
    demand(same, "Not everything was heard as it was said.")
    frames = {**half.frames, **staff.frames}
    places = {**half.places, **staff.places}
    demand(places.keys() == frames.keys(), "A frame has no number, or a number has no frame.")
    demand(all(places[i] == at for side in (half, staff) for i, at in side.places.items()), "The sides' orders differ.")
    demand(sorted(places.values()) == list(range(1, len(frames) + 1)), "The server's numbers have a hole.")


async def _judge_history(thread: Thread, half: Half, staff: Half) -> None:
    frames, places = {**half.frames, **staff.frames}, {**half.places, **staff.places}
    demand(thread.last == len(frames), "The server counts another number of frames.")
    messages: list[Message] = []
    for number in range(1, thread.last + 1):
        delivery = await thread.line.next("frame")
        assert isinstance(delivery, bytes)
        identity = identity_of(delivery[8:])
        demand(int.from_bytes(delivery[:8], "big") == number == places[identity], "History has another order.")
        demand(delivery[8:] == frames[identity], "History has other bytes.")
        heard = thread.transcript.hear(delivery[8:], None)
        demand(not heard.anomalies, "History does not fit together.")
        messages += heard.messages
    told = [[m.text.decode() for m in messages if m.direction == way and m.kind == 1] for way in (1, 2)]
    demand(told == [half.said, staff.said], "Who reads anew reads something else.")


async def _hold_on(scene: Storm, group: asyncio.TaskGroup, trouble: asyncio.Task[None], number: int) -> None:
    chance = random.Random(f"{scene.seed}/script/{number}")
    while True:
        scene.held.append(await converse(scene, group, chance))
        if trouble.done():
            return


async def _trouble(scene: Storm, kills: int, reloads: int) -> None:
    """Kills and reloads in the middle of the traffic; done when the lines have had their cuts too."""
    chance = random.Random(f"{scene.seed}/trouble")
    events = ["kill"] * kills + ["reload"] * reloads
    chance.shuffle(events)
    for event in events:
        await _in_the_middle(scene, chance.randint(1, KILL_AFTER))
        if event == "reload":
            scene.console.reload()
            continue
        scene.running.kill()
        scene.kills += 1
        await asyncio.to_thread(scene.running.start)
    await until(lambda: all(line.done for line in scene.lines), LONGEST, "The lines are not used any more.")


async def _in_the_middle(scene: Storm, frames: int) -> None:
    """Until so many frames more are accepted, or a conversation has ended."""
    before = scene.accepted
    moved = range(before, before + frames)
    await until(lambda: scene.accepted not in moved, scene.stalled, "Nothing is accepted any more.")


async def _talk(half: Half, say: Callable[[str], None], writes: Callable[[], None], chance: random.Random) -> None:
    for _message in range(chance.randint(3, 12)):
        await until(lambda: len(half.unaccepted) <= UNACCEPTED, LONGEST, "Nothing is accepted any more.")
        if chance.random() < 0.3:
            writes()
        say(_text(chance))
        await asyncio.sleep(chance.expovariate(30))


async def _end(scene: Storm, page: VisitorPage, staff: Half, chance: random.Random) -> bool:
    name, fate = page.visitor.id, chance.choice(("end", "close", "close", "delete"))
    if fate == "delete":
        scene.console.doomed.add(name)
        page.ask("delete")
        await until(lambda: page.gone, scene.stalled, "The conversation could not be deleted.")
        await until(lambda: name in scene.console.gone, scene.stalled, "The console was not told of the deletion.")
        return True
    if fate == "end":
        page.ask("end")
    else:
        scene.console.close(name)
    closed = ("closed", "closed")
    await until(lambda: (page.half.phase, staff.phase) == closed, scene.stalled, "It could not be closed.")
    page.stop()
    scene.console.put_away(name)
    return False


def _all_heard(half: Half, staff: Half) -> bool:
    return half.settled and staff.settled and half.heard == staff.said and staff.heard == half.said


def _lost(half: Half, staff: Half) -> str:
    counts = [len(part) for part in (half.said, staff.heard, staff.said, half.heard, half.unaccepted, staff.unaccepted)]
    told = "visitor said {}, heard {}; counsellor said {}, heard {}; not accepted {} and {}".format(*counts)
    places = [f"{h.phase}, {h.cursor} of {h.last}, {len(h.earlier)} earlier, {h.sent} sent" for h in (half, staff)]
    return "; ".join([told, *places, str(sorted(staff.numbers))])


def _text(chance: random.Random) -> str:
    """Mostly short; sometimes of several frames."""
    size = chance.randint(1, 60) if chance.random() < 0.85 else chance.randint(800, 2_500)
    return "".join(chance.choices(LETTERS, k=size))


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What broke, rather than what was cancelled because of it."""
    broken = group.subgroup(Broken) or group
    failure: BaseException = broken
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
