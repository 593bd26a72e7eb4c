"""`make bench`: ratios against bare servers, and what a visitor waits for. Status 1 when a target is missed."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.bench import click, memory, rate
from tests.bench.generator import CannotMeasure, compile_generator
from tests.bench.report import Result, table
from tests.bench.servers import found_template

PARTS = ("rate", "memory", "click")


def main() -> int:
    """Run the chosen parts and print the table."""
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all when none is named")
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds")
    chosen = parser.parse_args()
    unknown = set(chosen.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {min(unknown)}")
    try:
        results = _measure(chosen.parts or PARTS, quick=chosen.quick)
    except CannotMeasure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 2
    print("\n" + table(results))
    return 1 if any(one.reached is False for one in results) else 0


def _measure(parts: list[str] | tuple[str, ...], *, quick: bool) -> list[Result]:
    if len(os.sched_getaffinity(0)) < 2:
        raise CannotMeasure("Server and generator need a core each, and there is only one.")
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="sluss-bench-") as name:
        folder = Path(name)
        if "rate" in parts or "memory" in parts:
            program, template = compile_generator(folder), found_template(folder)
            if "rate" in parts:
                results += rate.measure(program, template, folder, rate.QUICK if quick else rate.FULL)
            if "memory" in parts:
                results += memory.measure(program, template, folder, quick=quick)
        if "click" in parts:
            results += click.measure(folder, quick=quick)
    return results


if __name__ == "__main__":
    sys.exit(main())
