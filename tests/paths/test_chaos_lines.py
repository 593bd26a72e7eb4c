"""Who comes back before the server has noticed that they were away."""

from __future__ import annotations

from tests.people import Thread
from tests.running import Running


async def test_each_side_hears_of_the_other_coming_back(server: Running) -> None:
    """A new line is told although the old one still seems to be there, so that receipts are said again."""
    visitor = await server.visitor()
    await visitor.dial()
    await visitor.open()
    counsellor = await server.counsellor()
    console = await counsellor.dial()
    assert isinstance(await counsellor.take(visitor.id), Thread)
    assert visitor.line is not None
    assert (await visitor.line.control("line"))["line"] == "here"
    first = visitor.line
    await visitor.dial()
    await visitor.prove("resume", after=0)
    assert (await console.control("line"))["line"] == "here"
    await counsellor.dial()
    assert isinstance(await counsellor.take(visitor.id, "read"), Thread)
    assert (await first.control("line"))["line"] == "here"
