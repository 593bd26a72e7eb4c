"""What every transport needs to call a service: the writer, the readers, the keystore, the clock and chance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine

from server.model.limits import Limits
from server.services.access import Place
from server.storage.database import READ_ONLY
from server.storage.keystore import Keystore
from server.storage.scribe import Outcome, Scribe

T = TypeVar("T")


@dataclass(frozen=True)
class Runtime:
    """One process's ground. `now` gives whole seconds since 1970, `steady` a clock that never goes back."""

    engine: Engine
    scribe: Scribe
    keystore: Keystore
    place: Place
    limits: Limits
    now: Callable[[], int]
    steady: Callable[[], float]
    random: Callable[[int], bytes]
    readers: ThreadPoolExecutor

    async def call(self, work: Callable[[Connection], T]) -> T:
        """Run work in the writer; returns after the commit, raises what the work raised."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def done(outcome: Outcome) -> None:
            if future.done():
                return
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        self.scribe.call(work, done)
        return await future

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run work in a read-only transaction beside the loop."""

        def run() -> T:
            with self.engine.connect().execution_options(**READ_ONLY) as connection, connection.begin():
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self.readers, run)

    async def outside(self, work: Callable[[Engine], T]) -> T:
        """Run work on the engine itself, beside the loop."""
        return await asyncio.get_running_loop().run_in_executor(self.readers, work, self.engine)
