"""Planted: two bugs whose exceptions carry what a stranger sent. What reports them is the product's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from server import cli, wire
from server.storage import people

decode, find_by_login = wire.decode, people.find_by_login


def decode_carelessly(decoder: Any, raw: bytes | str) -> Any:
    """Instead of wire.decode: what is no message becomes a bug, in sockets' loops and in requests."""
    try:
        return decode(decoder, raw)
    except Exception as failure:
        raise ValueError(f"cannot read {raw!r}") from failure


def find_carelessly(connection: Connection, login: str) -> Any:
    """Instead of people.find_by_login: an unknown login becomes a bug, in a reader's thread and in the scribe's."""
    found = find_by_login(connection, login)
    if found is None:
        raise LookupError(f"no account for {login}")
    return found


def plant() -> None:
    """Put both bugs in place."""
    wire.decode = decode_carelessly
    people.find_by_login = find_carelessly


if __name__ == "__main__":
    plant()
    cli.main()
