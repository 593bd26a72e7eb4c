"""Staff sign in with what only the password gives; whoever does not know it learns nothing, not even who exists."""

from __future__ import annotations

import secrets

import pytest

from crypto.binding import sha256
from server.model.refusal import Code, Refusal
from server.services import people
from server.services.people import SIGN_IN_SECONDS
from server.storage.tables import members, sign_ins
from tests.storage.ground import LOGINS, NOW, Ground


def sign_in(ground: Ground, login: str, secret: bytes, now: int = NOW) -> bytes:
    """A token, or a refusal."""
    return ground.run(
        lambda connection: people.sign_in(connection, ground.keystore, secrets.token_bytes, login, secret, now)
    )


def find(ground: Ground, token: bytes, now: int = NOW) -> str:
    """Whose token it is, by login."""
    with ground.reading() as connection:
        return people.find_member(connection, token, now).login


def salt(ground: Ground, login: str) -> bytes:
    """What a password is stretched with."""
    with ground.reading() as connection:
        return people.find_salt(connection, ground.keystore, login)


def test_whoever_knows_the_secret_gets_a_token(ground: Ground) -> None:
    """Each sign-in has a token of its own, of which only the hash is stored; it is good until it runs out."""
    first, second = (sign_in(ground, "anna", ground.people.secrets["anna"]) for _ in range(2))
    assert first != second
    assert find(ground, first) == find(ground, second, NOW + SIGN_IN_SECONDS - 1) == "anna"
    assert {row.token_hash for row in ground.rows(sign_ins)} == {sha256(first), sha256(second)}
    with pytest.raises(Refusal) as refusal:
        find(ground, first, NOW + SIGN_IN_SECONDS)
    assert refusal.value.code is Code.SIGN_IN


def test_wrong_and_unknown_are_refused_alike(ground: Ground) -> None:
    """A wrong secret, another member's secret, the verifier itself and an unknown login: one refusal, no row."""
    right = ground.people.secrets["anna"]
    answers = set()
    for login, secret in (
        ("anna", secrets.token_bytes(32)),
        ("anna", ground.people.secrets["berit"]),
        ("anna", sha256(right)),
        ("anna", right[:-1]),
        ("Anna", right),
        ("nobody", right),
        ("", right),
    ):
        with pytest.raises(Refusal) as refusal:
            sign_in(ground, login, secret)
        answers.add((refusal.value.code, refusal.value.args, type(refusal.value.__context__)))
    assert answers == {(Code.SIGN_IN, ("sign-in",), type(None))}
    assert ground.rows(sign_ins) == []
    assert find(ground, sign_in(ground, "anna", right)) == "anna"


def test_signing_out_ends_one_sign_in(ground: Ground) -> None:
    """The token is worth nothing afterwards; another one of the same member stays; an unknown one changes nothing."""
    first, second = (sign_in(ground, "anna", ground.people.secrets["anna"]) for _ in range(2))
    ground.run(lambda connection: people.sign_out(connection, secrets.token_bytes(32)))
    ground.run(lambda connection: people.sign_out(connection, first))
    assert find(ground, second) == "anna"
    for token in (first, secrets.token_bytes(32), sha256(second), b""):
        with pytest.raises(Refusal) as refusal:
            find(ground, token)
        assert refusal.value.code is Code.SIGN_IN


def test_an_unknown_login_has_a_salt_like_any_other(ground: Ground) -> None:
    """Sixteen bytes, always the same for one name, different for another, and the stored ones for whoever exists."""
    known = {row.login: row.random for row in ground.rows(members)}
    assert {login: salt(ground, login) for login in LOGINS} == {login: known[login] for login in LOGINS}
    unknown = [salt(ground, login) for login in ("nobody", "nobody", "somebody", "Anna", "")]
    assert unknown[0] == unknown[1]
    assert len({*unknown, *known.values()}) == 4 + len(known)
    assert {len(one) for one in unknown} == {16}


def test_members_get_their_own_keys_and_desks(ground: Ground) -> None:
    """Each member gets the wraps made for them, at the desks where they work, and no other."""
    given = set()
    for login, slug in (("anna", "here"), ("berit", "here"), ("carl", "there")):
        token = sign_in(ground, login, ground.people.secrets[login])
        with ground.reading() as connection:
            member = people.find_member(connection, token, NOW)
            own = people.find_own_keys(connection, ground.keystore, member)
        assert own.member.id == ground.people.members[login]
        assert [(desk.desk.slug, len(desk.epochs)) for desk in own.desks] == [(slug, 1)]
        assert len(own.key_wrap) == 92
        given.add(own.desks[0].epochs[0].wrap)
        [row] = [row for row in ground.rows(members) if row.login == login]
        assert own.key_wrap not in row.key_wrap
    assert len(given) == 3


def test_a_login_exists_once(ground: Ground) -> None:
    """A second account under the same login is a conflict and changes nothing."""
    token = sign_in(ground, "anna", ground.people.secrets["anna"])
    with ground.reading() as connection:
        anna = people.find_member(connection, token, NOW)
    again = people.NewMember(anna, bytes(32), bytes(92), ())
    with pytest.raises(Refusal) as refusal:
        ground.run(lambda connection: people.add_member(connection, ground.keystore, secrets.token_bytes, again))
    assert refusal.value.code is Code.CONFLICT
    assert find(ground, sign_in(ground, "anna", ground.people.secrets["anna"])) == "anna"
