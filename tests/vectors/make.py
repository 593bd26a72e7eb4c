"""Write the vectors that are missing; with --force all of them. Every case must come out as it was meant."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from crypto.failure import CryptoError
from tests.vectors.case import SUCCESS, Case
from tests.vectors.cases import atrest, binding, frame, generation, member, opening, proof, statement, transcript, wrap
from tests.vectors.operations import Json, run, told

HERE = Path(__file__).parent
AREAS = (binding, statement, wrap, opening, frame, transcript, generation, proof, member, atrest)


def every_case() -> Iterator[Case]:
    """All cases of all areas."""
    for area in AREAS:
        yield from area.cases()


def made(case: Case) -> Json:
    """The content of the file; raises AssertionError when the case comes out otherwise than meant."""
    given = told(case.input)
    vector = {"expect": case.expect, "does": case.does, "operation": case.operation, "input": given}
    outcome, output = _outcome(case.operation, given)
    assert outcome == case.expect, f"{case.path}: {outcome}, not {case.expect}"
    return vector if output is None else {**vector, "output": output}


def _outcome(operation: str, given: Json) -> tuple[str, Json | None]:
    try:
        return SUCCESS, run(operation, given)
    except CryptoError as failure:
        return failure.expect, None


def main(force: bool) -> None:
    """Write the files."""
    for case in every_case():
        path = HERE / f"{case.path}.json"
        if force or not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(made(case), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main("--force" in sys.argv[1:])
