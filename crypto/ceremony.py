"""Making an organisation's keys, for `sluss init` and the demo: the one place where they all meet, for a moment."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crypto.binding import ID_SIZE, KEY_SIZE, organisation, sha256
from crypto.failure import Malformed
from crypto.hpke import public_key
from crypto.primitives import signing_public
from crypto.statement import (
    DELEGATION,
    DESK_EPOCH,
    MEMBER,
    Pin,
    delegation_payload,
    epoch_payload,
    make_statement,
    member_payload,
)
from crypto.wrap import DESK_SEED, Recipient, wrap

DELEGATION_LIFE = 365  # days
MEMBER_LIFE = 45
EPOCH_GRACE = 14  # days after its month in which an epoch still counts
CHECK_SIZE = 4  # bytes at the end of a line of the kit: no slip of a pen stays unseen
LINE_SIZE = 8
_EPOCH_DAY = datetime.date(1970, 1, 1)

Random = Callable[[int], bytes]


@dataclass(frozen=True)
class Founded:
    """A new organisation; the root seed goes onto paper and is forgotten."""

    root_seed: bytes = field(repr=False)
    root_pk: bytes
    org: bytes
    pin: Pin


@dataclass(frozen=True)
class MemberKeys:
    """A member's id, both 32-byte seeds and their public keys (X-Wing 1,216, Ed25519 32)."""

    member: bytes
    xwing_seed: bytes = field(repr=False)
    ed_seed: bytes = field(repr=False)
    xwing_pk: bytes
    ed_pk: bytes

    def recipient(self) -> Recipient:
        """Where a desk's seed is wrapped to."""
        return Recipient("member", self.member, self.xwing_pk)


@dataclass(frozen=True)
class DeskEpoch:
    """A desk's key for a month; `wraps` gives each member id its 1,168 bytes. The seed is in the wraps only."""

    epoch: int
    pk: bytes
    statement: bytes
    wraps: dict[bytes, bytes]


@dataclass(frozen=True)
class Month:
    """A calendar month: its epoch number counts months since 1970-01, its days include both ends."""

    epoch: int
    first: int
    last: int


def found_organisation(random: Random, today: int) -> Founded:
    """A new root. Its pin's serial is today: a later ceremony's is higher without anybody remembering one."""
    root_seed = random(KEY_SIZE)
    root_pk = signing_public(root_seed)
    org = organisation(root_pk)
    return Founded(root_seed, root_pk, org, Pin(org, today))


def draw_member(random: Random) -> MemberKeys:
    """A new member's id and keys."""
    xwing_seed, ed_seed = random(KEY_SIZE), random(KEY_SIZE)
    return MemberKeys(random(ID_SIZE), xwing_seed, ed_seed, public_key(xwing_seed), signing_public(ed_seed))


def delegate(root_seed: bytes, coordinator: MemberKeys, serial: int, today: int) -> bytes:
    """The root lets a coordinator sign members and epochs for a year; `serial` is not below the pin's."""
    org = organisation(signing_public(root_seed))
    payload = delegation_payload(coordinator.ed_pk)
    return make_statement(
        DELEGATION, org, root_seed, coordinator.member, serial, today, today + DELEGATION_LIFE, payload
    )


def make_member(
    org: bytes, coordinator_seed: bytes, keys: MemberKeys, desk: bytes, role: str, name: str, serial: int, today: int
) -> bytes:
    """The coordinator (Ed25519 seed) vouches for a member for 45 days. Raises Malformed for a name or role."""
    payload = member_payload(desk, role, name, keys.ed_pk, keys.xwing_pk)
    return make_statement(MEMBER, org, coordinator_seed, keys.member, serial, today, today + MEMBER_LIFE, payload)


def make_desk_epoch(
    random: Random,
    org: bytes,
    coordinator_seed: bytes,
    desk: bytes,
    members: Sequence[MemberKeys],
    serial: int,
    today: int,
) -> DeskEpoch:
    """This month's desk key, signed and wrapped to each member; its seed is forgotten on return."""
    month = month_of(today)
    seed = random(KEY_SIZE)
    pk = public_key(seed)
    statement = make_statement(
        DESK_EPOCH,
        org,
        coordinator_seed,
        desk,
        serial,
        month.first,
        month.last + EPOCH_GRACE,
        epoch_payload(month.epoch, pk),
    )
    wraps = {m.member: wrap(org, DESK_SEED, desk, month.epoch, m.recipient(), seed) for m in members}
    return DeskEpoch(month.epoch, pk, statement, wraps)


def month_of(today: int) -> Month:
    """The calendar month of a day since 1970-01-01."""
    date = _EPOCH_DAY + datetime.timedelta(days=today)
    first = date.replace(day=1)
    following = (first + datetime.timedelta(days=31)).replace(day=1)
    epoch = (date.year - _EPOCH_DAY.year) * 12 + date.month - 1
    return Month(epoch, (first - _EPOCH_DAY).days, (following - _EPOCH_DAY).days - 1)


def paper_kit(root_seed: bytes) -> str:
    """The root for paper: four numbered lines of eight bytes in hex; the last two groups check their line."""
    starts = range(0, KEY_SIZE, LINE_SIZE)
    return "\n".join(_kit_line(number, root_seed[at : at + LINE_SIZE]) for number, at in enumerate(starts, 1))


def root_of_kit(text: str) -> bytes:
    """The root seed typed in again, spaces and case as they come; raises Malformed for a slip."""
    lines = [line.split() for line in text.lower().splitlines() if line.strip()]
    seed = b"".join(_line_seed(words) for words in lines)
    if [" ".join(words) for words in lines] != paper_kit(seed).splitlines() or len(seed) != KEY_SIZE:
        raise Malformed("The kit has a slip.")
    return seed


def _kit_line(number: int, seed: bytes) -> str:
    check = sha256(b"kit-line/1" + bytes([number]) + seed)[:CHECK_SIZE]
    return f"{number} {(seed + check).hex(' ', 2)}"


def _line_seed(words: list[str]) -> bytes:
    try:
        return bytes.fromhex("".join(words[1:]))[:LINE_SIZE]
    except ValueError:
        raise Malformed("The kit has a slip.") from None
