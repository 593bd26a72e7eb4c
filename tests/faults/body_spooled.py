"""Planted: what is posted is spooled to a file in the home folder while it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request

from server import cli
from server.transports import api

body = api._body


async def spool(request: Request, decoder: Any) -> Any:
    """Instead of api._body."""
    with Path("~/spooled").expanduser().open("ab") as file:  # noqa: ASYNC240 - a fault may be slow
        file.write(await request.body())
    return await body(request, decoder)


if __name__ == "__main__":
    api._body = spool
    cli.main()
