"""The storms are worth something: with a fault planted, the same conversations break, and it is told how."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.half import Broken
from tests.people import Thread
from tests.running import copy_founded
from tests.started import started
from tests.storm import rage, seed, storm

STALLED = 4.0
TICK = 1.0
CUTS, KILLS = 40, 6
FAULTS = {
    "told_before_commit": (0, KILLS, "lost|two frames|two numbers|hole|next|gap|repeat|unknown"),
    "duplicate_not_detected": (CUTS, 0, "One frame has two numbers"),
    "seq_skipped": (0, 0, "hole"),
    "resume_from_wrong_place": (CUTS, 0, "gap|lost|hole"),
    "ring_out_of_order": (0, 0, "gap|repeat|next"),
    "ring_without_cursor": (CUTS, 0, "gap|repeat|next"),
    "lost_ring_and_tick": (0, 0, "heard 0|heard 1"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_planted_fault_breaks_conversations(fault: str, founded: Path, tmp_path: Path) -> None:
    """What the storms find nothing of in the product, they find here."""
    cuts, kills, sentence = FAULTS[fault]
    with started(copy_founded(founded, tmp_path)) as running:
        async with storm(running, seed(), cuts, STALLED) as scene:
            running.kill()
            with started(running, fault), pytest.raises(Broken, match=sentence):
                await rage(scene, kills=kills, reloads=0)


async def test_a_lost_ring_costs_a_second(founded: Path, tmp_path: Path) -> None:
    """Without a single ring a message arrives all the same, when the tick tells of it."""
    with started(copy_founded(founded, tmp_path), "lost_ring") as running:
        visitor = await running.visitor()
        await visitor.dial()
        await visitor.open()
        counsellor = await running.counsellor()
        await counsellor.dial()
        thread = await counsellor.take(visitor.id)
        assert isinstance(thread, Thread)
        begun = time.monotonic()
        await visitor.say("Is anybody there?")
        assert [message.text for message in await thread.hear()] == [b"Is anybody there?"]
        assert time.monotonic() - begun < 2 * TICK + 0.5
