"""The house's rules that a program can check: imports go down, the server cannot read, files have one noun."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES_LIMIT = 400

# Floor of the longest matching prefix; an import may go to the same floor or down.
FLOORS = {
    "crypto": 0,
    "server.model": 1,
    "server.wire": 1,
    "server.demo": 1,
    "server.storage": 2,
    "server.services": 3,
    "server.transports": 4,
    "mailgateway": 4,
    "server": 5,
    "server.app": 5,
    "server.cli": 5,
    "server.config": 5,
    "server.__main__": 5,
}
TYPESCRIPT_FLOORS = {
    "crypto": 0,
    "widget/src/wire.ts": 1,
    "widget/src": 2,
    "widget/src/visitor": 3,
    "widget/src/console": 3,
    "widget/src/embed.ts": 3,
}
SHAPES = {"crypto.atrest", "crypto.binding", "crypto.failure", "crypto.proof", "crypto.shapes"}
"""What checks shapes and public keys, or seals for rest: all of crypto that the server may know."""
CEREMONY = SHAPES | {"crypto.account", "crypto.ceremony", "crypto.statement"}
MAY_IMPORT = {
    "server.ceremonies": CEREMONY,
    "server.cli": CEREMONY,
    "server.app": SHAPES | {"crypto.selftest"},
}
ONLY_FOR = {"server.ceremonies": {"server.cli"}}
ASYNC_FLOOR = 4
NPM_DOORS = {"crypto/hpke.ts", "crypto/argon2.ts"}


def tracked(*patterns: str) -> list[str]:
    """Files of the tree, also those not committed yet."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [name for name in listed if (ROOT / name).exists()]


def module_of(path: str) -> str:
    """The dotted name of a Python file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def floor(module: str) -> int:
    """The floor of a Python module."""
    prefixes = [name for name in FLOORS if module == name or module.startswith(name + ".")]
    return FLOORS[max(prefixes, key=len)]


def imports(source: str) -> Iterator[str]:
    """Modules of ours that a source imports."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.split(".")[0] in ("crypto", "server", "mailgateway") and "." in name and _exists(name):
                yield name


def broken_python_rules(module: str, source: str) -> list[str]:
    """What a Python source breaks."""
    broken = []
    for name in set(imports(source)):
        if floor(name) > floor(module):
            broken.append(f"{module} imports {name}, which is above it")
        if module.startswith("server") and name.startswith("crypto.") and name not in MAY_IMPORT.get(module, SHAPES):
            broken.append(f"{module} imports {name}: the server cannot read")
        if module not in ONLY_FOR.get(name, {module}):
            broken.append(f"{module} imports {name}, which runs key ceremonies")
    if floor(module) < ASYNC_FLOOR and any(
        isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(ast.parse(source))
    ):
        broken.append(f"{module} waits, and lower floors do not")
    return broken


def broken_typescript_rules(path: str, source: str) -> list[str]:
    """What a TypeScript source breaks."""
    broken = []
    for target in re.findall(r"""(?:from|import)\s+['"]([^'"]+)['"]""", source):
        if target.startswith("."):
            other = _resolve(path, target)
            if _typescript_floor(other) > _typescript_floor(path):
                broken.append(f"{path} imports {other}, which is above it")
            if {_room(path), _room(other)} == {"visitor", "console"}:
                broken.append(f"{path} imports {other}: visitor and console never import each other")
        elif path.startswith("crypto/") and path not in NPM_DOORS:
            broken.append(f"{path} imports {target}: packages come in through {sorted(NPM_DOORS)} only")
    if re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", source):
        broken.append(f"{path} writes HTML")
    return broken


def _exists(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def _resolve(path: str, target: str) -> str:
    parts: list[str] = path.split("/")[:-1]
    for step in target.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def _room(path: str) -> str:
    return path.removeprefix("widget/src/").split("/")[0]


def _typescript_floor(path: str) -> int:
    prefixes = [name for name in TYPESCRIPT_FLOORS if path == name or path.startswith(name + "/")]
    return TYPESCRIPT_FLOORS[max(prefixes, key=len)]


def _sources(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        yield name, (ROOT / name).read_text("utf-8")


def test_python_imports_go_down_and_the_server_cannot_read() -> None:
    """No Python file imports from above, no server file imports what opens, no lower floor waits."""
    for name, source in _sources(tracked("crypto/*.py", "server/*.py", "mailgateway/*.py")):
        assert broken_python_rules(module_of(name), source) == []


def test_typescript_imports_go_down_and_write_no_html() -> None:
    """No TypeScript file imports from above, visitor and console stay apart, nothing writes HTML."""
    for name, source in _sources(tracked("crypto/*.ts", "widget/src/*.ts", "widget/src/*.tsx")):
        assert broken_typescript_rules(name, source) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("server.storage.messages", "from server.services import conversations"),
        ("server.services.people", "from crypto.hpke import open_sealed"),
        ("server.services.people", "from crypto import member"),
        ("server.app", "import crypto.ceremony"),
        ("server.app", "from server import ceremonies"),
        ("crypto.frame", "import server.wire"),
        ("server.services.people", "async def sign_in(): ..."),
    ],
)
def test_a_planted_python_fault_is_seen(module: str, source: str) -> None:
    """Each rule catches the import it is there for."""
    assert broken_python_rules(module, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("widget/src/visitor/chat.ts", "import { a } from '../console/app.tsx'"),
        ("widget/src/session.ts", "import { a } from './visitor/chat.ts'"),
        ("crypto/frame.ts", "import { a } from '../widget/src/session.ts'"),
        ("crypto/frame.ts", "import { x } from '@hpke/core'"),
        ("widget/src/dom.ts", "element.innerHTML = text"),
    ],
)
def test_a_planted_typescript_fault_is_seen(path: str, source: str) -> None:
    """Each rule catches what it is there for."""
    assert broken_typescript_rules(path, source)


def test_files_have_one_noun() -> None:
    """No source file is longer than 400 lines."""
    long = [
        name for name, source in _sources(tracked("*.py", "*.ts", "*.tsx", "*.css")) if source.count("\n") > LINES_LIMIT
    ]
    assert long == []


def test_the_printed_wire_is_fresh() -> None:
    """widget/src/wire.ts is what server/wire.py prints."""
    from server.wire import typescript

    assert (ROOT / "widget/src/wire.ts").read_text("utf-8") == typescript()
