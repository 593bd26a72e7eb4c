"""Planted: the session token itself is stored beside its hash."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from server import cli
from server.services import people
from server.storage import people as rows
from server.storage.keystore import Keystore

sign_in = people.sign_in


def store_token(
    connection: Connection, keystore: Keystore, random: Callable[[int], bytes], login: str, secret: bytes, now: int
) -> bytes:
    """Instead of people.sign_in."""
    token = sign_in(connection, keystore, random, login, secret, now)
    found = rows.find_by_login(connection, login)
    assert found is not None
    rows.insert_sign_in(connection, token, found[0].id, now)
    return token


if __name__ == "__main__":
    people.sign_in = store_token
    cli.main()
