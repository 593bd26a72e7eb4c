"""Lines that are cut and servers that are killed in the middle of conversations: nothing lost, doubled or reordered."""

from __future__ import annotations

import pytest

from tests.running import Running
from tests.storm import rage, seed, storm

CUTS = 200
KILLS = {"sqlite": 20, "postgresql": 10}
LONG_CUTS, LONG_KILLS = 260, 40


@pytest.mark.timeout(300)
async def test_two_hundred_cuts_lose_nothing(server: Running) -> None:
    """Conversations over lines that are cut, reset and silenced after any byte come through whole."""
    async with storm(server, seed(), cuts=CUTS) as scene:
        await rage(scene)
        assert scene.cuts >= CUTS


@pytest.mark.timeout(300)
async def test_kills_lose_nothing(any_server: Running) -> None:
    """Conversations over a server that is killed and started again come through whole."""
    kills = KILLS["postgresql" if any_server.database else "sqlite"]
    async with storm(any_server, seed()) as scene:
        await rage(scene, kills=kills)
        assert scene.kills == kills


async def test_delivery_is_told_again_after_a_kill(server: Running) -> None:
    """Receipts are never stored: both sides come back, say them again, and every word is shown as delivered."""
    async with storm(server, seed()) as scene:
        scene.delivery = True
        await rage(scene, kills=2, reloads=0, at_once=1)
        assert scene.kills == 2


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_three_hundred_troubles_lose_nothing(any_server: Running, capsys: pytest.CaptureFixture[str]) -> None:
    """Cuts and kills at once, on each database."""
    with capsys.disabled():
        chosen = seed()
    async with storm(any_server, chosen, cuts=LONG_CUTS) as scene:
        await rage(scene, kills=LONG_KILLS, reloads=10)
        assert scene.cuts + scene.kills >= LONG_CUTS + LONG_KILLS
