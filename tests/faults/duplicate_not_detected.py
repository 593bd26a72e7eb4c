"""Planted: a frame that comes again is stored again, under an identity of its own, and gets another number."""

from __future__ import annotations

import secrets
from dataclasses import replace

from sqlalchemy import Connection

from server import cli
from server.model.refusal import Refusal
from server.storage import scribe
from server.storage.messages import Append, append_together, row_name

FAR = 2**40
NONCE = 12


def append_again(connection: Connection, plan: Append) -> int | Refusal:
    """Instead of append_one, where the scribe repeats a batch call by call."""
    header = replace(plan.header, counter=plan.header.counter + FAR + secrets.randbelow(FAR))
    name = row_name(header.conversation, header.instance, header.counter)
    sealed = plan.key.seal(secrets.token_bytes(NONCE), plan.frame, "messages", name, "frame")
    return append_together(connection, [replace(plan, header=header, sealed=sealed)])[0]


if __name__ == "__main__":
    scribe.append_one = append_again  # type: ignore[attr-defined]
    cli.main()
