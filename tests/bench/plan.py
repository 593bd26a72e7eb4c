"""What the generator cannot make itself: true openings of visitors, and a signed-in counsellor's cookie."""

from __future__ import annotations

from tests.people import PublicDesk, Visitor
from tests.running import Running


async def compose_plan(server: Running, pairs: int) -> bytes:
    """Handshake headers of the counsellor, an empty line, then each pair's opening and conversation id."""
    counsellor = await server.counsellor()
    public = await PublicDesk.fetch(server.origin, server.origin)
    visitors = [Visitor(public, server.origin) for _pair in range(pairs)]
    head = f"Origin: {counsellor.origin}\r\nCookie: {counsellor.cookie}\r\n\r\n".encode()
    return head + b"".join(visitor.opening + visitor.id.encode() for visitor in visitors)
