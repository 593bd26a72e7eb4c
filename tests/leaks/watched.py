"""Entry point: the product, with a list of each file it may have written, peer it called and program it started.

`strace` sees what SQLite does in C too; where it is missing or forbidden, an audit hook sees what Python does.
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

FOLDER = "LEAKS_FOOTPRINTS"
"""Variable that names the folder for the lists, one for each process."""
PRODUCT = "LEAKS_PRODUCT"
"""Variable that names another module than the product: a planted fault."""
CALLS = (
    "open openat openat2 creat mkdir mkdirat rename renameat renameat2 link linkat symlink symlinkat mknod mknodat "
    "truncate connect sendto execve"
)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
WRITTEN = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate", "sqlite3.connect"}
CALLED = {"socket.connect", "socket.sendto"}
STARTED = {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}


def strace() -> str | None:
    """Where strace is, if it may trace here."""
    program = shutil.which("strace")
    if program is None:
        return None
    tried = subprocess.run([program, "-f", "-e", "trace=execve", "true"], capture_output=True, check=False)
    return program if tried.returncode == 0 else None


def main() -> None:
    """Start the product under whatever watches best."""
    folder, product, program = Path(os.environ[FOLDER]), os.environ.get(PRODUCT, "server"), strace()
    if program is None:
        _listen((folder / f"{os.getpid()}.audit").open("w", buffering=1))
        runpy.run_module(product, run_name="__main__")
        return
    # -D: the product keeps this process's number, so that signals reach it and not the tracer.
    only = ["-e", "trace=" + ",".join(f"?{call}" for call in CALLS.split()), "-e", "signal=kill"]
    options = ["-D", "-f", "--seccomp-bpf", "-q", "-y", "-s", "0", "-o", str(folder / f"{os.getpid()}.strace")]
    os.execv(program, [program, *options, *only, sys.executable, "-m", product, *sys.argv[1:]])


def _listen(out: TextIO) -> None:
    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in WRITTEN or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES):
            out.write(f"write {arguments[0]}\n")
        elif event in CALLED:
            out.write(f"call {arguments[1]}\n")
        elif event in STARTED:
            out.write(f"start {arguments[0]}\n")

    sys.addaudithook(hook)


if __name__ == "__main__":
    main()
