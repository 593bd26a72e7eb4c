"""The one writer: whatever waits is committed together, so that one fsync serves many.

Appends are plans that run together; every other call runs under a savepoint of its own. When appends fail together
they are repeated one by one under savepoints, so that one failing call never harms its neighbours. A batch of appends
alone, which nearly every batch is, is first tried without any: on SQLite an open savepoint writes each page that
changes once more. Nobody is told anything before the commit.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine

from server.model.refusal import Refusal
from server.storage.messages import Append, append_one, append_together

BATCH_LIMIT = 512
"""Calls committed at once: bounds how long the last of them waits."""

Outcome = Any
"""What a call returned, or the exception it raised."""
Done = Callable[[Outcome], None]
Work = Callable[[Connection], Any]


@dataclass(frozen=True, slots=True)
class _Entry:
    work: Append | Work
    done: Done


class Scribe:
    """A thread with a queue. `hand_back` runs a callable where the callers live (the event loop)."""

    def __init__(self, engine: Engine, hand_back: Callable[[Callable[[], None]], object]) -> None:
        self._engine = engine
        self._hand_back = hand_back
        self._waiting: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)
        self._thread.start()

    def append(self, plan: Append, done: Done) -> None:
        """Store a message; `done` gets its `seq` (int), a Refusal, or an exception, after the commit."""
        self._waiting.put(_Entry(plan, done))

    def call(self, work: Work, done: Done) -> None:
        """Run `work(connection)` in a transaction; `done` gets what it returned or raised, after the commit."""
        self._waiting.put(_Entry(work, done))

    def close(self) -> None:
        """Finish what waits and end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_ = True
        while open_:
            batch, open_ = self._next_batch()
            if batch:
                outcomes = self._commit(batch)
                self._hand_back(lambda batch=batch, outcomes=outcomes: _deliver(batch, outcomes))  # type: ignore[misc]

    def _next_batch(self) -> tuple[list[_Entry], bool]:
        entry = self._waiting.get()
        batch: list[_Entry] = []
        while entry is not None:
            batch.append(entry)
            if len(batch) == BATCH_LIMIT:
                return batch, True
            try:
                entry = self._waiting.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _commit(self, batch: Sequence[_Entry]) -> list[Outcome]:
        plans = _plans(batch)
        if len(plans) == len(batch):
            # A duplicate, mostly, or a plan that went in although the commit failed: the long way finds out whose.
            with suppress(Exception), self._engine.begin() as connection:
                return append_together(connection, plans)
        return self._commit_apart(batch)

    def _commit_apart(self, batch: Sequence[_Entry]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        try:
            with self._engine.begin() as connection:
                for plans, group in groupby(batch, key=lambda entry: isinstance(entry.work, Append)):
                    entries = list(group)
                    outcomes += _run_appends(connection, entries) if plans else _run_calls(connection, entries)
        except Exception as failure:  # noqa: BLE001 - nothing of the batch is committed: each caller must hear it
            return [failure] * len(batch)
        return outcomes


def _run_appends(connection: Connection, entries: Sequence[_Entry]) -> list[Outcome]:
    plans = _plans(entries)
    try:
        with connection.begin_nested():
            return append_together(connection, plans)
    except Exception:  # noqa: BLE001 - a duplicate, mostly; whatever it is, only its own caller shall hear of it
        return [_alone(connection, lambda inner, plan=plan: append_one(inner, plan)) for plan in plans]  # type: ignore[misc]


def _plans(entries: Sequence[_Entry]) -> list[Append]:
    return [entry.work for entry in entries if isinstance(entry.work, Append)]


def _run_calls(connection: Connection, entries: Sequence[_Entry]) -> list[Outcome]:
    return [_alone(connection, entry.work) for entry in entries if not isinstance(entry.work, Append)]


def _alone(connection: Connection, work: Work) -> Outcome:
    try:
        with connection.begin_nested():
            return work(connection)
    except Refusal as refusal:
        return refusal
    except Exception as failure:  # noqa: BLE001 - its caller gets it; the neighbours go on
        return failure


def _deliver(batch: Sequence[_Entry], outcomes: Sequence[Outcome]) -> None:
    for entry, outcome in zip(batch, outcomes, strict=True):
        entry.done(outcome)
