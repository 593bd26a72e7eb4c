"""The search is worth something: with a leak planted, it finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.leaks.canaries import HEADERS, SENT
from tests.leaks.conftest import Arrange
from tests.leaks.footprints import read_footprints
from tests.leaks.http_exercises import broken_upgrades, every_route, sign_in_attempts, unknown_addresses
from tests.leaks.socket_exercises import broken_messages
from tests.leaks.talk_exercises import conversation
from tests.leaks.watch import BACKUP, command, find_leaks, opened_scene
from tests.leaks.watched import FOLDER, PRODUCT

CROSSING = {
    "peer address",
    "forwarded address",
    "login secret",
    "session token",
    "visitor's public key",
    "visitor's proof",
    "frame as it came",
    "opening as it came",
    "ephemeral frame",
}
"""What crosses the line and is not a word; with headers and words sent, all that a server could write down."""
STOPPED = {"peer address", "forwarded address", *HEADERS, "Origin of a visitor"}
"""What the outermost layer takes away."""
LEAKS = {
    "access_log": {"query string", "path"},
    "peer_logged": {"peer address"},
    "peer_packed": {"peer address"},
    "proxy_trusted": {"forwarded address"},
    "everything_logged": {*HEADERS, *SENT, *CROSSING},
    "exception_text": {"unknown login", "malformed JSON"},
    "sql_parameters": {"unknown login"},
    "user_agent_stored": {"user-agent"},
    "sealing_off": {"forgotten sealing", "frame as it came", "opening as it came"},
    "token_stored": {"session token"},
    "log_not_truncated": {"id of a deleted conversation"},
    "shred_keys_kept": {"shred key of a deleted conversation"},
}


@pytest.mark.parametrize(("fault", "expected"), LEAKS.items(), ids=LEAKS)
async def test_a_planted_leak_is_found(fault: str, expected: set[str], arrange: Arrange) -> None:
    """Each fault leaks what its first lines say, and the search finds just that."""
    watch = arrange(entry=f"tests.faults.{fault}")
    await find_leaks(watch, expected)
    assert watch.found() >= expected


async def test_what_tells_who_somebody_is_does_not_enter(arrange: Arrange) -> None:
    """An application that logs all it is told learns the path and the query, but neither peer nor telling headers."""
    watch = arrange(entry="tests.faults.inside_logged")
    async with opened_scene(watch) as scene:
        for exercise in (every_route, unknown_addresses, broken_upgrades):
            await exercise(scene)
        await scene.newcomer()
    assert watch.found() >= {"path", "query string"}
    assert watch.found() & STOPPED == set()


async def test_a_whole_backup_is_found(arrange: Arrange) -> None:
    """A backup with open sign-ins in it holds the hashes of their tokens, which may lie in the database only."""
    watch = arrange(entry="tests.faults.backup_whole")
    async with opened_scene(watch) as scene:
        await sign_in_attempts(scene)
        command(watch.running, "backup", str(watch.running.folder / BACKUP))
    assert {(hit.canary, hit.place) for hit in watch.hits} == {("hash of the session token", BACKUP)}


async def test_a_bug_with_text_prints_none(arrange: Arrange) -> None:
    """What a bug's exception says stays unsaid: class and line are logged, and the answer is the same for all."""
    watch = arrange(entry="tests.faults.bug_with_text")
    async with opened_scene(watch) as scene:
        for exercise in (sign_in_attempts, conversation, broken_messages):
            await exercise(scene)
        answer = await scene.post("/api/salt", "{")
        watch.running.stop()
    assert watch.hits == set()
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    output = watch.running.output.read_text()
    assert "ERROR ValueError at bug_with_text.py:" in output
    assert "ERROR LookupError at bug_with_text.py:" in output


async def test_a_file_elsewhere_is_seen(arrange: Arrange, tmp_path: Path) -> None:
    """A spool file in the home folder is searched like the rest, and is among the footprints."""
    footprints = tmp_path / "footprints"
    footprints.mkdir()
    # Without a PATH there is no strace, so that the audit hook has to see it.
    environment = {FOLDER: str(footprints), PRODUCT: "tests.faults.body_spooled", "PATH": ""}
    watch = arrange(entry="tests.leaks.watched", environment=environment)
    await find_leaks(watch, {"body"})
    assert {hit.place for hit in watch.hits if hit.canary == "body"} == {"home/spooled"}
    assert read_footprints(footprints).outside(watch.running.data) == {str(watch.running.folder / "home/spooled")}
