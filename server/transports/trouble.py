"""Where bugs end: a log line with class and place, never a text, which could carry what somebody wrote."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

log = logging.getLogger("sluss")


def report(failure: BaseException) -> None:
    """Log an unexpected failure by class, file and line."""
    frames = traceback.extract_tb(failure.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    log.error("%s at %s", type(failure).__name__, place)


def configure_logging() -> None:
    """Only our own lines are written; libraries' loggers name peers, queries and exception texts (PR-1 to PR-3)."""
    root = logging.getLogger()
    root.handlers[:] = [logging.NullHandler()]
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
