"""What a visitor who has not written yet costs in memory, against a bare socket of the same server."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import psutil

from tests.bench.generator import CannotMeasure, Generator, options
from tests.bench.report import Result
from tests.bench.servers import bare, ours

CEILING = 1.5
"""Times the bare socket: issue 2, point 8."""
SOCKETS, QUICK_SOCKETS = 5_000, 1_000
REHEARSAL = 50
"""Sockets that come and go first, so that what a process loads once is not counted."""
SPARE_FILES = 500
HEARTBEAT_SECONDS = 11.0
"""Until each socket has answered a ping."""
HOLD_SECONDS = 60
KIB = 1_024


def measure(program: Path, template: Path, folder: Path, *, quick: bool) -> list[Result]:
    """Growth of resident memory for each idle socket, on both servers."""
    sockets = QUICK_SOCKETS if quick else SOCKETS
    _allow_files(sockets + SPARE_FILES)
    with bare() as relay:
        plain = _grow(program, relay.process, sockets, options(port=relay.port, visitor_path="/ws/visitor/#"))
    with ours(template, folder / "memory") as (server, process):
        own = _grow(program, process, sockets, [*options(port=server.port), "--hello"])
    ratio = own / plain
    found = f"{ratio:.2f} ({own / KIB:.1f} KiB to {plain / KIB:.1f} KiB, {sockets:,} sockets)"
    return [Result("memory of an idle visitor, times a bare socket's", found, f"<= {CEILING}", ratio <= CEILING)]


def _grow(program: Path, process: psutil.Process, sockets: int, place: list[str]) -> float:
    _hold(program, process, REHEARSAL, place, 0.5)
    before = process.memory_info().rss
    return (_hold(program, process, sockets, place, HEARTBEAT_SECONDS) - before) / sockets


def _hold(program: Path, process: psutil.Process, sockets: int, place: list[str], seconds: float) -> int:
    """Resident bytes while so many sockets are open."""
    generator = Generator(program, "idle", *options(sockets=sockets, seconds=HOLD_SECONDS), *place)
    generator.line()
    time.sleep(seconds)
    held = process.memory_info().rss
    generator.end()
    return held


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise CannotMeasure(f"{count:,} open files are needed for idle sockets, and this machine allows {hard:,}.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))
