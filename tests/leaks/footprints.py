"""What `watched.py` saw: files that may have been written, peers called, programs started."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.running import ROOT

WAIT_SECONDS = 5.0
_CALL = re.compile(r"^\d+ +(\w+)\((.*)")
_AT = re.compile(r'(?:AT_FDCWD|\d+)<([^>]*)>, "((?:[^"\\]|\\.)*)"')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE|O_APPEND")


@dataclass(frozen=True)
class Footprints:
    """Traces on the machine: paths, addresses and programs."""

    written: frozenset[str]
    called: frozenset[str]
    started: frozenset[str]

    def outside(self, *allowed: Path) -> set[str]:
        """What may have been written under none of these."""
        return {path for path in self.written if not any(Path(path).is_relative_to(one) for one in allowed)}


def read_footprints(folder: Path) -> Footprints:
    """All lists of a folder, once their processes have ended."""
    seen: set[tuple[str, str]] = set()
    for path in sorted(folder.iterdir()):
        parse = _parse_audit if path.suffix == ".audit" else _parse_strace
        for line in _read_ended(path).splitlines():
            seen.update(parse(line))
    kinds = (frozenset(what for kind, what in seen if kind == wanted) for wanted in ("write", "call", "start"))
    return Footprints(*kinds)


def _read_ended(path: Path) -> str:
    """The tracer writes its last line a moment after the process has ended."""
    ended = re.compile(rf"^{path.stem} +\+\+\+ ", re.MULTILINE)
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        text = path.read_text("utf-8", "replace")
        if path.suffix == ".audit" or ended.search(text):
            return text
        time.sleep(0.02)
    raise TimeoutError("The tracer has not ended.")


def _parse_audit(line: str) -> Iterator[tuple[str, str]]:
    kind, _, what = line.partition(" ")
    yield kind, str(ROOT / what) if kind == "write" else what


def _parse_strace(line: str) -> Iterator[tuple[str, str]]:
    found = _CALL.match(line)
    if found is None:
        return
    call, arguments = found.groups()
    if call == "execve":
        yield "start", arguments.split(",")[0].strip('"')
    elif call in ("connect", "sendto"):
        if "sa_family" in arguments:
            yield "call", arguments[arguments.index("sa_family") :].split("}")[0]
    elif not call.startswith("open") or _WRITES.search(arguments):
        yield from (("write", path) for path in _paths(arguments))


def _paths(arguments: str) -> list[str]:
    beside = [str(Path(folder) / name) for folder, name in _AT.findall(arguments)]
    return beside or [str(ROOT / name) for name in _QUOTED.findall(arguments)]
