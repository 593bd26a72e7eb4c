"""Makes `.venv` and the browser bundles fit the locks, and does nothing when they already do.

Runs on the system's Python before anything is installed, so it uses the standard library only.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - read by whatever python3 is
    sys.exit(f"Sluss needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 …")

import fcntl
import hashlib
import os
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}

# Set for every child. Without byte code each start costs seconds, and some environments forbid it with
# PYTHONDONTWRITEBYTECODE; uv must never fetch a Python of its own.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "UV_COMPILE_BYTECODE": "1",
    "UV_PYTHON_DOWNLOADS": "never",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "VIRTUAL_ENV": str(VENV),
}


def main(kind: str) -> None:
    """Brings the tree up to date for running (`run`) or for testing it as well (`dev`)."""
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once would install over each other
        if satisfied(kind):
            build_front_end(kind)
        else:
            install(kind)


def satisfied(kind: str) -> bool:
    """Says whether what is installed was installed from today's locks; what tests need includes what running needs."""
    return any(stamp(each).is_file() and stamp(each).read_text() == fingerprint(each) for each in {kind, "dev"})


def stamp(kind: str) -> Path:
    return VENV / f".stamp-{kind}"


def fingerprint(kind: str) -> str:
    digest = hashlib.sha256(f"{ROOT} {sys.version}".encode())
    for path in (LOCKS[kind], ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install(kind: str) -> None:
    started = time.monotonic()
    if not (VENV / "bin" / "pip").exists() or not runs(PYTHON, "-c", "import sys"):
        say("making .venv")
        run(sys.executable, "-m", "venv", "--clear", VENV)
    if not runs(PYTHON, "-m", "uv", "--version"):
        say("installing uv")
        install_uv()
    say(f"installing what {LOCKS[kind].name} lists")
    uv = (PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON)
    run(*uv, "--require-hashes", "-r", LOCKS[kind])
    build_front_end(kind)
    run(*uv, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    stamp(kind).write_text(fingerprint(kind))
    say(f"installed in {time.monotonic() - started:.1f} s")


def build_front_end(kind: str) -> None:
    run(PYTHON, ROOT / "tools" / "frontend.py", kind)


def install_uv() -> None:
    """Installs uv by pip, under the hashes the lock has for it."""
    with tempfile.TemporaryDirectory() as folder:
        requirement = Path(folder) / "uv.txt"
        requirement.write_text(locked_entry("uv"))
        run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirement)


def locked_entry(package: str) -> str:
    """Returns a package's lines of the lock: one `name==version` line and its indented hashes."""
    entry: list[str] = []
    for line in LOCKS["run"].read_text().splitlines():
        if line.startswith(f"{package}=="):
            entry = [line]
        elif entry and line.startswith(" "):
            entry.append(line)
        elif entry:
            break
    return "\n".join(entry)


def runs(*command: object) -> bool:
    try:
        return subprocess.run([str(part) for part in command], env=ENVIRONMENT, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def run(*command: object) -> None:
    if status := subprocess.run([str(part) for part in command], env=ENVIRONMENT, cwd=ROOT).returncode:
        sys.exit(status)


def say(what: str) -> None:
    print(f"bootstrap: {what}", flush=True)


if __name__ == "__main__":
    main("dev" if sys.argv[1:] == ["dev"] else "run")
