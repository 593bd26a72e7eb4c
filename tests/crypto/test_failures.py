"""What a refusal says: always the same sentence, never what was read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import crypto.failure
from crypto.failure import CryptoError, Malformed, NotForThisKey, Tampered

FOLDER = Path(crypto.failure.__file__).parent
FAILURES = {failure.__name__ for failure in (Malformed, NotForThisKey, Tampered)}


def _raised() -> Iterator[tuple[str, ast.Raise, bool]]:
    for path in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        caught = {
            id(node)
            for handler in ast.walk(tree)
            if isinstance(handler, ast.ExceptHandler)
            for node in ast.walk(handler)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
                yield f"{path.name}:{node.lineno}", node, id(node) in caught


def test_messages_are_constant_sentences() -> None:
    """A refusal's text cannot carry a key, a name or a word of anybody."""
    places = [(place, node.exc) for place, node, _ in _raised() if node.exc.func.id in FAILURES]  # type: ignore[union-attr]
    for place, call in places:
        (text,) = call.args  # type: ignore[union-attr]
        assert isinstance(text, ast.Constant), place
        assert str(text.value).endswith("."), place
    assert len(places) > 40


def test_causes_are_left_out() -> None:
    """A refusal raised from a library's exception does not drag that exception's text along."""
    for place, node, caught in _raised():
        if caught and node.exc.func.id in FAILURES:  # type: ignore[union-attr]
            assert isinstance(node.cause, ast.Constant), place
            assert node.cause.value is None, place


@pytest.mark.parametrize("failure", [Malformed, NotForThisKey, Tampered])
def test_each_failure_is_named_as_in_the_vectors(failure: type[CryptoError]) -> None:
    """`NotForThisKey` is `not_for_this_key`."""
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in failure.__name__)
    assert f"_{failure.expect}" == name
