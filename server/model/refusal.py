"""A rule said no: every refusal has a code here, with its HTTP status and whether a socket survives it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """What a refused person or program is told; meanings in docs/protocol.md."""

    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    TOO_FAST = "too-fast"
    TOO_MANY = "too-many"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    NOT_NOW = "not-now"
    TAKEN = "taken"
    UNKNOWN_DESK = "unknown-desk"
    GENERATION = "generation"
    DIRECTION = "direction"
    SIGN_IN = "sign-in"
    ORIGIN = "origin"
    WAIT = "wait"


@dataclass(frozen=True)
class Reply:
    """How a code leaves the server."""

    status: int
    closes: bool = False


REPLIES: dict[Code, Reply] = {
    Code.MALFORMED: Reply(400, closes=True),
    Code.TOO_LARGE: Reply(413, closes=True),
    Code.TOO_FAST: Reply(429),
    Code.TOO_MANY: Reply(503),
    Code.UNKNOWN: Reply(404),
    Code.CONFLICT: Reply(409),
    Code.NOT_NOW: Reply(409),
    Code.TAKEN: Reply(409),
    Code.UNKNOWN_DESK: Reply(404),
    Code.GENERATION: Reply(409),
    Code.DIRECTION: Reply(403),
    Code.SIGN_IN: Reply(401),
    Code.ORIGIN: Reply(403),
    Code.WAIT: Reply(429),
}


class Refusal(Exception):
    """Somebody asked for what the rules forbid; expected, and never carries more than its code."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code
