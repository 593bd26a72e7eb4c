"""What staff do with their accounts: salt, sign in, sign out, fetch what unlocks the console."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest

from sqlalchemy import Connection

from crypto.atrest import rest_open, rest_seal, unknown_random
from crypto.binding import sha256, u32
from server.model.desk import Desk, Epoch, Member, Membership
from server.model.refusal import Code, Refusal
from server.storage import desks, people
from server.storage.keystore import Keystore, epoch_name

Random = Callable[[int], bytes]
SIGN_IN_SECONDS = 12 * 3_600
"""A sign-in outlives a shift and not a day (ASVS 7.1.1)."""
TOKEN_SIZE = 32
NONCE = 12


@dataclass(frozen=True)
class NewMember:
    """An account as the ceremony made it."""

    member: Member
    verifier: bytes
    key_wrap: bytes
    memberships: tuple[Membership, ...]


@dataclass(frozen=True)
class OwnEpoch:
    """A published epoch key and the wrap of its seed for the member who asks."""

    epoch: Epoch
    wrap: bytes


@dataclass(frozen=True)
class OwnDesk:
    """A desk of the member who asks."""

    desk: Desk
    membership: Membership
    epochs: tuple[OwnEpoch, ...]


@dataclass(frozen=True)
class OwnKeys:
    """Everything a member's console needs to unlock."""

    member: Member
    key_wrap: bytes
    desks: tuple[OwnDesk, ...]


def add_member(connection: Connection, keystore: Keystore, random: Random, new: NewMember) -> None:
    """Store an account; its secrets rest under the installation key."""
    key, member = keystore.installation_key(), new.member
    verifier = rest_seal(key, random(NONCE), new.verifier, "members", member.id, "verifier")
    key_wrap = rest_seal(key, random(NONCE), new.key_wrap, "members", member.id, "key_wrap")
    if people.find_by_login(connection, member.login) is not None:
        raise Refusal(Code.CONFLICT)
    people.insert_member(connection, member, verifier, key_wrap)
    for membership in new.memberships:
        people.insert_membership(connection, membership)


def find_salt(connection: Connection, keystore: Keystore, login: str) -> bytes:
    """The random part of a login's salt; for unknown logins a constant one that looks the same."""
    stand_in = unknown_random(keystore.installation_key(), login)
    found = people.find_by_login(connection, login)
    return stand_in if found is None else found[0].random


def sign_in(connection: Connection, keystore: Keystore, random: Random, login: str, secret: bytes, now: int) -> bytes:
    """A new token for whoever knows the login secret; unknown logins and wrong secrets are refused alike."""
    found = people.find_by_login(connection, login)
    key = keystore.installation_key()
    if found is None:
        compare_digest(sha256(secret), sha256(key))
        raise Refusal(Code.SIGN_IN)
    member, sealed = found
    if not compare_digest(sha256(secret), rest_open(key, sealed, "members", member.id, "verifier")):
        raise Refusal(Code.SIGN_IN)
    token = random(TOKEN_SIZE)
    people.insert_sign_in(connection, sha256(token), member.id, now + SIGN_IN_SECONDS)
    return token


def find_member(connection: Connection, token: bytes, now: int) -> Member:
    """Whose token this is."""
    member = people.find_sign_in(connection, sha256(token), now)
    if member is None:
        raise Refusal(Code.SIGN_IN)
    return member


def sign_out(connection: Connection, token: bytes) -> None:
    """End a sign-in."""
    people.delete_sign_in(connection, sha256(token))


def find_own_keys(connection: Connection, keystore: Keystore, member: Member) -> OwnKeys:
    """The member's wraps, statements and desks."""
    sealed = people.key_wrap(connection, member.id)
    key_wrap = rest_open(keystore.installation_key(), sealed, "members", member.id, "key_wrap")
    own = [
        OwnDesk(desk, membership, tuple(_own_epochs(connection, keystore, desk.id, member.id)))
        for membership, desk in people.memberships_of(connection, member.id)
    ]
    return OwnKeys(member, key_wrap, tuple(own))


def _own_epochs(connection: Connection, keystore: Keystore, desk: bytes, member: bytes) -> list[OwnEpoch]:
    found = []
    for epoch in desks.epochs_of(connection, desk):
        wrap = keystore.epoch_wrap(epoch_name(desk, u32(epoch.epoch), member))
        if wrap is not None:
            found.append(OwnEpoch(epoch, wrap))
    return found
