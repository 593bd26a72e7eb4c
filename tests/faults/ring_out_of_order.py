"""Planted: the hub hands every second frame on only after the one behind it."""

from __future__ import annotations

from server import cli
from server.transports.hub import Follower, Hub

held: dict[bytes, list[tuple[int, bytes]]] = {}


def ring(self: Hub, origin: Follower, seq: int, frame: bytes) -> None:
    """Instead of Hub.ring."""
    conversation = origin.access.conversation.id
    waiting = held.setdefault(conversation, [])
    waiting.append((seq, frame))
    if len(waiting) < 2:
        return
    for later in reversed(held.pop(conversation)):
        for follower in self._followers.get(conversation, ()):
            if follower is not origin:
                follower.hand(*later)


if __name__ == "__main__":
    Hub.ring = ring  # type: ignore[method-assign]
    cli.main()
