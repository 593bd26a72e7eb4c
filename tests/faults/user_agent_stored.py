"""Planted: the outermost layer lets the user agent through, and each new conversation keeps it as its language."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from server import app, cli
from server.storage import conversations
from server.storage.conversations import NewConversation

insert_conversation = conversations.insert_conversation
last: list[str] = []


class Remembering:
    """Instead of app._Top."""

    def __init__(self, application: ASGIApp, *_more: object) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        last[:] = [HTTPConnection(scope).headers.get("user-agent", "")]
        await self._application(scope, receive, send)


def insert(connection: Connection, new: NewConversation, minute: int) -> int:
    """Instead of conversations.insert_conversation."""
    return insert_conversation(connection, replace(new, language=last[0]), minute)


if __name__ == "__main__":
    app._Top = Remembering  # type: ignore[misc, assignment]
    conversations.insert_conversation = insert
    cli.main()
