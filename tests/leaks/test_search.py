"""The search finds what lies in a file in any form that a program is likely to leave there, and nothing by chance."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import html
import ipaddress
import json
import quopri
import secrets
import urllib.parse
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.leaks.canaries import BORN, HEADERS, IN_DATABASE, PASSWORDS, SAID, SENT, Canaries
from tests.leaks.places import Place, places
from tests.leaks.search import search
from tests.running import Running

Encode = Callable[[bytes], bytes]

ENCODINGS: dict[str, Encode] = {
    "as it is": lambda raw: raw,
    "hex": binascii.hexlify,
    "upper-case hex": lambda raw: binascii.hexlify(raw).upper(),
    "base64": base64.b64encode,
    "base64 after one byte": lambda raw: base64.b64encode(b"." + raw),
    "base64 after two bytes": lambda raw: base64.b64encode(b".." + raw + b"."),
    "base64url": lambda raw: base64.urlsafe_b64encode(b"?" + raw).rstrip(b"="),
    "numbers": lambda raw: repr(list(raw)).encode(),
    "numbers in JSON": lambda raw: json.dumps(list(raw), separators=(",", ":")).encode(),
    "printed by Python": lambda raw: repr(b"'\"" + raw + b"\0\"'").encode(),
    "md5": lambda raw: hashlib.md5(raw, usedforsecurity=False).digest(),
    "sha1 in hex": lambda raw: hashlib.sha1(raw, usedforsecurity=False).hexdigest().encode(),
    "sha256": lambda raw: hashlib.sha256(raw).digest(),
}
TEXT_ENCODINGS: dict[str, Encode] = {
    "upper case": bytes.upper,
    "utf-16, little end first": lambda raw: raw.decode().encode("utf-16-le"),
    "utf-16, big end first": lambda raw: raw.decode().encode("utf-16-be"),
    "utf-32": lambda raw: raw.decode().encode("utf-32"),
    "JSON": lambda raw: json.dumps(f"å{raw.decode()}\n").encode(),
    "HTML": lambda raw: html.escape(f"<{raw.decode()}>").encode(),
    "percent signs": lambda raw: urllib.parse.quote(f"/å {raw.decode()}").encode(),
    "quoted-printable": lambda raw: quopri.encodestring(b"\xe5" + raw),
}
BYTES_ENCODINGS: dict[str, Encode] = {
    "Latin-1 as UTF-8": lambda raw: raw.decode("latin-1").encode(),
    "Latin-1 as JSON": lambda raw: json.dumps(raw.decode("latin-1")).encode(),
}


def drawn() -> tuple[Canaries, dict[str, bytes]]:
    """Canaries with everything born, and the values of the latter."""
    canaries = Canaries(secrets.token_bytes)
    born = {name: secrets.token_bytes(1_024 if "frame" in name else 32) for name in (*BORN, *IN_DATABASE)}
    for name, value in born.items():
        canaries.keep(name, value)
    return canaries, born


def found_in(canaries: Canaries, *planted: bytes, place: str = "output.txt") -> set[str]:
    """The names of what is found between pieces of noise."""
    content = b"".join(secrets.token_bytes(101) + one for one in planted) + secrets.token_bytes(101)
    return {hit.canary for hit in search([Place(place, content)], canaries.forms())}


@pytest.mark.parametrize("encode", [*ENCODINGS.values(), *TEXT_ENCODINGS.values()], ids=[*ENCODINGS, *TEXT_ENCODINGS])
def test_a_word_is_found(encode: Encode) -> None:
    """Each word of the list, in each form."""
    canaries = Canaries(secrets.token_bytes)
    names = (*HEADERS, *SAID, *SENT, *PASSWORDS)
    assert found_in(canaries, *(encode(canaries.word(name).encode()) for name in names)) == set(names)


@pytest.mark.parametrize("encode", [*ENCODINGS.values(), *BYTES_ENCODINGS.values()], ids=[*ENCODINGS, *BYTES_ENCODINGS])
def test_bytes_are_found(encode: Encode) -> None:
    """Each secret, in each form; of a frame its end is enough. The token's hash has a name of its own."""
    canaries, born = drawn()
    hashed = len(encode(bytes(64))) in (16, 32, 40)
    names = set(born) - ({"session token", *IN_DATABASE} if hashed else set())
    assert found_in(canaries, *(encode(born[name] if hashed else born[name][-40:]) for name in names)) == names


def test_an_address_is_found_in_every_notation() -> None:
    """Dotted, mapped, as a number, in hexadecimal, reversed, hashed, in a socket's packed form of version 6."""
    canaries = Canaries(secrets.token_bytes)
    for address in canaries.peers:
        parsed = ipaddress.IPv4Address(address)
        mapped = ipaddress.IPv6Address(f"::ffff:{address}")
        written = (
            *(address, str(mapped), mapped.exploded, str(int(parsed)), hex(int(parsed)), parsed.reverse_pointer),
            *(f"('{address}', 4711)", f"ip-{address.replace('.', '-')}.example", f"{address}:4711"),
            *(hashlib.sha256(address.encode()).hexdigest(), base64.b64encode(address.encode()).decode()),
        )
        for text in written:
            assert found_in(canaries, text.encode()) == {"peer address"}, text
        assert found_in(canaries, mapped.packed) == {"peer address"}
    for address in canaries.told:
        assert found_in(canaries, address.encode()) == {"forwarded address"}
    assert found_in(canaries, ipaddress.IPv6Address(canaries.told[2]).packed) == {"forwarded address"}


def test_four_bytes_alone_are_chance_and_two_times_four_are_not() -> None:
    """One packed address may be anything; two different ones come from somebody who keeps addresses."""
    canaries = Canaries(secrets.token_bytes)
    first, second = (ipaddress.IPv4Address(address).packed for address in canaries.peers[1:])
    assert found_in(canaries, first) == set()
    assert found_in(canaries, first, first) == set()
    assert found_in(canaries, first, second) == {"peer address"}


@pytest.mark.parametrize("compress", [zlib.compress, gzip.compress, lambda raw: zlib.compress(raw)[:-9]])
def test_what_is_compressed_or_hidden_in_a_name_is_found(compress: Encode, tmp_path: Path) -> None:
    """A compressed value in the middle of a file, also one that is cut; and the name of a file."""
    canaries = Canaries(secrets.token_bytes)
    text = canaries.text("visitor's long message").encode()
    (tmp_path / "cache").write_bytes(secrets.token_bytes(1_000) + compress(text) + secrets.token_bytes(1_000))
    (tmp_path / canaries.word("unknown login")).mkdir()
    hits = search(places(Running(tmp_path)), canaries.forms())
    assert {hit.canary for hit in hits} == {"visitor's long message", "unknown login"}


def test_ids_may_lie_in_the_database_only() -> None:
    """An id in the database or its backup is no leak; in the output, or after the deletion, it is."""
    canaries, born = drawn()
    token, ident = (born[name] for name in IN_DATABASE)
    gone = born["id of a deleted conversation"]
    assert found_in(canaries, ident, token, place="data/sluss.db-wal") == set()
    assert found_in(canaries, ident, place="backup.db") == set()
    assert found_in(canaries, ident) == {"id of a conversation"}
    assert found_in(canaries, token, place="backup.db") == {"hash of the session token"}
    assert found_in(canaries, gone, place="data/sluss.db") == {"id of a deleted conversation"}


def test_noise_is_no_leak() -> None:
    """A megabyte of chance holds no canary."""
    canaries, _born = drawn()
    assert search([Place("noise", secrets.token_bytes(1 << 20))], canaries.forms()) == set()
