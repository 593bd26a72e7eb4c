"""Passwords and what they wrap."""

from __future__ import annotations

from collections.abc import Iterator

from crypto.member import key_encryption_key, login_secret, wrap_member_keys
from tests.vectors import world as w
from tests.vectors.case import MALFORMED, NOT_FOR_THIS_KEY, Case, drawn, flipped
from tests.vectors.operations import Json

ROOT = drawn("password root")
KEK = key_encryption_key(ROOT, w.ORG, "åsa")
WRAPPED = wrap_member_keys(
    KEK, w.ORG, w.COUNSELLOR.member, 1, w.COUNSELLOR.xwing_seed, w.COUNSELLOR.ed_seed, drawn("nonce", 12)
)


def cases() -> Iterator[Case]:
    """All of the area."""
    password = {"password": "Åsa går i skogen 🌲", "org": w.ORG, "login": "åsa", "random16": drawn("random", 16)}
    yield Case("member/password_root", "A password gives a root.", "password_root", password)
    apart = {**password, "password": "A\u030asa ga\u030ar i skogen 🌲"}
    yield Case("member/password_nfc", "Composed otherwise it is the same password.", "password_root", apart)
    short = {**password, "random16": bytes(15)}
    yield Case("member/password_short_salt", "The random part has 15 bytes.", "password_root", short, MALFORMED)
    derived = {"root": ROOT, "org": w.ORG, "login": "åsa"}
    yield Case("member/login_secret", "The root gives the login secret.", "login_secret", derived)
    yield Case("member/key_encryption_key", "The root gives the key for the keys.", "key_encryption_key", derived)
    yield from _wraps()
    unknown = {"installation_key": drawn("installation"), "login": "ingen"}
    yield Case("member/unknown_random", "An unknown login always gets the same.", "unknown_random", unknown)


def _wraps() -> Iterator[Case]:
    place = {"kek": KEK, "org": w.ORG, "member": w.COUNSELLOR.member, "generation": 1}
    seeds = {"xwing_seed": w.COUNSELLOR.xwing_seed, "ed_seed": w.COUNSELLOR.ed_seed, "nonce": drawn("nonce", 12)}
    yield Case("member/wrap_member_keys", "Both seeds are wrapped.", "wrap_member_keys", {**place, **seeds})
    for name, does, changed in (
        ("wrap_short_seed", "A seed has 31 bytes.", {"ed_seed": bytes(31)}),
        ("wrap_short_nonce", "The nonce has 11 bytes.", {"nonce": bytes(11)}),
    ):
        yield Case(f"member/{name}", does, "wrap_member_keys", {**place, **seeds, **changed}, MALFORMED)
    good: Json = {**place, "wrapped": WRAPPED}
    yield Case("member/unwrap_member_keys", "Both seeds are unwrapped.", "unwrap_member_keys", good)
    other_kek = key_encryption_key(drawn("other"), w.ORG, "åsa")
    refusals: tuple[tuple[str, str, Json], ...] = (
        ("wrong_password", "The password is another.", {"kek": other_kek}),
        ("login_secret_as_kek", "What the server sees does not unwrap.", {"kek": login_secret(ROOT, w.ORG, "åsa")}),
        ("wrong_org", "It was wrapped in another organisation.", {"org": w.OTHER_ORG}),
        ("wrong_member", "It was wrapped for another member.", {"member": w.STRANGER.member}),
        ("wrong_generation", "It is another generation's.", {"generation": 2}),
        ("flipped_tag", "A bit of the tag is flipped.", {"wrapped": flipped(WRAPPED, -1)}),
        ("flipped_nonce", "A bit of the nonce is flipped.", {"wrapped": flipped(WRAPPED, 0)}),
    )
    for name, does, changed in refusals:
        yield Case(f"member/{name}", does, "unwrap_member_keys", {**good, **changed}, NOT_FOR_THIS_KEY)
    for name, does, changed in (
        ("truncated", "The last byte is missing.", {"wrapped": WRAPPED[:-1]}),
        ("trailing_byte", "A byte comes after the tag.", {"wrapped": WRAPPED + b"\0"}),
        ("short_member", "The member's id has 15 bytes.", {"member": bytes(15)}),
    ):
        yield Case(f"member/{name}", does, "unwrap_member_keys", {**good, **changed}, MALFORMED)
