"""One conversation from the first word to deletion, over real sockets."""

from __future__ import annotations

from tests.people import Thread
from tests.running import Running


async def test_a_word_goes_each_way_and_is_deleted(any_server: Running) -> None:
    """A visitor writes, a counsellor takes and answers, the visitor deletes and gets a receipt."""
    visitor = await any_server.visitor()
    await visitor.dial()
    assert (await visitor.open())["t"] == "opened"
    assert (await visitor.say("Is anybody there?"))[0]["seq"] == 1
    counsellor = await any_server.counsellor()
    line = await counsellor.dial()
    await line.tell(t="watch")
    listed = await line.control("conversations")
    assert [one["conversation"] for one in listed["waiting"]] == [visitor.id]
    thread = await counsellor.take(visitor.id)
    assert isinstance(thread, Thread)
    assert [message.text for message in await thread.hear()] == [b"Is anybody there?"]
    accepted = await thread.say("Yes, I am here.")
    assert [answer["seq"] for answer in accepted] == [2, 3]
    heard = await visitor.hear() + await visitor.hear()
    assert heard[-1].text == b"Yes, I am here."
    assert heard[-1].author is not None
    assert heard[-1].author.name == "Counsellor One"
    await visitor.prove("delete")
    assert visitor.line is not None
    gone = await visitor.line.control("deleted", "refused")
    assert (gone["keys"], gone["frames"]) == (2, 3)
    await line.tell(t="read", conversation=visitor.id, after=0)
    assert (await line.control("refused"))["code"] == "unknown"
