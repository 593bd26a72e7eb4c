"""Planted: the scribe tells its callers inside the transaction, and the commit follows a little later."""

from __future__ import annotations

import time
from typing import Any

from server import cli
from server.storage import scribe
from server.storage.messages import Append
from server.storage.scribe import Scribe

LATER_SECONDS = 0.3
"""As if more were gathered for the same fsync."""


def commit(self: Scribe, batch: Any) -> list[Any]:
    """Instead of Scribe._commit: outcomes first, commit after; nothing is left to deliver."""
    with self._engine.begin() as connection:
        for entry in batch:
            run = scribe._run_appends if isinstance(entry.work, Append) else scribe._run_calls
            [outcome] = run(connection, [entry])
            self._hand_back(lambda entry=entry, outcome=outcome: entry.done(outcome))  # type: ignore[misc]
        time.sleep(LATER_SECONDS)
    batch.clear()
    return []


if __name__ == "__main__":
    Scribe._commit = commit  # type: ignore[method-assign]
    cli.main()
