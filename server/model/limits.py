"""What a stranger may send: sizes, rates and numbers, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Settings of one server; the defaults suit a desk of thirty counsellors on a small machine."""

    sockets: int = 10_000
    """Open sockets: the machine allows 20,000 files a process, and half is for everything else."""
    frames_per_second: float = 20.0
    """Of one socket, stored or ephemeral: a fast typist's receipts and keystrokes need under 5."""
    frames_burst: float = 120.0
    """At once after silence: resending what was not accepted while the line was lost."""
    sign_ins_per_minute: float = 30.0
    """For one login: more than a person mistypes, far less than guessing needs."""


class Bucket:
    """A token bucket: `take` is True while the rate is kept. `now` is any steadily growing number of seconds."""

    __slots__ = ("_burst", "_full", "_rate", "_since")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst, self._full, self._since = rate, burst, burst, now

    def take(self, now: float) -> bool:
        """Take one token if there is one."""
        full = self._full + (now - self._since) * self._rate
        self._since = now
        if full > self._burst:
            full = self._burst
        if full < 1.0:
            self._full = full
            return False
        self._full = full - 1.0
        return True


QUEUE_LIMIT = 1_024
"""Messages that wait for one slow reader, about 1 MB; beyond it that socket is closed and no other notices."""
UNCOMMITTED_LIMIT = 64
"""Frames of one socket between arrival and commit; reading pauses there."""
MESSAGE_LIMIT = 16 * 1_024
"""Bytes of one WebSocket message before the connection is cut; what the protocol knows is far smaller."""
UNUSED_SECONDS = 3_600
"""A visitor's socket may wait this long for the first word: finding words takes time."""
BODY_LIMIT = 2_048
"""Bytes of an HTTP request body."""
