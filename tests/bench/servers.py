"""The two servers that are compared: ours as in production, and the bare relay. Both on the server's core."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from server.cli import found_demo
from server.config import load_config
from tests.bench.cores import SERVER_CORE, pinned
from tests.bench.generator import CannotMeasure
from tests.running import ROOT, Running, copy_founded, free_port

START_SECONDS = 30.0


@dataclass(frozen=True)
class Bare:
    """A running bare relay."""

    port: int
    process: psutil.Process


def found_template(folder: Path) -> Path:
    """The data folder of a demo that nobody has used yet; every measurement copies it."""
    data = folder / "founded"
    found_demo(load_config({"SLUSS_DATA": str(data)}, ""))
    return data


@contextlib.contextmanager
def ours(template: Path, folder: Path) -> Iterator[tuple[Running, psutil.Process]]:
    """Our server on a fresh copy of the template: SQLite, FULL, its own command line."""
    running = copy_founded(template, folder)
    try:
        with pinned(SERVER_CORE):
            running.start()
        assert running.process is not None
        yield running, psutil.Process(running.process.pid)
    finally:
        running.stop()


@contextlib.contextmanager
def bare() -> Iterator[Bare]:
    """The bare relay."""
    port = free_port()
    with pinned(SERVER_CORE):
        process = subprocess.Popen([sys.executable, "-m", "tests.bench.bare", str(port)], cwd=ROOT)
    try:
        _wait(port)
        yield Bare(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.03)
    raise CannotMeasure("The bare relay did not start.")
