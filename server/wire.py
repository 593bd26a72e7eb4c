"""Every frame and JSON body once; `python -m server.wire` prints widget/src/wire.ts from it.

Sealed things travel as binary frames (`crypto/README.md`), control as small JSON texts tagged `t`. Bytes in JSON are
base64url without padding. What each message means, and what answers it, stands in `docs/protocol.md`.
"""

from __future__ import annotations

import typing
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from crypto.failure import Malformed

CONTROL_LIMIT = 2_048
"""Characters of one control message from a browser: the longest true one has under 400."""
DELIVERY_PREFIX = 8
"""Bytes of u64 `seq` before each frame the server delivers; 0 before an ephemeral one."""

T = TypeVar("T")
# One spelling for each value: the last character has no spare bits, and no newline comes after it (`$` would allow it).
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{21}[AQgw]\Z")]
Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z")]
Signature = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{85}[AQgw]\Z")]
Seq = Annotated[int, Meta(ge=0, le=2**53 - 1)]
# No control characters: PostgreSQL stores no NUL.
Login = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*\Z")]


class Control(msgspec.Struct, tag_field="t", frozen=True, forbid_unknown_fields=True):
    """One JSON control message."""


# From the visitor's page.


class Resume(Control, frozen=True, tag="resume"):
    """Come back to a conversation; everything after `after` follows."""

    conversation: Id
    key: Key
    signature: Signature
    after: Seq


class End(Control, frozen=True, tag="end"):
    """The visitor closes the conversation."""

    conversation: Id
    key: Key
    signature: Signature


class Delete(Control, frozen=True, tag="delete"):
    """Shred the conversation now."""

    conversation: Id
    key: Key
    signature: Signature


class Leave(Control, frozen=True, tag="leave"):
    """The page is being closed; the line is left, not lost."""


# From the console.


class Watch(Control, frozen=True, tag="watch"):
    """Send the list now and whenever it changes."""


class Take(Control, frozen=True, tag="take"):
    """Claim a waiting conversation."""

    conversation: Id


class Read(Control, frozen=True, tag="read"):
    """Send the opening and every frame after `after`, then what comes."""

    conversation: Id
    after: Seq


class Close(Control, frozen=True, tag="close"):
    """The claimer closes the conversation."""

    conversation: Id


# From the server.


class Hello(Control, frozen=True, tag="hello"):
    """First on every socket of a visitor, and after each used proof: a single-use nonce."""

    nonce: Key


class Opened(Control, frozen=True, tag="opened"):
    """The opening is committed."""

    conversation: Id
    phase: str


class Resumed(Control, frozen=True, tag="resumed"):
    """The proof held; frames up to `last` follow."""

    conversation: Id
    phase: str
    last: Seq


class Accepted(Control, frozen=True, tag="accepted"):
    """The frame is committed under `seq`."""

    conversation: Id
    instance: str
    counter: Seq
    seq: Seq


class Refused(Control, frozen=True, tag="refused"):
    """A rule said no. Identity fields are there when a frame was refused."""

    code: str
    conversation: str = ""
    instance: str = ""
    counter: int = 0


class Phase(Control, frozen=True, tag="phase"):
    """The conversation changed its phase."""

    conversation: Id
    phase: str


class Line(Control, frozen=True, tag="line"):
    """The other side's line: here, lost, left."""

    conversation: Id
    line: str


class Deleted(Control, frozen=True, tag="deleted"):
    """Receipt of what was destroyed."""

    conversation: Id
    keys: int
    frames: int


class Listed(msgspec.Struct, frozen=True):
    """One conversation in the console's list; `minutes` is -1 once it no longer waits."""

    conversation: Id
    desk: Id
    language: str
    phase: str
    line: str
    minutes: int


class Conversations(Control, frozen=True, tag="conversations"):
    """What waits at the counsellor's desks, and what the counsellor has taken."""

    waiting: list[Listed]
    mine: list[Listed]


class Opening(Control, frozen=True, tag="opening"):
    """What a claimer needs to open K_1: answer to `take` and `read`; frames up to `last` follow."""

    conversation: Id
    desk: Id
    epoch: int
    stub: str
    wrap: str
    sealed: str
    phase: str
    line: str
    last: Seq


# HTTP bodies.


class Salt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /api/salt."""

    login: Login


class SaltAnswer(msgspec.Struct, frozen=True):
    """What the browser needs to stretch a password; the same shape for unknown logins."""

    org: Key
    random: Id


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /api/sign-in."""

    login: Login
    secret: Key


class EpochKey(msgspec.Struct, frozen=True):
    """A desk epoch: statement, public key and the seed wrapped to the member who asks."""

    epoch: int
    delegation: str
    statement: str
    key: str
    wrap: str


class MemberDesk(msgspec.Struct, frozen=True):
    """A desk of the member who asks."""

    desk: Id
    slug: str
    name: str
    country: str
    role: str
    delegation: str
    statement: str
    epochs: list[EpochKey]


class Me(msgspec.Struct, frozen=True):
    """GET /api/me: everything the console needs to unlock."""

    org: Key
    member: Id
    login: str
    random: Id
    key_generation: int
    key_wrap: str
    key: str
    desks: list[MemberDesk]


class DeskKeys(msgspec.Struct, frozen=True):
    """What the visitor's page needs of a desk before the first word."""

    org: Key
    desk: Id
    name: str
    country: str
    languages: list[str]
    retention_days: int
    delegation: str
    statement: str
    epoch: int
    key: str


class Page(msgspec.Struct, frozen=True):
    """Data block `page` of the visitor's page."""

    origin: str
    language: str
    strings: dict[str, str]
    desk: DeskKeys


class ConsolePage(msgspec.Struct, frozen=True):
    """Data block `page` of the console."""

    catalogues: dict[str, dict[str, str]]


class Failure(msgspec.Struct, frozen=True):
    """Body of every HTTP refusal."""

    code: str


FromVisitor = Resume | End | Delete | Leave
FromCounsellor = Watch | Take | Read | Close
ToVisitor = Hello | Opened | Resumed | Accepted | Refused | Phase | Line | Deleted
ToCounsellor = Conversations | Opening | Accepted | Refused | Phase | Line

visitor_control: msgspec.json.Decoder[FromVisitor] = msgspec.json.Decoder(FromVisitor)
counsellor_control: msgspec.json.Decoder[FromCounsellor] = msgspec.json.Decoder(FromCounsellor)
salt_body = msgspec.json.Decoder(Salt)
sign_in_body = msgspec.json.Decoder(SignIn)
serialize = msgspec.json.Encoder().encode


def decode(decoder: msgspec.json.Decoder[T], raw: bytes | str) -> T:
    """A control message or body; raises Malformed for whatever is none."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Beside its own errors the decoder lets two of Python's through: bytes that are not UTF-8, and deep nesting.
        raise Malformed("This is no message of the protocol.") from None


def serialize_bytes(raw: bytes) -> str:
    """Bytes as base64url without padding (RFC 4648 section 5)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def parse_bytes(text: str) -> bytes:
    """Inverse of `serialize_bytes`, for text whose alphabet the decoder has checked."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


_UNIONS = {
    "FromVisitor": FromVisitor,
    "FromCounsellor": FromCounsellor,
    "ToVisitor": ToVisitor,
    "ToCounsellor": ToCounsellor,
}
_BODIES = (Salt, SaltAnswer, SignIn, EpochKey, MemberDesk, Me, DeskKeys, Page, ConsolePage, Failure)


def _typescript_type(hint: object) -> str:
    if typing.get_origin(hint) is Annotated:
        return _typescript_type(typing.get_args(hint)[0])
    if typing.get_origin(hint) is list:
        return f"readonly {_typescript_type(typing.get_args(hint)[0])}[]"
    if typing.get_origin(hint) is dict:
        return f"Readonly<Record<string, {_typescript_type(typing.get_args(hint)[1])}>>"
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    return {str: "string", int: "number", bool: "boolean"}[typing.cast("type", hint)]


def _typescript_struct(struct: type[msgspec.Struct]) -> str:
    hints = typing.get_type_hints(struct, include_extras=True)
    tag = struct.__struct_config__.tag
    lines = [f'  readonly t: "{tag}"'] if tag else []
    for field in msgspec.structs.fields(struct):
        optional = "" if field.required else "?"
        lines.append(f"  readonly {field.name}{optional}: {_typescript_type(hints[field.name])}")
    doc = (struct.__doc__ or "").strip()
    return f"/** {doc} */\nexport interface {struct.__name__} {{\n" + "\n".join(lines) + "\n}\n"


def typescript() -> str:
    """The text of widget/src/wire.ts."""
    structs: dict[str, type[msgspec.Struct]] = {"Listed": Listed}
    for union in _UNIONS.values():
        structs.update({member.__name__: member for member in typing.get_args(union)})
    structs.update({body.__name__: body for body in _BODIES})
    head = (
        "// Printed by `python -m server.wire`; a test fails when it is stale. Do not edit.\n\n"
        f"export const CONTROL_LIMIT = {CONTROL_LIMIT}\nexport const DELIVERY_PREFIX = {DELIVERY_PREFIX}\n\n"
    )
    unions = "".join(
        f"export type {name} = {' | '.join(member.__name__ for member in typing.get_args(union))}\n"
        for name, union in _UNIONS.items()
    )
    return head + "\n".join(_typescript_struct(struct) for struct in structs.values()) + "\n" + unions


if __name__ == "__main__":
    print(typescript(), end="")
