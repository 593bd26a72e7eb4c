"""Planted: an HTTP body may be as long as anybody likes."""

from __future__ import annotations

from server import cli
from server.transports import api

ENDLESS = 2**30

if __name__ == "__main__":
    api.BODY_LIMIT = ENDLESS  # type: ignore[attr-defined]
    cli.main()
