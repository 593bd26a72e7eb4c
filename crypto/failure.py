"""The three failures of cryptography, never mixed; a message is a constant sentence without anything that was read."""

from __future__ import annotations

from typing import ClassVar


class CryptoError(Exception):
    """Something sealed, signed or wrapped was refused."""

    expect: ClassVar[str]


class NotForThisKey(CryptoError):
    """A wrap does not open with the key or password we hold: try the next key, or none is ours."""

    expect = "not_for_this_key"


class Malformed(CryptoError):
    """The bytes do not have the shape that was agreed."""

    expect = "malformed"


class Tampered(CryptoError):
    """The shape is right, but a tag, signature, chain, commitment or binding does not hold here and now."""

    expect = "tampered"
