"""Type-checks the browser's code, the crypto twins and, with Node's types added, their tests."""

import sys
from subprocess import CalledProcessError

from tools.frontend import ROOT, WIDGET, node


def projects() -> list[str]:
    """Lists the projects that have files: tsc calls an empty one an error."""
    files = {
        "tsconfig.json": [*WIDGET.glob("src/**/*.ts*"), *ROOT.glob("crypto/*.ts")],
        "tsconfig.tests.json": list(ROOT.glob("tests/**/*.ts")),
    }
    return [name for name, found in files.items() if found]


def check(project: str) -> bool:
    try:
        node(WIDGET / "node_modules" / "typescript" / "bin" / "tsc", "--project", project)
    except CalledProcessError:
        return False
    return True


if __name__ == "__main__":
    sound = [check(project) for project in projects()]  # all of them, though one failed
    sys.exit(not all(sound))
