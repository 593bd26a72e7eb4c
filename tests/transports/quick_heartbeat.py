"""The product with a heartbeat of half a second, for tests that wait for it. Nothing is planted."""

from __future__ import annotations

from server import app, cli

if __name__ == "__main__":
    app.HEARTBEAT_SECONDS = 0.5  # type: ignore[assignment]
    cli.main()
