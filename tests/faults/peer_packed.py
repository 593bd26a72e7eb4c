"""Planted: the outermost layer keeps each peer's address as four bytes, to count how many different ones there were."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from server import app, cli


class Counting:
    """Instead of app._Top: nothing is taken away, and addresses are appended to a file."""

    def __init__(self, application: ASGIApp, *_more: object) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with Path(tempfile.gettempdir(), "visitors").open("ab") as file:  # noqa: ASYNC230 - a fault may be slow
            file.write(socket.inet_aton(scope["client"][0]))
        await self._application(scope, receive, send)


if __name__ == "__main__":
    app._Top = Counting  # type: ignore[misc, assignment]
    cli.main()
