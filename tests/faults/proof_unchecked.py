"""Planted: a visitor's proof is not checked, so that whoever knows a conversation's id has it."""

from __future__ import annotations

from server import cli
from server.services import access


def check_nothing(*_proof: object) -> None:
    """Instead of crypto.proof.check_proof."""


if __name__ == "__main__":
    access.check_proof = check_nothing  # type: ignore[attr-defined, assignment]
    cli.main()
