"""TypeScript's unit tests run with pytest's, so that one command says whether the tree is sound."""

import os
import subprocess

import pytest

from tools.frontend import WIDGET, node_folder


@pytest.mark.timeout(600)
def test_typescript_tests_pass() -> None:
    environment = os.environ | {"FORCE_COLOR": "0"}
    command = [node_folder() / "bin" / "node", WIDGET / "test.mjs"]
    done = subprocess.run(command, cwd=WIDGET, env=environment, capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
