"""Planted: whoever comes back is followed from one frame further than they asked for."""

from __future__ import annotations

from server import cli
from server.services.access import Access
from server.transports.hub import Follower
from server.transports.talk import Talk

follow = Talk.follow


def follow_further(self: Talk, access: Access, cursor: int) -> Follower:
    """Instead of Talk.follow."""
    return follow(self, access, min(cursor + 1, access.conversation.last_seq))


if __name__ == "__main__":
    Talk.follow = follow_further  # type: ignore[method-assign]
    cli.main()
