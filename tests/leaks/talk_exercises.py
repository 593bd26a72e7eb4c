"""Exercises with a conversation: written, answered, resumed, ended, deleted."""

from __future__ import annotations

from crypto.frame import Kind
from crypto.shapes import HEADER_SIZE, VISITOR, FrameHeader, serialize_header
from server.storage.keystore import KEY_SIZE, frames_name
from server.storage.slots import SlotFile
from tests.leaks.scene import Scene
from tests.people import Thread, Visitor, send_frames

GENERATION = 1


async def conversation(scene: Scene) -> None:
    """Short and long texts each way, typing, receipts, and a second line; it stays open for what comes later."""
    visitor = scene.visitor = await _opened(scene)
    scene.canaries.keep("id of a conversation", visitor.conversation)
    counsellor = scene.counsellor = await scene.sign_in()
    await counsellor.line.tell(t="watch")
    await counsellor.line.control("conversations")
    thread = await counsellor.take(visitor.id)
    assert isinstance(thread, Thread)
    scene.thread = thread
    for length in ("short", "long"):
        await _write(scene, visitor, f"visitor's {length} message")
        await _answer(scene, f"counsellor's {length} message")
    await _ephemeral(scene)
    await _resume(scene, visitor)


async def _opened(scene: Scene) -> Visitor:
    visitor = await scene.newcomer()
    assert (await visitor.open())["t"] == "opened"
    return visitor


async def _write(scene: Scene, visitor: Visitor, name: str) -> None:
    assert visitor.line is not None
    frames = visitor.compose(scene.canaries.text(name))
    scene.canaries.keep("frame as it came", *frames)
    assert {answer["t"] for answer in await send_frames(visitor.line, visitor.transcript, frames)} == {"accepted"}


async def _answer(scene: Scene, name: str) -> None:
    frames = scene.thread.compose(scene.canaries.text(name))
    scene.canaries.keep("frame as it came", *frames)
    answers = await send_frames(scene.counsellor.line, scene.thread.transcript, frames)
    assert {answer["t"] for answer in answers} == {"accepted"}


async def _ephemeral(scene: Scene) -> None:
    for sender, socket in (
        (scene.visitor.sender, scene.socket_of(scene.visitor)),
        (scene.thread.sender, scene.counsellor.line.socket),
    ):
        receipt = scene.visitor.sender.instance + bytes(8)
        for kind, text in ((Kind.TYPING, b"\1"), (Kind.RECEIPT, receipt)):
            frame = sender.compose_ephemeral(kind, text)
            scene.canaries.keep("ephemeral frame", frame)
            await socket.send(frame)


async def _resume(scene: Scene, visitor: Visitor) -> None:
    """Cut the line and come back on another, from the beginning."""
    scene.socket_of(visitor).transport.abort()
    await scene.dial(visitor)
    await scene.prove(visitor, "resume", after=0)
    assert visitor.line is not None
    last = (await visitor.line.control("resumed"))["last"]
    for _ in range(last):
        await visitor.line.next("frame")
    await visitor.renew()


async def deleted_conversation(scene: Scene) -> None:
    """A conversation that is deleted leaves neither its id nor its key."""
    visitor = await _opened(scene)
    await _write(scene, visitor, "visitor's short message")
    slots = SlotFile(scene.running.data / "keystore" / "shred.slots", KEY_SIZE)
    key = slots.get(frames_name(visitor.conversation))
    slots.close()
    assert key is not None
    scene.canaries.keep("shred key of a deleted conversation", key)
    scene.canaries.keep("id of a deleted conversation", visitor.conversation)
    await scene.prove(visitor, "delete")
    assert visitor.line is not None
    await visitor.line.control("deleted")


async def closed_conversation(scene: Scene) -> None:
    """A conversation that both sides leave; a message after the end is refused."""
    visitor = await _opened(scene)
    scene.canaries.keep("id of a conversation", visitor.conversation)
    await scene.counsellor.take(visitor.id)
    await scene.counsellor.line.tell(t="close", conversation=visitor.id)
    assert visitor.line is not None
    while (await visitor.line.control("phase"))["phase"] != "closed":
        pass
    frames = visitor.compose(scene.canaries.text("visitor's long message"))
    scene.canaries.keep("frame as it came", *frames)
    assert (await send_frames(visitor.line, visitor.transcript, frames[:1]))[0]["t"] == "refused"
    await scene.prove(visitor, "end")
    await visitor.line.tell(t="leave")
    await scene.socket_of(visitor).close(1000, scene.canaries.word("reason of a close"))


async def forgotten_sealing(scene: Scene) -> None:
    """A page with a bug sends what was written without sealing it: the server cannot see that, and keeps it sealed."""
    visitor = await _opened(scene)
    scene.canaries.keep("id of a conversation", visitor.conversation)
    header = FrameHeader(True, visitor.conversation, GENERATION, VISITOR, visitor.sender.instance, 0)
    for stored, name in ((True, "forgotten sealing"), (False, "fragment of a frame")):
        plain = (scene.canaries.word(name).encode() * 60)[: 1_024 - HEADER_SIZE]
        head = serialize_header(FrameHeader(stored, *_rest(header)))
        await scene.socket_of(visitor).send(head + plain)
    assert visitor.line is not None
    await visitor.line.control("accepted")


def _rest(header: FrameHeader) -> tuple[bytes, int, int, bytes, int]:
    return header.conversation, header.generation, header.direction, header.instance, header.counter


async def return_after_restart(scene: Scene) -> None:
    """After a kill and a new start the visitor and the counsellor go on where they were."""
    await _resume(scene, scene.visitor)
    counsellor = scene.counsellor
    await counsellor.dial(**scene.socket_options())
    again = await counsellor.take(scene.visitor.id, "read")
    assert isinstance(again, Thread)
    scene.thread = again
    await _write(scene, scene.visitor, "visitor's short message")


async def signed_out(scene: Scene) -> None:
    """The counsellor signs out with an open socket; the token is asked for once more."""
    cookie = {"cookie": scene.counsellor.cookie}
    for path in ("/api/sign-out", "/api/sign-out"):
        await scene.post(path, "", **cookie)
    await scene.ask("GET", "/api/me", console=True, headers=cookie)


async def foreign_conversations(scene: Scene) -> None:
    """What belongs to somebody else, or to nobody, is asked for by both sides."""
    stranger = await _opened(scene)
    scene.canaries.keep("id of a conversation", stranger.conversation)
    other = await scene.newcomer()
    scene.canaries.keep("id of a conversation", other.conversation)
    stranger.sender.conversation, own = other.conversation, stranger.sender.conversation
    frame = stranger.sender.compose(Kind.TEXT, scene.canaries.text("visitor's short message").encode())[0]
    stranger.sender.conversation = own
    scene.canaries.keep("frame as it came", frame)
    assert stranger.line is not None
    await stranger.line.socket.send(frame)
    assert (await stranger.line.control("refused"))["code"] == "unknown"
    for action in ("end", "delete"):
        await scene.prove(other, action)
        assert other.line is not None
        assert (await other.line.control("refused"))["code"] == "unknown"
        await other.renew()
    for verb, more in (("take", {}), ("read", {"after": 0}), ("close", {})):
        await scene.counsellor.line.tell(t=verb, conversation=other.id, **more)
        assert (await scene.counsellor.line.control("refused"))["code"] == "unknown"
