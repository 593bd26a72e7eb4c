"""A member's account as a ceremony makes it: keys wrapped by password, a verifier, seeds passed on to newcomers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from crypto.binding import ID_SIZE, sha256
from crypto.ceremony import MemberKeys
from crypto.hpke import public_key
from crypto.member import key_encryption_key, login_secret, password_root, unwrap_member_keys, wrap_member_keys
from crypto.primitives import NONCE_SIZE, signing_public
from crypto.statement import Pin, check_chain, check_key, epoch_claim
from crypto.wrap import DESK_SEED, Recipient, unwrap, wrap

FIRST_GENERATION = 1


@dataclass(frozen=True)
class Account:
    """What a server keeps of a member: random 16, SHA-256 of the login secret 32, key wrap 92."""

    login: str
    random: bytes
    verifier: bytes
    key_wrap: bytes = field(repr=False)


def make_account(random: Callable[[int], bytes], org: bytes, login: str, password: str, keys: MemberKeys) -> Account:
    """Wrap a member's keys by password (Argon2id: about half a second)."""
    salt = random(ID_SIZE)
    root = password_root(password, org, login, salt)
    kek = key_encryption_key(root, org, login)
    key_wrap = wrap_member_keys(
        kek, org, keys.member, FIRST_GENERATION, keys.xwing_seed, keys.ed_seed, random(NONCE_SIZE)
    )
    return Account(login, salt, sha256(login_secret(root, org, login)), key_wrap)


def unlock_account(org: bytes, member: bytes, account: Account, password: str) -> MemberKeys:
    """The keys that an account wraps; raises NotForThisKey for another password."""
    root = password_root(password, org, account.login, account.random)
    kek = key_encryption_key(root, org, account.login)
    xwing_seed, ed_seed = unwrap_member_keys(kek, org, member, FIRST_GENERATION, account.key_wrap)
    return MemberKeys(member, xwing_seed, ed_seed, public_key(xwing_seed), signing_public(ed_seed))


def pass_on_epoch(
    pin: Pin, delegation: bytes, statement: bytes, own: MemberKeys, own_wrap: bytes, newcomer: MemberKeys, today: int
) -> bytes:
    """A desk epoch seed, opened by a member and wrapped to a newcomer; raises Tampered when it is not signed."""
    checked = check_chain(pin, delegation, statement, "desk-epoch", today)
    claim = epoch_claim(checked)
    mine = Recipient("member", own.member, own.xwing_pk)
    seed = unwrap(pin.org, DESK_SEED, checked.subject, claim.epoch, mine, own.xwing_seed, own_wrap)
    check_key(claim.key_hash, public_key(seed))
    return wrap(pin.org, DESK_SEED, checked.subject, claim.epoch, newcomer.recipient(), seed)
