"""The migrations make what tables.py says, on both databases, however often they run."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, inspect
from sqlalchemy.exc import OperationalError

from server.storage.conversations import delete_rows
from server.storage.database import ping, upgrade
from server.storage.desks import find_installation
from server.storage.tables import metadata
from tests.storage.ground import Ground

COMMENTS = ("add_table_comment", "remove_table_comment")
"""Sentences about tables stand in tables.py only; a database needs none."""


def differences(ground: Ground, wanted: MetaData) -> list[str]:
    """What Alembic would still have to change."""
    with ground.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found = compare_metadata(context, wanted)
    return [repr(one) for one in found if one[0] not in COMMENTS]


def test_the_migrated_schema_is_the_described_one(ground: Ground) -> None:
    """Alembic finds nothing to change; with one column more in the description it finds just that."""
    assert differences(ground, metadata) == []
    changed = MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(changed)
    changed.tables["desks"].append_column(Column("more", Integer))
    [difference] = differences(ground, changed)
    assert "'add_column'" in difference
    assert "more" in difference


def test_every_table_is_there_and_described(ground: Ground) -> None:
    """Each table of the database has a sentence in tables.py."""
    there = set(inspect(ground.engine).get_table_names()) - {"alembic_version"}
    assert there == set(metadata.tables)
    assert all(str(table.comment).endswith(".") for table in metadata.sorted_tables)


def test_to_upgrade_again_changes_nothing(ground: Ground) -> None:
    """The rows stay, and the database answers."""
    before = ground.run(find_installation)
    upgrade(ground.engine)
    assert ground.run(find_installation) == before
    ping(ground.engine)


def test_what_does_not_answer_is_noticed(sqlite_ground: Ground) -> None:
    """A database that is gone makes the health check fail."""
    ping(sqlite_ground.engine)
    sqlite_ground.engine.dispose()
    (sqlite_ground.folder / "sluss.db").unlink()
    (sqlite_ground.folder / "sluss.db").mkdir()
    with pytest.raises(OperationalError):
        ping(sqlite_ground.engine)


def test_numbers_are_never_given_again(ground: Ground) -> None:
    """Whoever still holds a shredded conversation's number does not hold a stranger's."""
    first = ground.open(ground.people.visitor()).conversation.number
    ground.run(lambda connection: delete_rows(connection, first))
    assert ground.open(ground.people.visitor()).conversation.number > first
