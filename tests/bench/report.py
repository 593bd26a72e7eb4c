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
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True))
    return "  ".join(cells).rstrip()


_VERDICTS = {True: "reached", False: "MISSED", None: ""}
