"""Planted: a destroyed shred key is forgotten in memory, and its slot stays as it was."""

from __future__ import annotations

from collections.abc import Iterable

from server import cli
from server.storage.slots import SlotFile


def forget(self: SlotFile, names: Iterable[bytes]) -> int:
    """Instead of SlotFile.destroy."""
    return len([name for name in names if self._values.pop(name, None) is not None])


if __name__ == "__main__":
    SlotFile.destroy = forget  # type: ignore[method-assign]
    cli.main()
