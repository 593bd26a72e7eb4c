"""Planted: the report of a bug prints the exception's text, as `logging.exception` would. The bugs are planted too."""

from __future__ import annotations

from server.transports import trouble


def report(failure: BaseException) -> None:
    """Instead of trouble.report."""
    trouble.log.error("%s: %s", type(failure).__name__, failure)


if __name__ == "__main__":
    trouble.report = report
    # Only now: every other module takes `report` by its name when it is imported.
    from server import cli
    from tests.faults.bug_with_text import plant

    plant()
    cli.main()
