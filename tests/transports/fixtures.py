"""One server for each file of transports' tests, so that what one test does to it the next would notice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.running import Running, copy_founded
from tests.transports.bystander import Bystander


@pytest.fixture(scope="module")
def running(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that reports no bug of its own while the file's tests run."""
    server = copy_founded(founded, tmp_path_factory.mktemp("transports"))
    server.start()
    yield server
    assert server.process is not None
    assert server.process.poll() is None
    server.kill()
    assert "ERROR" not in server.output.read_text()


@pytest.fixture
async def bystander(running: Running) -> AsyncIterator[Bystander]:
    """Somebody who must not notice."""
    somebody = await Bystander.begin(running)
    yield somebody
    await somebody.noticed_nothing()
