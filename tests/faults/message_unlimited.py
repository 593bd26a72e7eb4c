"""Planted: a WebSocket message may be as long as anybody likes, and is gathered in memory before it is judged."""

from __future__ import annotations

from server import app, cli

ENDLESS = 2**30

if __name__ == "__main__":
    app.MESSAGE_LIMIT = ENDLESS  # type: ignore[attr-defined]
    cli.main()
