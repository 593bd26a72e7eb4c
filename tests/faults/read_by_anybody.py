"""Planted: who reads a taken conversation is not compared with who took it."""

from __future__ import annotations

from sqlalchemy import Connection

from server import cli
from server.model.conversation import Side
from server.model.refusal import Code, Refusal
from server.services import access
from server.services.access import Access
from server.storage.conversations import find
from server.storage.keystore import Keystore
from server.transports import counsellors


def access_by_anybody(connection: Connection, keystore: Keystore, member: bytes, conversation: bytes) -> Access:
    """Instead of access_by_claimer where a console reads and closes."""
    found = find(connection, conversation)
    reached = None if found is None else access._open(keystore, found, Side.STAFF, member)
    if reached is None:
        raise Refusal(Code.UNKNOWN)
    return reached


if __name__ == "__main__":
    counsellors.access_by_claimer = access_by_anybody  # type: ignore[attr-defined]
    cli.main()
