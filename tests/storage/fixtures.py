"""Fixtures of the lower floors: a ground on SQLite and PostgreSQL in turn, and empty databases of both kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import create_database
from tests.storage.ground import Ground, People, found_ground

KINDS = ("sqlite", "postgresql")
EMPTY = "TRUNCATE places, messages, wraps, openings, conversations, sign_ins RESTART IDENTITY"
NewDatabase = Callable[[str], str]
"""Makes an empty database of a kind; its URL."""


@pytest.fixture(scope="session")
def ground_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, People]:
    """A founded ground to copy."""
    folder = tmp_path_factory.mktemp("ground-sqlite")
    return folder, found_ground(f"sqlite:///{folder / 'sluss.db'}", folder)


@pytest.fixture(scope="session")
def ground_on_postgresql(postgresql: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, People]:
    """One founded database, which tests empty of what they write, and the keystore to copy."""
    folder, url = tmp_path_factory.mktemp("ground-postgresql"), create_database(postgresql)
    return url, folder, found_ground(url, folder)


@pytest.fixture(params=KINDS)
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """A ground of one's own on each database in turn."""
    if request.param == "sqlite":
        template, people = request.getfixturevalue("ground_on_sqlite")
        made = copy_sqlite(template, people, tmp_path / "ground")
    else:
        url, template, people = request.getfixturevalue("ground_on_postgresql")
        made = Ground.copy(template, url, tmp_path / "ground", people)
        made.run(lambda connection: connection.execute(text(EMPTY)))
    yield made
    made.close()


@pytest.fixture
def sqlite_ground(ground_on_sqlite: tuple[Path, People], tmp_path: Path) -> Iterator[Ground]:
    """A ground of one's own on SQLite, for what is about its files."""
    made = copy_sqlite(*ground_on_sqlite, tmp_path / "ground")
    yield made
    made.close()


def copy_sqlite(template: Path, people: People, folder: Path) -> Ground:
    """A copy of a founded ground on SQLite."""
    return Ground.copy(template, f"sqlite:///{folder / 'sluss.db'}", folder, people)


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """Makes an empty database of either kind."""

    def make(kind: str) -> str:
        if kind == "postgresql":
            return create_database(request.getfixturevalue("postgresql"))
        return f"sqlite:///{tmp_path / 'new.db'}"

    return make
