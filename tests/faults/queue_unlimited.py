"""Planted: what a slow reader does not read is kept for it without end."""

from __future__ import annotations

from server import cli
from server.transports import socket

ENDLESS = 2**30

if __name__ == "__main__":
    socket.QUEUE_LIMIT = ENDLESS  # type: ignore[attr-defined]
    cli.main()
