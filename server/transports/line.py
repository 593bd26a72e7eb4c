"""The line under a WebSocket: uvicorn's, but one that does not answer is cut and not waited for."""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class ImpatientLine(WebSocketsSansIOProtocol):
    """Closing waits until the peer has read everything: who never reads would keep socket and buffers for ever."""

    def keepalive_timeout(self) -> None:
        """No answer to a ping: say so to whom it may still reach, and cut."""
        super().keepalive_timeout()
        self.transport.abort()
