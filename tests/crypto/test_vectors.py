"""Every vector comes out as it says, in Python as in TypeScript."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crypto.failure import CryptoError
from tests.vectors.case import SUCCESS
from tests.vectors.make import HERE, every_case
from tests.vectors.operations import OPERATIONS, run, told

FILES = sorted(HERE.glob("*/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_vector(path: Path) -> None:
    """The operation gives the output, or exactly the refusal that is expected."""
    vector = json.loads(path.read_text(encoding="utf-8"))
    if vector["expect"] == SUCCESS:
        assert run(vector["operation"], vector["input"]) == vector["output"]
        return
    with pytest.raises(CryptoError) as refused:
        run(vector["operation"], vector["input"])
    assert refused.value.expect == vector["expect"]


def test_every_case_has_its_file_and_every_file_its_case() -> None:
    """A case that was changed without its file, or a file that nobody thinks of any more, is noticed."""
    cases = {case.path: case for case in every_case()}
    files = {f"{path.parent.name}/{path.stem}": json.loads(path.read_text(encoding="utf-8")) for path in FILES}
    assert cases.keys() == files.keys()
    for name, case in cases.items():
        said = files[name]
        assert (said["expect"], said["does"], said["operation"]) == (case.expect, case.does, case.operation)
        assert said["input"].keys() == told(case.input).keys()


def test_every_operation_succeeds_somewhere_and_is_refused_somewhere() -> None:
    """No operation is only seen from one side; what takes everything of its type cannot be refused."""
    takes_everything = {
        "organisation",
        "conversation_id",
        "commitment",
        "chain",
        "proof_message",
        "login_secret",
        "key_encryption_key",
        "unknown_random",
        "make_statement",
    }
    outcomes: dict[str, set[bool]] = {}
    for case in every_case():
        outcomes.setdefault(case.operation, set()).add(case.expect == SUCCESS)
    assert outcomes.keys() == OPERATIONS.keys()
    one_sided = {name for name, seen in outcomes.items() if len(seen) == 1}
    assert one_sided <= takes_everything
