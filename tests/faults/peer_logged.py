"""Planted: the outermost layer writes down who connects, as many a guide to "request logging" shows it."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from server import app, cli
from server.transports.trouble import log


class Logging:
    """Instead of app._Top: nothing is taken away, and the peer is logged."""

    def __init__(self, application: ASGIApp, *_more: object) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host, port = scope["client"]
        log.info("%s:%s asks for %s", host, port, scope["type"])
        await self._application(scope, receive, send)


if __name__ == "__main__":
    app._Top = Logging  # type: ignore[misc, assignment]
    cli.main()
