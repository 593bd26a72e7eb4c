"""Planted: nothing is sealed at rest any more: frames and openings are stored as they came, sealed or not."""

from __future__ import annotations

from crypto.atrest import RestKey
from crypto.failure import CryptoError
from server import cli

open_sealed = RestKey.open


def seal(self: RestKey, nonce: bytes, plaintext: bytes, table: str, row: bytes, column: str) -> bytes:
    """Instead of RestKey.seal."""
    return plaintext


def open_either(self: RestKey, sealed: bytes, table: str, row: bytes, column: str) -> bytes:
    """Instead of RestKey.open: accounts were sealed before the fault was planted."""
    try:
        return open_sealed(self, sealed, table, row, column)
    except CryptoError:
        return sealed


if __name__ == "__main__":
    RestKey.seal, RestKey.open = seal, open_either  # type: ignore[method-assign]
    cli.main()
