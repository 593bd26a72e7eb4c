"""The generator in C: compiled when it is needed, started on a core of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.bench.cores import GENERATOR_CORE, pinned

SOURCE = Path(__file__).with_name("generator.c")
COMPILER = "gcc"


class CannotMeasure(Exception):
    """One sentence: what this machine lacks."""


def compile_generator(folder: Path) -> Path:
    """The compiled generator; raises CannotMeasure without a compiler."""
    compiler = shutil.which(COMPILER)
    if compiler is None:
        raise CannotMeasure("The load generator is written in C and there is no gcc here; install gcc and libc6-dev.")
    program = folder / "generator"
    command = [compiler, "-O2", "-Wall", "-Wextra", "-o", str(program), str(SOURCE)]
    if subprocess.run(command, check=False).returncode:
        raise CannotMeasure("gcc cannot compile the load generator; install gcc and libc6-dev.")
    return program


class Generator:
    """One run of the generator; its lines are read one by one."""

    def __init__(self, program: Path, *arguments: object) -> None:
        command = [str(program), *map(str, arguments)]
        with pinned(GENERATOR_CORE):
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def line(self) -> str:
        """The next line; raises CannotMeasure when the generator gave up, which it has explained on standard error."""
        assert self._process.stdout is not None
        text = self._process.stdout.readline().strip()
        if not text:
            raise CannotMeasure("The load generator gave up.")
        return text

    def end(self) -> None:
        """Close its standard input and wait."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def options(**values: object) -> list[str]:
    """Names and values as the generator takes them."""
    return [word for name, value in values.items() for word in (f"--{name.replace('_', '-')}", str(value))]
