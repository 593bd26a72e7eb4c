"""A real server as its own process on free ports, over a copy of a founded demo; tests start, kill and restart it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from server import demo
from tests.people import Counsellor, PublicDesk, Visitor

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
FAST_LIMITS = "[limits]\nframes_per_second = 100000\nframes_burst = 100000\nsign_ins_per_minute = 100000\n"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Running:
    """One server process. `entry` is a module: the product's own, or one of tests/faults."""

    folder: Path
    database: str = ""
    entry: str = "server"
    port: int = field(default_factory=free_port)
    console_port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """Where everything at rest lies."""
        return self.folder / "data"

    @property
    def output(self) -> Path:
        """Standard output and error of every start."""
        return self.folder / "output.txt"

    @property
    def origin(self) -> str:
        """The visitors' origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def console_origin(self) -> str:
        """The console's origin."""
        return f"http://console.localhost:{self.console_port}"

    @property
    def console_address(self) -> str:
        """Where the console listens, for programs that resolve no `.localhost`."""
        return f"http://127.0.0.1:{self.console_port}"

    def variables(self) -> dict[str, str]:
        """The environment the server runs in."""
        temporary = self.folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        limits = self.folder / "limits.toml"
        if not limits.exists():
            limits.write_text(FAST_LIMITS)
        own = {
            "SLUSS_DATA": str(self.data),
            "SLUSS_PORT": str(self.port),
            "SLUSS_CONSOLE_PORT": str(self.console_port),
            "SLUSS_CONFIG": str(limits),
            "TMPDIR": str(temporary),
        }
        if self.database:
            own["SLUSS_DATABASE"] = self.database
        return {**os.environ, **own, **self.environment}

    def start(self) -> Self:
        """Start and wait until both ports answer."""
        command = [sys.executable, "-m", self.entry, "demo"]
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.variables(), stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )
        deadline = time.monotonic() + START_SECONDS
        while not (self._answers(self.port) and self._answers(self.console_port)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server did not start:\n{self.output.read_text()}")
            time.sleep(0.03)
        return self

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nobody says goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, as an operator stops it."""
        self._end(signal.SIGTERM)

    async def public(self) -> PublicDesk:
        """The desk as a visitor's page has it."""
        return await PublicDesk.fetch(self.origin, self.origin)

    async def visitor(self, **options: object) -> Visitor:
        """Somebody who has not written yet."""
        return Visitor(await self.public(), f"ws://127.0.0.1:{self.port}", **options)  # type: ignore[arg-type]

    async def counsellor(self, number: int = 1, **options: object) -> Counsellor:
        """A signed-in counsellor of the demo (0 is the coordinator)."""
        person = demo.PEOPLE[number]
        counsellor = Counsellor(
            self.console_address,
            self.console_origin,
            person.login,
            person.password,
            **options,  # type: ignore[arg-type]
        )
        answer = await counsellor.sign_in()
        assert answer.status_code == 204, answer.status_code
        return counsellor

    def _end(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(30)

    @staticmethod
    def _answers(port: int) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def copy_founded(template: Path, folder: Path) -> Running:
    """A server over a copy of a founded demo."""
    shutil.copytree(template, folder / "data")
    return Running(folder)
