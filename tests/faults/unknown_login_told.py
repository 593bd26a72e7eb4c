"""Planted: whoever asks for the salt of a login that nobody has is told so."""

from __future__ import annotations

from sqlalchemy import Connection

from server import cli
from server.model.refusal import Code, Refusal
from server.services import people
from server.storage.keystore import Keystore
from server.storage.people import find_by_login


def find_salt(connection: Connection, keystore: Keystore, login: str) -> bytes:
    """Instead of people.find_salt."""
    found = find_by_login(connection, login)
    if found is None:
        raise Refusal(Code.UNKNOWN)
    return found[0].random


if __name__ == "__main__":
    people.find_salt = find_salt
    cli.main()
