"""What the server seals itself, bound to its table, row and column, so that no value can be moved to another place."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.binding import ID_SIZE, KEY_SIZE, bind, exactly
from crypto.failure import Malformed, Tampered
from crypto.primitives import NONCE_SIZE, TAG_SIZE


class RestKey:
    """A 32-byte key kept ready: setting up AES for each of thousands of rows a second would cost more than sealing."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(exactly(key, KEY_SIZE))

    def seal(self, nonce: bytes, plaintext: bytes, table: str, row: bytes, column: str) -> bytes:
        """nonce 12 ‖ ciphertext ‖ tag 16. `nonce` is 12 fresh random bytes."""
        return exactly(nonce, NONCE_SIZE) + self._cipher.encrypt(nonce, plaintext, _aad(table, row, column))

    def open(self, sealed: bytes, table: str, row: bytes, column: str) -> bytes:
        """What was sealed for this place; raises Malformed when too short, Tampered otherwise."""
        if len(sealed) < NONCE_SIZE + TAG_SIZE:
            raise Malformed("The sealed value is too short.")
        try:
            return self._cipher.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], _aad(table, row, column))
        except InvalidTag:
            raise Tampered("The sealed value does not belong here.") from None


def rest_seal(key: bytes, nonce: bytes, plaintext: bytes, table: str, row: bytes, column: str) -> bytes:
    """One value under a key that is used once; see `RestKey.seal`."""
    return RestKey(key).seal(nonce, plaintext, table, row, column)


def rest_open(key: bytes, sealed: bytes, table: str, row: bytes, column: str) -> bytes:
    """One value under a key that is used once; see `RestKey.open`."""
    return RestKey(key).open(sealed, table, row, column)


def unknown_random(installation_key: bytes, login: str) -> bytes:
    """The 16 bytes an unknown login gets, always the same, so that asking does not tell who exists."""
    message = bind(b"unknown-login/1", login.encode())
    return hmac.new(installation_key, message, hashlib.sha256).digest()[:ID_SIZE]


def _aad(table: str, row: bytes, column: str) -> bytes:
    return bind(b"at-rest/1", table.encode("ascii"), row, column.encode("ascii"))
