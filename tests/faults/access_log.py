"""Planted: uvicorn's access log and its own messages from INFO on, on standard output and error."""

from __future__ import annotations

from starlette.types import ASGIApp
from uvicorn.config import LOGGING_CONFIG, Config

from server import app as product
from server import cli

settings = product._settings


def logged(app: ASGIApp) -> Config:
    """Instead of app._settings: the same, with uvicorn's defaults for logging."""
    config = settings(app)
    config.access_log, config.log_config = True, LOGGING_CONFIG
    config.configure_logging()
    return config


if __name__ == "__main__":
    product._settings = logged
    cli.main()
