"""A sender and a receiver of frames as pure state: they trust counters, chains and heads, never the server's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from crypto.binding import bind, parse_text, unbind
from crypto.failure import CryptoError, Malformed, NotForThisKey, Tampered
from crypto.frame import (
    HEADS,
    NO_CHAIN,
    PARTS_LIMIT,
    TEXT_SIZE,
    Content,
    Head,
    Kind,
    OpenedFrame,
    chain,
    open_frame,
    seal_frame,
    verify_frame,
)
from crypto.shapes import STAFF, VISITOR, FrameHeader, parse_frame_header
from crypto.statement import MEMBER, MemberClaim, Pin, check_chain, member_claim

HELD_LIMIT = 256  # frames; 256 KiB, more than a server hands over before a gap can be asked for
UNHEARD_HEADS_LIMIT = 256
INSTANCES_LIMIT = 256  # page loads; only who holds a signing key can begin one


def introduction(delegation: bytes, member_statement: bytes) -> bytes:
    """The text of a staff instance's first frame."""
    return bind(delegation, member_statement)


@dataclass
class Sender:
    """One page load's outgoing frames. `org` is whose conversation it is; the conversation id commits to it."""

    org: bytes
    conversation: bytes
    generation: int
    key: bytes = field(repr=False)
    direction: int
    instance: bytes
    signing_seed: bytes = field(repr=False)
    _counter: int = 0
    _ephemeral: int = 0
    _previous: bytes = NO_CHAIN

    def compose(self, kind: Kind, text: bytes, heads: Sequence[Head] = ()) -> list[bytes]:
        """The frames of one message, at most 16 of them; heads beyond the third are left out. Raises Malformed."""
        pieces = [text[at : at + TEXT_SIZE] for at in range(0, len(text), TEXT_SIZE)] or [b""]
        if len(pieces) > (PARTS_LIMIT if kind == Kind.TEXT else 1):
            raise Malformed("The text does not fit.")
        newest = tuple(heads[:HEADS])
        return [self._seal(kind, part, len(pieces), newest, piece) for part, piece in enumerate(pieces)]

    def compose_ephemeral(self, kind: Kind, text: bytes) -> bytes:
        """One frame that nobody stores: typing or a receipt. Raises Malformed."""
        header = self._header(stored=False, counter=self._ephemeral)
        frame = seal_frame(self.key, header, Content(kind, 0, 1, NO_CHAIN, (), text), None)
        self._ephemeral += 1
        return frame

    def _seal(self, kind: Kind, part: int, parts: int, heads: tuple[Head, ...], text: bytes) -> bytes:
        header = self._header(stored=True, counter=self._counter)
        content = Content(kind, part, parts, self._previous, heads, text)
        frame = seal_frame(self.key, header, content, self.signing_seed)
        self._counter += 1
        self._previous = chain(self._previous, frame)
        return frame

    def _header(self, *, stored: bool, counter: int) -> FrameHeader:
        return FrameHeader(stored, self.conversation, self.generation, self.direction, self.instance, counter)


class AnomalyKind(StrEnum):
    """What can be odd about a frame; all are shown, none is repaired silently."""

    REPEAT = "repeat"
    FORK = "fork"
    GAP = "gap"
    TAMPERED = "tampered"


@dataclass(frozen=True)
class Anomaly:
    """Something odd about the frame (instance, counter); a gap names the first frame missing."""

    kind: AnomalyKind
    instance: bytes
    counter: int


@dataclass(frozen=True)
class Message:
    """A whole message, its parts joined; `counter` is the first part's, `author` None for the visitor."""

    instance: bytes
    counter: int
    direction: int
    kind: Kind
    text: bytes = field(repr=False)
    author: MemberClaim | None


@dataclass(frozen=True)
class Heard:
    """What one frame brought: messages in order (several when it filled a gap) and anomalies."""

    messages: tuple[Message, ...]
    anomalies: tuple[Anomaly, ...]


@dataclass(frozen=True)
class HeardEphemeral:
    """A sign of life that anybody with K could have made: never to be shown as somebody's words."""

    instance: bytes
    direction: int
    kind: Kind
    text: bytes


@dataclass(frozen=True)
class Missing:
    """Frames of an instance that exist but were not heard, both ends included."""

    instance: bytes
    first: int
    last: int


@dataclass
class _Instance:
    direction: int
    signer: bytes
    author: MemberClaim | None
    chains: list[bytes] = field(default_factory=list)
    parts: tuple[Content, ...] = ()

    def previous(self) -> bytes:
        return self.chains[-1] if self.chains else NO_CHAIN


_Identity: TypeAlias = tuple[bytes, int]  # (instance, counter)
_Verdict: TypeAlias = tuple[list[Message], list[Anomaly]]


class Transcript:
    """Everything heard of one conversation. `keys` maps generations to K; `visitor_pk` is from the opening.

    Only members of `desk`, the one the conversation is sealed to, may speak for its staff.
    """

    def __init__(
        self, pin: Pin, desk: bytes, conversation: bytes, keys: Mapping[int, bytes], visitor_pk: bytes
    ) -> None:
        self._pin = pin
        self._desk = desk
        self._conversation = conversation
        self._keys = dict(keys)
        self._visitor_pk = visitor_pk
        self._instances: dict[bytes, _Instance] = {}  # most recently heard last
        self._held: dict[_Identity, bytes] = {}
        self._unheard: dict[_Identity, bytes] = {}  # heads that name a frame not heard yet
        self._ephemeral: dict[bytes, int] = {}

    def add_key(self, generation: int, key: bytes) -> None:
        """K of a later generation, once its record was checked."""
        self._keys[generation] = key

    def hear(self, frame: bytes, today: int | None) -> Heard:
        """What a stored frame brings; `today` None hears an old conversation again.

        Raises Malformed for a broken header, Tampered for another conversation's, NotForThisKey without its
        generation's key; everything wrong further inside is an anomaly.
        """
        header = parse_frame_header(frame)
        key = self._key_for(header, stored=True)
        if self._is_known(header, frame):
            return Heard((), (_about(AnomalyKind.REPEAT, header),))
        messages, anomalies = self._judge(header, key, frame, today)
        while (following := self._next_held(header.instance)) is not None:
            more = self._judge(parse_frame_header(following), self._key_of(following), following, today)
            messages, anomalies = messages + more[0], anomalies + more[1]
        return Heard(tuple(messages), tuple(anomalies))

    def hear_ephemeral(self, frame: bytes) -> HeardEphemeral:
        """Raises Malformed, Tampered (also for an old one again) or NotForThisKey; nothing else can come of it."""
        header = parse_frame_header(frame)
        content = open_frame(self._key_for(header, stored=False), frame).content
        if header.counter <= self._ephemeral.get(header.instance, -1):
            raise Tampered("This sign of life is an old one.")
        self._ephemeral.pop(header.instance, None)  # so that the oldest stands first
        self._ephemeral[header.instance] = header.counter
        if len(self._ephemeral) > INSTANCES_LIMIT:
            del self._ephemeral[next(iter(self._ephemeral))]
        return HeardEphemeral(header.instance, header.direction, content.kind, content.text)

    def heads(self, except_instance: bytes) -> tuple[Head, ...]:
        """The newest frame heard of at most three other instances, most recently heard first."""
        others = [item for item in reversed(self._instances.items()) if item[0] != except_instance]
        return tuple(Head(name, len(known.chains) - 1, known.chains[-1]) for name, known in others[:HEADS])

    def missing(self) -> tuple[Missing, ...]:
        """What exists, by a held frame or a head, but was not heard: to be asked for again."""
        named = {*self._held, *self._unheard}
        instances = dict.fromkeys(instance for instance, _ in sorted(named))
        return tuple(gap for instance in instances for gap in self._missing_of(instance, named))

    def _key_for(self, header: FrameHeader, *, stored: bool) -> bytes:
        if header.stored != stored:
            raise Malformed("The frame is of the other sort.")
        if header.conversation != self._conversation:
            raise Tampered("The frame is of another conversation.")
        if header.generation not in self._keys:
            raise NotForThisKey("The key of this generation is not here.")
        return self._keys[header.generation]

    def _key_of(self, frame: bytes) -> bytes:
        return self._keys[parse_frame_header(frame).generation]

    def _is_known(self, header: FrameHeader, frame: bytes) -> bool:
        known = self._instances.get(header.instance)
        if known is None or header.counter >= len(known.chains):
            return self._held.get(_identity(header)) == frame
        before = known.chains[header.counter - 1] if header.counter else NO_CHAIN
        return chain(before, frame) == known.chains[header.counter]

    def _next_held(self, instance: bytes) -> bytes | None:
        return self._held.pop((instance, self._expected(instance)), None)

    def _expected(self, instance: bytes) -> int:
        known = self._instances.get(instance)
        return len(known.chains) if known else 0

    def _judge(self, header: FrameHeader, key: bytes, frame: bytes, today: int | None) -> _Verdict:
        try:
            opened = open_frame(key, frame)
            author = self._author(opened, today)
            return self._place(opened, author, frame)
        except CryptoError:
            return [], [_about(AnomalyKind.TAMPERED, header)]

    def _author(self, opened: OpenedFrame, today: int | None) -> _Instance | None:
        """Who signed, checked; None for a staff frame ahead of its introduction."""
        header = opened.header
        begins = header.direction == STAFF and header.counter == 0
        if begins != (opened.content.kind == Kind.INTRODUCTION):
            raise Tampered("An introduction stands first in a staff instance, and only there.")
        author = self._introduced(opened, today) if begins else self._known_author(header)
        if author is not None:
            verify_frame(opened, author.signer)
        return author

    def _introduced(self, opened: OpenedFrame, today: int | None) -> _Instance:
        delegation, statement = unbind(opened.content.text, 2)
        claim = member_claim(check_chain(self._pin, delegation, statement, MEMBER, today))
        if claim.desk != self._desk:
            raise Tampered("This member is of another desk.")
        return _Instance(STAFF, claim.ed_pk, claim)

    def _known_author(self, header: FrameHeader) -> _Instance | None:
        known = self._instances.get(header.instance)
        if header.direction == VISITOR:
            return known if known and known.direction == VISITOR else _Instance(VISITOR, self._visitor_pk, None)
        return known if known and known.direction == STAFF else None

    def _place(self, opened: OpenedFrame, author: _Instance | None, frame: bytes) -> _Verdict:
        header = opened.header
        known = self._instances.get(header.instance, author)
        expected = len(known.chains) if known else 0
        if (known and known.direction != header.direction) or header.counter < expected:
            return [], [_about(AnomalyKind.FORK, header)]
        if known is None or header.counter > expected:
            return self._hold(header, frame)
        if opened.content.previous != known.previous():
            return [], [_about(AnomalyKind.FORK, header)]
        return self._accept(opened, known, frame)

    def _hold(self, header: FrameHeader, frame: bytes) -> _Verdict:
        if _identity(header) in self._held:
            return [], [_about(AnomalyKind.FORK, header)]
        if len(self._held) < HELD_LIMIT:
            self._held[_identity(header)] = frame
        return [], [self._gap(header.instance)]

    def _accept(self, opened: OpenedFrame, known: _Instance, frame: bytes) -> _Verdict:
        header = opened.header
        parts = _continued(known.parts, opened.content)
        messages = _joined(header, known, parts)
        if header.instance not in self._instances and len(self._instances) >= INSTANCES_LIMIT:
            raise Tampered("There are too many instances.")
        known.parts = () if messages else parts
        known.chains.append(chain(known.previous(), frame))
        self._instances.pop(header.instance, None)
        self._instances[header.instance] = known
        own = self._check_own(header, known)
        return messages, own + [odd for head in opened.content.heads for odd in self._check_head(head)]

    def _check_own(self, header: FrameHeader, known: _Instance) -> list[Anomaly]:
        claimed = self._unheard.pop(_identity(header), known.chains[-1])
        return [] if claimed == known.chains[-1] else [_about(AnomalyKind.FORK, header)]

    def _check_head(self, head: Head) -> list[Anomaly]:
        name = (head.instance, head.counter)
        if head.counter < self._expected(head.instance):
            heard = self._instances[head.instance].chains[head.counter]
            return [] if heard == head.chain else [Anomaly(AnomalyKind.FORK, *name)]
        if self._unheard.get(name, head.chain) != head.chain:
            return [Anomaly(AnomalyKind.FORK, *name)]
        if len(self._unheard) < UNHEARD_HEADS_LIMIT:
            self._unheard[name] = head.chain
        return [self._gap(head.instance)]

    def _gap(self, instance: bytes) -> Anomaly:
        return Anomaly(AnomalyKind.GAP, instance, self._expected(instance))

    def _missing_of(self, instance: bytes, named: set[_Identity]) -> list[Missing]:
        """Between what was heard and the highest counter named, the stretches that are not held."""
        gaps: list[Missing] = []
        first = self._expected(instance)
        for name in sorted(name for name in named if name[0] == instance):
            last = name[1] - 1 if name in self._held else name[1]
            if first <= last:
                gaps.append(Missing(instance, first, last))
            first = name[1] + 1
        return gaps


def _identity(header: FrameHeader) -> _Identity:
    return header.instance, header.counter


def _about(kind: AnomalyKind, header: FrameHeader) -> Anomaly:
    return Anomaly(kind, header.instance, header.counter)


def _continued(before: tuple[Content, ...], content: Content) -> tuple[Content, ...]:
    """The parts so far and this one; raises Tampered when it does not follow."""
    if content.part != len(before) or (before and (before[0].kind, before[0].parts) != (content.kind, content.parts)):
        raise Tampered("The parts do not follow each other.")
    return (*before, content)


def _joined(header: FrameHeader, known: _Instance, parts: tuple[Content, ...]) -> list[Message]:
    """The message, when its last part is here; raises Malformed for text that is not UTF-8."""
    if len(parts) < parts[0].parts:
        return []
    text = b"".join(content.text for content in parts)
    if parts[0].kind != Kind.INTRODUCTION:
        parse_text(text)
    first = header.counter - len(parts) + 1
    return [Message(header.instance, first, header.direction, parts[0].kind, text, known.author)]
