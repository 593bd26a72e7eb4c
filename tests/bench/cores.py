"""Two cores: one for the server alone, one for the generator; and what a core was busy with."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

SERVER_CORE, GENERATOR_CORE = 0, 1


@contextlib.contextmanager
def pinned(core: int) -> Iterator[None]:
    """What is started inside runs on this core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class Clock:
    """CPU seconds so far: of a process, and of everybody on the server's core."""

    process: float
    core: float
    core_idle: float

    @classmethod
    def read(cls, process: psutil.Process) -> Clock:
        """The state of now."""
        used, core = process.cpu_times(), psutil.cpu_times(percpu=True)[SERVER_CORE]
        # iowait counts as idle: nobody needed the core.
        idle = core.idle + core.iowait
        busy = core.user + core.nice + core.system + core.irq + core.softirq + core.steal
        return cls(used.user + used.system, busy, idle)

    def since(self, before: Clock) -> Clock:
        """What was used since `before`."""
        return Clock(self.process - before.process, self.core - before.core, self.core_idle - before.core_idle)
