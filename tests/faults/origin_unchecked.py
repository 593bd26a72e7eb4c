"""Planted: the console's Origin is not looked at, neither on writes nor on sockets."""

from __future__ import annotations

from starlette.types import Scope

from server import cli
from server.transports.guard import Guard


def check_nothing(self: Guard, scope: Scope) -> None:
    """Instead of Guard.check_origin."""


if __name__ == "__main__":
    Guard.check_origin = check_nothing  # type: ignore[method-assign]
    cli.main()
