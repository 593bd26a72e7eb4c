"""The one list of what is done to a server before it is searched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.leaks.http_exercises import (
    aborted_requests,
    broken_requests,
    broken_upgrades,
    every_route,
    sign_in_attempts,
    unknown_addresses,
)
from tests.leaks.scene import Scene
from tests.leaks.socket_exercises import broken_lines, broken_messages, refused_sockets, vanished
from tests.leaks.talk_exercises import (
    closed_conversation,
    conversation,
    deleted_conversation,
    foreign_conversations,
    forgotten_sealing,
    return_after_restart,
    signed_out,
)

Exercise = Callable[[Scene], Awaitable[None]]

BEFORE_THE_KILL: tuple[Exercise, ...] = (
    conversation,
    deleted_conversation,
    closed_conversation,
    foreign_conversations,
    forgotten_sealing,
    sign_in_attempts,
    every_route,
    unknown_addresses,
    broken_requests,
    broken_upgrades,
    refused_sockets,
    broken_messages,
    broken_lines,
    aborted_requests,
    vanished,
)
AFTER_THE_RESTART: tuple[Exercise, ...] = (return_after_restart, signed_out, aborted_requests)
