"""Fails when a file of the tree names a package registry's address.

Where packages come from is decided by whoever installs them; the locks' hashes decide which packages they are.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Joined here, so that this file does not name them either.
PUBLIC = frozenset(
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
)

SETTINGS = re.compile(r"^(pip|uv|npm_config)_.*(index|registry|proxy|host|links)", re.IGNORECASE)
FILES = (
    "~/.npmrc", "~/.pip/pip.conf", "~/.config/pip/pip.conf", "~/.config/uv/uv.toml", "/etc/pip.conf", "/etc/uv/uv.toml",
    "/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc",
)  # fmt: skip
HOST = re.compile(r"[a-z+]+://(?:[^/@\s]*@)?([a-z0-9.-]+)", re.IGNORECASE)
OF_THIS_MACHINE = frozenset({"localhost", "127.0.0.1"})


def registries() -> frozenset[str]:
    """Returns the hosts no file may name: the public ones, and those this machine's clients are set to."""
    texts = [value for name, value in os.environ.items() if SETTINGS.search(name)]
    texts += [path.read_text(errors="replace") for path in map(Path, map(os.path.expanduser, FILES)) if path.is_file()]
    configured = {host.lower() for text in texts for host in HOST.findall(text)}
    return PUBLIC | (configured - OF_THIS_MACHINE)


def naming(paths: Iterable[Path], hosts: Iterable[str]) -> list[str]:
    """Returns `file:line` for each line that names one of the hosts."""
    pattern = re.compile("|".join(map(re.escape, sorted(hosts))).encode(), re.IGNORECASE)
    return [
        f"{path}:{number}"
        for path in paths
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if pattern.search(line)
    ]


def tracked() -> list[Path]:
    """Lists what git tracks, and what it would on the next `git add`."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = (ROOT / name for name in set(names.split("\0")) if name)
    return sorted(path for path in paths if path.is_file())


if __name__ == "__main__":
    found = naming(tracked(), registries())
    for place in found:
        print(f"{place}: names a package registry's address")
    sys.exit(bool(found))
