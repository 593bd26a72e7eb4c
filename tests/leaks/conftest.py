"""Servers for the leak search: each a copy of a founded demo with a counsellor whose password is a canary."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import create_database
from tests.leaks.canaries import PASSWORDS, Canaries
from tests.leaks.places import Cluster
from tests.leaks.watch import Watch, enrol_counsellor, mistype
from tests.running import Running, copy_founded

Arrange = Callable[..., Watch]


@dataclass(frozen=True)
class Staffed:
    """A server's folder that nobody has used yet but for making an account, and the passwords typed then."""

    folder: Path
    passwords: dict[str, str]


@pytest.fixture(scope="session")
def staffed(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Staffed:
    """To be copied; what its commands printed lies in it as well."""
    running = copy_founded(founded, tmp_path_factory.mktemp("staffed") / "server")
    canaries = Canaries(secrets.token_bytes)
    enrol_counsellor(running, canaries)
    mistype(running, canaries)
    return Staffed(running.folder, {name: canaries.word(name) for name in PASSWORDS})


@pytest.fixture
def arrange(staffed: Staffed, tmp_path: Path) -> Arrange:
    """Make a watched server over a copy; arguments are `Running`'s."""

    def make(**options: Any) -> Watch:
        folder = tmp_path / "server"
        shutil.copytree(staffed.folder, folder)
        return _watch(Running(folder, **options), Canaries(secrets.token_bytes, staffed.passwords))

    return make


@pytest.fixture
def watch_on_postgresql(postgresql: Any, founded_postgresql: tuple[str, Path], tmp_path: Path) -> Watch:
    """A watched server with a database of its own, and the database server's files."""
    template, data = founded_postgresql
    running = copy_founded(data, tmp_path / "server")
    running.database = create_database(postgresql, template)
    cluster = Cluster(Path(postgresql.pgdata), lambda: postgresql.psql("CHECKPOINT"))
    canaries = Canaries(secrets.token_bytes)
    enrol_counsellor(running, canaries)
    return _watch(running, canaries, cluster)


def _watch(running: Running, canaries: Canaries, cluster: Cluster | None = None) -> Watch:
    home = running.folder / "home"
    home.mkdir(exist_ok=True)
    running.environment |= {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    return Watch(running, canaries, cluster)
