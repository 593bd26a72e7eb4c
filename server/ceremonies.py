"""Key ceremonies of the command line: found an organisation, let a coordinator vouch for a counsellor.

Here private keys exist in this process for a moment; nothing but `cli.py` may import this file, no server does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from crypto.account import Account, make_account, pass_on_epoch, unlock_account
from crypto.ceremony import MemberKeys, delegate, draw_member, found_organisation, make_desk_epoch, make_member
from crypto.statement import Pin, parse_statement
from server.demo import Person
from server.model.desk import Desk, Epoch, Member, Membership
from server.model.refusal import Code, Refusal
from server.services import desks, people
from server.services.people import OwnDesk
from server.storage import desks as desk_rows
from server.storage import people as people_rows
from server.storage.desks import Installation
from server.storage.keystore import Keystore

FIRST_KEYS = 1


@dataclass(frozen=True)
class Root:
    """What an operator takes away from the founding: the root for paper, the pin for the snippet."""

    seed: bytes = field(repr=False)
    pin: Pin


@dataclass(frozen=True)
class Vouching:
    """Who vouches for whom at which desk."""

    desk: str
    coordinator: str
    password: str = field(repr=False)
    newcomer: Person


@dataclass(frozen=True)
class Ground:
    """What every ceremony needs."""

    connection: Connection
    keystore: Keystore
    random: Callable[[int], bytes]
    today: int


def found(ground: Ground, desk: Desk, persons: Sequence[Person], *, demo: bool) -> Root:
    """A new organisation with one desk; the first person is its coordinator. Refused when there is one already."""
    random, today = ground.random, ground.today
    founded = found_organisation(random, today)
    serial = founded.pin.serial
    desks.found(ground.connection, Installation(founded.org, serial, demo), desk)
    members = [draw_member(random) for _person in persons]
    signing = members[0].ed_seed
    delegation = delegate(founded.root_seed, members[0], serial, today)
    for person, keys in zip(persons, members, strict=True):
        statement = make_member(founded.org, signing, keys, desk.id, person.role, person.name, serial, today)
        membership = Membership(keys.member, desk.id, person.role, delegation, statement)
        _add(ground, founded.org, person, keys, membership)
    epoch = make_desk_epoch(random, founded.org, signing, desk.id, members, serial, today)
    life = parse_statement(epoch.statement)
    published = Epoch(desk.id, epoch.epoch, delegation, epoch.statement, epoch.pk, life.not_before, life.not_after)
    desks.publish_epoch(ground.connection, ground.keystore, published, epoch.wraps)
    return Root(founded.root_seed, founded.pin)


def enrol(ground: Ground, vouching: Vouching) -> None:
    """A coordinator vouches for a counsellor and passes the desk's epoch seeds on.

    Refused `unknown` without such a desk or coordinator, `conflict` for a login that exists; a wrong password is a
    CryptoError.
    """
    installation = desk_rows.find_installation(ground.connection)
    found_member = people_rows.find_by_login(ground.connection, vouching.coordinator)
    if installation is None or found_member is None:
        raise Refusal(Code.UNKNOWN)
    coordinator = found_member[0]
    own = people.find_own_keys(ground.connection, ground.keystore, coordinator)
    place = _place_of(own.desks, vouching.desk)
    account = Account(coordinator.login, coordinator.random, b"", own.key_wrap)
    keys = unlock_account(installation.org, coordinator.id, account, vouching.password)
    newcomer, person = draw_member(ground.random), vouching.newcomer
    statement = make_member(
        installation.org, keys.ed_seed, newcomer, place.desk.id, person.role, person.name, ground.today, ground.today
    )
    membership = Membership(newcomer.member, place.desk.id, person.role, place.membership.delegation, statement)
    _add(ground, installation.org, person, newcomer, membership)
    pin = Pin(installation.org, installation.serial)
    for own_epoch in place.epochs:
        epoch = own_epoch.epoch
        wrap = pass_on_epoch(pin, epoch.delegation, epoch.statement, keys, own_epoch.wrap, newcomer, ground.today)
        desks.keep_epoch_wraps(ground.keystore, epoch, {newcomer.member: wrap})


def _place_of(own: Sequence[OwnDesk], slug: str) -> OwnDesk:
    for place in own:
        if place.desk.slug == slug and place.membership.role == "coordinator":
            return place
    raise Refusal(Code.UNKNOWN)


def _add(ground: Ground, org: bytes, person: Person, keys: MemberKeys, membership: Membership) -> None:
    account = make_account(ground.random, org, person.login, person.password, keys)
    member = Member(keys.member, account.login, account.random, keys.xwing_pk, FIRST_KEYS)
    new = people.NewMember(member, account.verifier, account.key_wrap, (membership,))
    people.add_member(ground.connection, ground.keystore, ground.random, new)
