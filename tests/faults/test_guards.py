"""Each guard holds in the product, and the check that says so fails where the guard is taken away."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import checks
from tests.running import Running, copy_founded
from tests.transports.slow_reader import check_a_slow_reader_is_closed_alone

Check = Callable[[Running], Coroutine[Any, Any, None]]
GUARDS: list[tuple[str, Check]] = [
    ("origin_unchecked", checks.check_origin_of_writes),
    ("origin_unchecked", checks.check_origin_of_sockets),
    ("told_before_commit", checks.check_accepted_survives_a_kill),
    ("proof_unchecked", checks.check_proof),
    ("reused_nonce", checks.check_a_nonce_is_used_once),
    ("taken_anywhere", checks.check_take_needs_the_desk),
    ("read_by_anybody", checks.check_only_the_claimer_reads),
    ("message_unlimited", checks.check_message_size),
    ("body_unlimited", checks.check_body_size),
    ("log_not_truncated", checks.check_deleted_rows_leave_the_files),
    ("shred_keys_kept", checks.check_keys_leave_the_keystore),
    ("unknown_login_told", checks.check_unknown_logins_look_known),
    ("queue_unlimited", check_a_slow_reader_is_closed_alone),
]
NAMES = [f"{fault}-{check.__name__}" for fault, check in GUARDS]


@pytest.fixture(scope="module")
def product(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server as it is."""
    running = copy_founded(founded, tmp_path_factory.mktemp("product"))
    running.start()
    yield running
    running.kill()


@pytest.mark.parametrize(("fault", "check"), GUARDS, ids=NAMES)
async def test_the_guard_holds(fault: str, check: Check, product: Running) -> None:
    """The product passes the check."""
    await check(product)


@pytest.mark.parametrize(("fault", "check"), GUARDS, ids=NAMES)
async def test_without_it_the_check_fails(fault: str, check: Check, founded: Path, tmp_path: Path) -> None:
    """The server with the planted fault starts, and fails the same check."""
    running = copy_founded(founded, tmp_path)
    running.entry = f"tests.faults.{fault}"
    running.start()
    try:
        with pytest.raises(AssertionError):
            await check(running)
    finally:
        running.kill()
