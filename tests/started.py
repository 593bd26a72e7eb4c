"""A server that runs as long as a test needs it, with one part replaced or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.running import Running


@contextmanager
def started(running: Running, fault: str = "") -> Iterator[Running]:
    """Start it, by the entry point of this fault if one is named, and kill it in the end."""
    running.entry = f"tests.faults.{fault}" if fault else "server"
    try:
        yield running.start()
    finally:
        running.kill()
