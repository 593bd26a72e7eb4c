"""One case before it is written: what is called with what, and what must come of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tests.vectors.operations import Json

SUCCESS = "success"
NOT_FOR_THIS_KEY = "not_for_this_key"
MALFORMED = "malformed"
TAMPERED = "tampered"


@dataclass(frozen=True)
class Case:
    """`path` is `area/case`; the output is found by running the operation."""

    path: str
    does: str
    operation: str
    input: Json
    expect: str = SUCCESS


def drawn(name: str, size: int = 32) -> bytes:
    """Bytes that look random and are the same every time, by name."""
    return hashlib.shake_256(b"sluss vectors/" + name.encode()).digest(size)


def flipped(raw: bytes, at: int) -> bytes:
    """`raw` with the lowest bit of one byte the other way; negative counts from the end."""
    at %= len(raw)
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def replaced(raw: bytes, at: int, by: bytes) -> bytes:
    """`raw` with other bytes from `at` on."""
    return raw[:at] + by + raw[at + len(by) :]
