"""A server that lies about frames: what it replays, holds back, changes or moves is shown, and is nobody's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from crypto.failure import CryptoError, Malformed, NotForThisKey, Tampered
from crypto.frame import Kind
from crypto.shapes import STAFF
from tests.hand import People, random
from tests.liar import Liar, today
from tests.shown import Shown, talk

STORED, GENERATION, DIRECTION, INSTANCE, COUNTER, CIPHERTEXT = 1, 18, 22, 23, 31, 500
"""Places in a frame."""
WORDS = ["one", "two", "three"]


def changed(frame: bytes, at: int, value: int | None = None) -> bytes:
    """One byte of a frame changed, or set."""
    raw = bytearray(frame)
    raw[at] = raw[at] ^ 1 if value is None else value
    return bytes(raw)


def together(lie: Callable[[list[bytes]], list[bytes]]) -> Callable[[int, bytes], Iterable[tuple[int, bytes]]]:
    """A lie about all of a side's words at once: they are held until the last has come, and numbered anew."""
    held: list[bytes] = []

    def told(_seq: int, frame: bytes) -> Iterable[tuple[int, bytes]]:
        held.append(frame)
        return enumerate(lie(held), 1) if len(held) == len(WORDS) else []

    return told


Frames = list[bytes]
SHOWN: dict[str, tuple[Callable[[Frames], Frames], int, list[str], list[str]]] = {
    "the truth": (lambda f: f, 3, [], WORDS),
    "a replayed frame": (lambda f: [f[0], f[1], f[1], f[2]], 4, ["repeat"], WORDS),
    "an old frame at the end": (lambda f: [*f, f[0]], 4, ["repeat"], WORDS),
    "two frames swapped": (lambda f: [f[0], f[2], f[1]], 3, ["gap"], WORDS),
    "everything backwards": (lambda f: f[::-1], 3, ["gap", "gap"], WORDS),
    "a frame held back": (lambda f: [f[0], f[2]], 2, ["gap"], ["one"]),
    "the first held back": (lambda f: f[1:], 2, ["gap", "gap"], []),
    "changed words": (lambda f: [f[0], changed(f[1], CIPHERTEXT), f[2]], 3, ["tampered", "gap"], ["one"]),
    "changed, then true": (lambda f: [f[0], changed(f[1], CIPHERTEXT), *f[1:]], 4, ["tampered"], WORDS),
    "a swapped direction": (lambda f: [f[0], changed(f[1], DIRECTION, STAFF), f[2]], 3, ["tampered", "gap"], ["one"]),
    "another instance": (lambda f: [f[0], changed(f[1], INSTANCE), f[2]], 3, ["tampered", "gap"], ["one"]),
    "a later place": (lambda f: [f[0], changed(f[1], COUNTER + 7, 9), f[2]], 3, ["tampered", "gap"], ["one"]),
    "a heard place": (lambda f: [f[0], changed(f[1], COUNTER + 7, 0), f[2]], 3, ["tampered", "gap"], ["one"]),
    "other words for a heard place": (lambda f: [*f, changed(f[0], CIPHERTEXT)], 4, ["tampered"], WORDS),
    "noise": (lambda f: [f[0], f[1][:39] + random(985), *f[1:]], 4, ["tampered"], WORDS),
}


@pytest.mark.parametrize("name", SHOWN)
async def test_a_lie_about_a_visitors_frames_is_shown(name: str, liar: Liar, people: People) -> None:
    """The counsellor hears the words that the visitor wrote, in their order, up to where the lie begins to show."""
    lie, deliveries, odd, words = SHOWN[name]
    liar.to_staff = together(lie)
    visitor, thread = await talk(liar, people)
    for word in WORDS:
        await visitor.say(word)
    shown = Shown()
    await shown.hear(thread.line, thread.transcript, deliveries)
    assert (shown.odd, shown.words) == (odd, words)


REFUSED: dict[str, tuple[Callable[[bytes], bytes], type[CryptoError]]] = {
    "a shortened frame": (lambda f: f[:-1], Malformed),
    "another version": (lambda f: changed(f, 0), Malformed),
    "a third direction": (lambda f: changed(f, DIRECTION, 3), Malformed),
    "as if it were never stored": (lambda f: changed(f, STORED), Malformed),
    "a generation without a key": (lambda f: changed(f, GENERATION + 3, 2), NotForThisKey),
    "another conversation's name": (lambda f: changed(f, 2), Tampered),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_frame_of_this_conversation_is_refused(name: str, liar: Liar, people: People) -> None:
    """A header that cannot be is refused by name, and the true frame is heard afterwards."""
    lie, failure = REFUSED[name]
    liar.to_staff = lambda seq, frame: [(seq, lie(frame)), (seq, frame)]
    visitor, thread = await talk(liar, people)
    await visitor.say("one")
    shown = Shown()
    with pytest.raises(failure):
        await shown.hear(thread.line, thread.transcript, 1)
    await shown.hear(thread.line, thread.transcript, 1)
    assert (shown.odd, shown.words) == ([], ["one"])


async def test_a_frame_moved_to_another_conversation_is_refused_or_shown(liar: Liar, people: People) -> None:
    """As it is, it is refused; readdressed, it is tampered; in neither case is it heard."""
    other, _thread = await talk(liar, people)
    (moved,) = other.compose("not for you")
    visitor, thread = await talk(liar, people)
    with pytest.raises(Tampered):
        thread.transcript.hear(moved, today())
    heard = thread.transcript.hear(moved[:2] + visitor.conversation + moved[18:], today())
    assert ([str(odd.kind) for odd in heard.anomalies], heard.messages) == (["tampered"], ())


async def test_a_cut_tail_shows_with_the_next_frame(liar: Liar, people: People) -> None:
    """What the server holds back at the end is missed as soon as anything comes after it, by its place."""
    liar.to_staff = lambda seq, frame: [] if seq == 2 else [(seq, frame)]
    visitor, thread = await talk(liar, people)
    shown = Shown()
    await visitor.say("one")
    await visitor.say("I changed my mind")
    await shown.hear(thread.line, thread.transcript, 1)
    assert (shown.odd, shown.words) == ([], ["one"])
    await visitor.say("three")
    await shown.hear(thread.line, thread.transcript, 1)
    assert (shown.odd, shown.words) == (["gap"], ["one"])
    assert [(gap.first, gap.last) for gap in thread.transcript.missing()] == [(1, 1)]


async def test_an_old_sign_of_life_is_refused(liar: Liar, people: People) -> None:
    """Who has stopped writing is not shown as writing again."""
    visitor, thread = await talk(liar, people)
    frame = visitor.sender.compose_ephemeral(Kind.TYPING, b"\1")
    assert thread.transcript.hear_ephemeral(frame).kind is Kind.TYPING
    with pytest.raises(Tampered):
        thread.transcript.hear_ephemeral(frame)
