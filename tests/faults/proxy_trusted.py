"""Planted: X-Forwarded-For is believed, whoever sends it, and so what it names is logged as the peer."""

from __future__ import annotations

from starlette.types import ASGIApp
from uvicorn.config import Config

from server import app as product
from server import cli
from tests.faults.peer_logged import Logging

settings = product._settings


def trusting(app: ASGIApp) -> Config:
    """Instead of app._settings: the same behind uvicorn's layer for proxies, over an application that logs peers."""
    config = settings(Logging(app))
    config.proxy_headers, config.forwarded_allow_ips = True, "*"
    return config


if __name__ == "__main__":
    product._settings = trusting
    product._Top = Logging  # type: ignore[misc, assignment]
    cli.main()
