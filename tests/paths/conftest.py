"""What the tests of a lying server share: one true server behind all lies, and who has signed in there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.binding import unbind
from tests.hand import Hand, People
from tests.liar import Liar, lying
from tests.people import Counsellor
from tests.running import Running, copy_founded


@pytest.fixture(scope="session")
def people(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """One true server, its coordinator's hand and a counsellor."""
    running = copy_founded(founded, tmp_path_factory.mktemp("lying"))
    running.start()
    coordinator, counsellor = asyncio.run(_sign_in(running))
    delegation, _statement = unbind(coordinator.introduction, 2)
    yield People(running, Hand(coordinator.org, coordinator.seed, delegation), counsellor)
    running.kill()


async def _sign_in(running: Running) -> tuple[Counsellor, Counsellor]:
    return await running.counsellor(0), await running.counsellor(1)


@pytest.fixture(scope="session")
def one_liar(people: People) -> Iterator[Liar]:
    """The liar in front of it."""
    with lying(people.running) as liar:
        yield liar


@pytest.fixture
def liar(one_liar: Liar) -> Liar:
    """The liar, who says nothing but the truth until the test wants something else."""
    one_liar.tell_the_truth()
    return one_liar
