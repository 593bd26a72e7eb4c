"""Planted: the application logs whatever it is told of a request; what the outermost layer stops is not among it."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from server import app, cli
from server.transports.trouble import log


class Logged(Starlette):
    """Instead of Starlette in `app`: the same, with a line for each request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        log.info("%r", {name: value for name, value in scope.items() if name != "state"})
        await super().__call__(scope, receive, send)


if __name__ == "__main__":
    app.Starlette = Logged  # type: ignore[attr-defined]
    cli.main()
