"""Planted: no ring reaches anybody, and the tick does not compare either."""

from __future__ import annotations

from collections.abc import Iterable

from server import cli
from server.model.conversation import Phase
from server.transports.hub import Hub
from tests.faults.lost_ring import ring


def compare(self: Hub, asked: Iterable[bytes], marks: dict[bytes, tuple[int, Phase]]) -> None:
    """Instead of Hub.compare."""


if __name__ == "__main__":
    Hub.ring = ring  # type: ignore[method-assign]
    Hub.compare = compare  # type: ignore[method-assign]
    cli.main()
