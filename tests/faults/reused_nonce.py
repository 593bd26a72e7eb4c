"""Planted: every socket's hello holds the same nonce, so that one proof opens every door again."""

from __future__ import annotations

from server import cli, wire
from server.transports import visitors

ALWAYS = bytes(visitors.NONCE)


def hello(self: visitors._VisitorSocket) -> None:
    """Instead of _VisitorSocket._hello."""
    self._nonce = ALWAYS
    self._socket.tell(wire.Hello(wire.serialize_bytes(ALWAYS)))


if __name__ == "__main__":
    visitors._VisitorSocket._hello = hello  # type: ignore[method-assign]
    cli.main()
