"""A socket whose reader stops is closed alone."""

from __future__ import annotations

from tests.running import Running
from tests.transports.bystander import Bystander
from tests.transports.slow_reader import check_a_slow_reader_is_closed_alone


async def test_who_stops_reading_is_closed_alone(running: Running, bystander: Bystander) -> None:
    """Nobody waits for it: neither its own conversation's other socket nor a bystander."""
    await check_a_slow_reader_is_closed_alone(running)
    await bystander.goes_on()
