"""A ceremony's keys fit together, and the self-test knows when they would not."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest

from crypto import ceremony, hpke, selftest
from crypto.account import make_account, pass_on_epoch, unlock_account
from crypto.failure import NotForThisKey, Tampered
from crypto.opening import DeskKey, compose_opening, open_opening
from crypto.primitives import signing_public
from crypto.shapes import parse_opening
from crypto.statement import (
    DESK_EPOCH,
    MEMBER,
    Serials,
    check_chain,
    check_delegation,
    check_key,
    epoch_claim,
    member_claim,
    parse_pin,
    parse_serials,
    parse_statement,
)
from crypto.wrap import DESK_SEED, unwrap
from tests.vectors.case import drawn

TODAY = (datetime.date(2026, 11, 21) - datetime.date(1970, 1, 1)).days


def _random() -> Callable[[int], bytes]:
    """Different bytes at each call, the same in each test."""
    calls = iter(range(1000))
    return lambda size: drawn(f"ceremony {next(calls)}", size)


def test_everything_made_holds_under_the_pin() -> None:
    """From the pin alone a page comes to the desk's key; a member opens what was sealed to it, a stranger does not."""
    random = _random()
    founded = ceremony.found_organisation(random, TODAY)
    coordinator, counsellor, stranger = (ceremony.draw_member(random) for _ in range(3))
    desk = random(16)
    delegation = ceremony.delegate(founded.root_seed, coordinator, TODAY, TODAY)
    epoch = ceremony.make_desk_epoch(
        random, founded.org, coordinator.ed_seed, desk, [coordinator, counsellor], 1, TODAY
    )

    pin = parse_pin(founded.pin.serialize())
    claim = epoch_claim(check_chain(pin, delegation, epoch.statement, DESK_EPOCH, TODAY))
    check_key(claim.key_hash, epoch.pk)
    raw = compose_opening(founded.org, drawn("K"), drawn("seed"), bytes(1216), [DeskKey(desk, claim.epoch, epoch.pk)])

    wrapped, place = epoch.wraps[counsellor.member], (founded.org, DESK_SEED, desk, claim.epoch)
    seed = unwrap(*place, counsellor.recipient(), counsellor.xwing_seed, wrapped)
    check_key(claim.key_hash, hpke.public_key(seed))
    shape = parse_opening(raw)
    desk_key = DeskKey(desk, claim.epoch, epoch.pk)
    opened = open_opening(founded.org, shape.stub, shape.wraps[0].wrap, shape.sealed, desk_key, seed)
    assert opened.key == drawn("K")
    with pytest.raises(NotForThisKey):
        unwrap(*place, stranger.recipient(), stranger.xwing_seed, wrapped)


def test_members_last_as_long_as_was_said() -> None:
    """A member statement lives 45 days and a delegation a year, with two days of tolerance."""
    random = _random()
    founded = ceremony.found_organisation(random, TODAY)
    keys = ceremony.draw_member(random)
    delegation = ceremony.delegate(founded.root_seed, keys, TODAY, TODAY)
    statement = ceremony.make_member(founded.org, keys.ed_seed, keys, random(16), "coordinator", "Åsa", 1, TODAY)
    chain = (founded.pin, delegation, statement, MEMBER)
    assert member_claim(check_chain(*chain, TODAY + 47)).ed_pk == keys.ed_pk
    with pytest.raises(Tampered):
        check_chain(*chain, TODAY + 48)
    assert check_delegation(founded.pin, delegation, TODAY + 367).subject == keys.member
    with pytest.raises(Tampered):
        check_delegation(founded.pin, delegation, TODAY + 368)


def test_account_opens_with_its_password_only() -> None:
    """The password gives a member's keys back; another password, or the same for another member, does not."""
    random = _random()
    keys, other = ceremony.draw_member(random), ceremony.draw_member(random)
    org = random(32)
    account = make_account(random, org, "åsa", "på natten är allt större", keys)
    assert unlock_account(org, keys.member, account, "på natten är allt större") == keys
    with pytest.raises(NotForThisKey):
        unlock_account(org, keys.member, account, "på natten är allt mindre")
    with pytest.raises(NotForThisKey):
        unlock_account(org, other.member, account, "på natten är allt större")


def test_epoch_is_passed_on_by_who_holds_it() -> None:
    """A newcomer receives the desk's signed seed from a member; a stranger and a false statement give nothing."""
    random = _random()
    founded = ceremony.found_organisation(random, TODAY)
    coordinator, newcomer = ceremony.draw_member(random), ceremony.draw_member(random)
    delegation = ceremony.delegate(founded.root_seed, coordinator, TODAY, TODAY)
    desk = random(16)
    made = [
        ceremony.make_desk_epoch(random, founded.org, coordinator.ed_seed, desk, [coordinator], 1, TODAY)
        for _ in range(2)
    ]
    own_wrap = made[0].wraps[coordinator.member]
    place = founded.pin, delegation
    passed = pass_on_epoch(*place, made[0].statement, coordinator, own_wrap, newcomer, TODAY)
    seed = unwrap(founded.org, DESK_SEED, desk, made[0].epoch, newcomer.recipient(), newcomer.xwing_seed, passed)
    assert hpke.public_key(seed) == made[0].pk
    with pytest.raises(NotForThisKey):
        pass_on_epoch(*place, made[0].statement, newcomer, own_wrap, newcomer, TODAY)
    with pytest.raises(Tampered):
        pass_on_epoch(*place, made[1].statement, coordinator, own_wrap, newcomer, TODAY)


def test_root_comes_back_from_paper() -> None:
    """The kit gives the root, and the root the pin; nothing that is printed by accident shows the seed."""
    founded = ceremony.found_organisation(_random(), TODAY)
    assert signing_public(ceremony.root_of_kit(ceremony.paper_kit(founded.root_seed))) == founded.root_pk
    assert founded.root_seed.hex() not in repr(founded)
    assert repr(founded.root_seed) not in repr(founded)


@pytest.mark.parametrize(
    ("day", "epoch", "first", "last"),
    [
        ("1970-01-01", 0, "1970-01-01", "1970-01-31"),
        ("2026-11-21", 682, "2026-11-01", "2026-11-30"),
        ("2028-02-29", 697, "2028-02-01", "2028-02-29"),
        ("2026-12-31", 683, "2026-12-01", "2026-12-31"),
    ],
)
def test_epochs_are_calendar_months(day: str, epoch: int, first: str, last: str) -> None:
    """An epoch's number counts months since 1970, its days are the month's."""
    start = datetime.date(1970, 1, 1)
    dates = [(datetime.date.fromisoformat(text) - start).days for text in (day, first, last)]
    assert ceremony.month_of(dates[0]) == ceremony.Month(epoch, dates[1], dates[2])


def test_serials_survive_storage() -> None:
    """What was seen is still known after JSON, and an older statement still refused."""
    random = _random()
    founded = ceremony.found_organisation(random, TODAY)
    keys = ceremony.draw_member(random)
    older, newer = (parse_statement(ceremony.delegate(founded.root_seed, keys, TODAY + n, TODAY)) for n in (0, 1))
    seen = Serials().admit(older).admit(newer)
    again = parse_serials(seen.serialize())
    assert again.admit(newer) == seen
    with pytest.raises(Tampered):
        again.admit(older)


def test_self_test_is_silent_here() -> None:
    """All operations give their known answers."""
    selftest.self_test()


@pytest.mark.parametrize("name", ["ANSWER", "ARGON2_ANSWER", "SECRET", "SEALED"])
def test_self_test_says_so_when_an_answer_differs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that computes something else stops the start with one sentence."""
    wrong = getattr(selftest, name)
    monkeypatch.setattr(selftest, name, wrong[:-1] + bytes([wrong[-1] ^ 1]))
    with pytest.raises(RuntimeError, match=r"^This machine's cryptography [a-z ]+\.$"):
        selftest.self_test()
