"""What was found, beside what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One line of the table; without a target it only informs."""

    name: str
    found: str
    target: str = ""
    reached: bool | None = None


def table(results: Sequence[Result]) -> str:
    """All results under each other."""
    rows = [(one.name, one.found, one.target, _VERDICTS[one.reached]) for one in results]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


_VERDICTS = {True: "reached", False: "MISSED", None: ""}
