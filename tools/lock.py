"""Makes the locks again: exact versions and hashes, never the address of a registry."""

import subprocess
import sys

from tools.frontend import ROOT, node, node_folder

COMPILE = (sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes")
BARE = ("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate")


def compile_lock(output: str, *inputs: str) -> None:
    subprocess.run([*COMPILE, *BARE, "pyproject.toml", *inputs, "-o", output], cwd=ROOT, check=True)


if __name__ == "__main__":
    compile_lock("requirements.lock", "--group", "build")
    compile_lock("requirements-dev.lock", "--group", "build", "--group", "dev", "-c", "requirements.lock")
    node(node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", "install", "--package-lock-only")
