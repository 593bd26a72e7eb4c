"""Planted: every byte that arrives is written to the log as it is read from the line, and every WebSocket message."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from server import app as product
from server import cli
from server.transports.trouble import log

settings = product._settings


class LoggedHttp(HttpToolsProtocol):
    """Requests, good and bad."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody connects."""
        super().connection_made(transport)
        log.info("from %s", self.client)

    def data_received(self, data: bytes) -> None:
        """Something arrives."""
        log.info("%r", data)
        super().data_received(data)


class LoggedSocket(WebSocketsSansIOProtocol):
    """WebSocket messages, pings and closes."""

    def data_received(self, data: bytes) -> None:
        """Something arrives; most of it is masked."""
        log.info("%r", data)
        super().data_received(data)

    def handle_text(self, event: Frame) -> None:
        """A text, unmasked."""
        log.info("%r", bytes(event.data))
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """A binary message, unmasked."""
        log.info("%r", bytes(event.data))
        super().handle_bytes(event)

    def handle_close(self, event: Frame) -> None:
        """A close with its reason, unmasked."""
        log.info("%r", bytes(event.data))
        super().handle_close(event)


def logged(app: ASGIApp) -> Config:
    """Instead of app._settings: the same with protocols that log."""
    config = settings(app)
    config.http, config.ws = LoggedHttp, LoggedSocket
    return config


if __name__ == "__main__":
    product._settings = logged
    cli.main()
