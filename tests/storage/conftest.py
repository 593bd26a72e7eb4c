"""The lower floors' own fixtures."""

from tests.storage.fixtures import ground, ground_on_postgresql, ground_on_sqlite, new_database, sqlite_ground

__all__ = ["ground", "ground_on_postgresql", "ground_on_sqlite", "new_database", "sqlite_ground"]
