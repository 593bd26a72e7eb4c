"""The forms in which a canary could lie in a file: written, encoded, printed, hashed."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass

PACKED = "packed"
"""Four packed bytes are found once in some 4 GB of chance, which is too often. Two different addresses both found are
no chance: `search` counts this form only then. 127.0.0.2 is left out, for 7f 00 00 02 has structure."""
SLICE = 32
"""Bytes of a longer value that stand for it: 256 bits, and a part of it is a leak as well."""


@dataclass(frozen=True)
class Form:
    """One pattern. A folded one is found in upper and lower case alike."""

    canary: str
    name: str
    pattern: bytes
    folded: bool = False

    def __post_init__(self) -> None:
        if self.folded:
            object.__setattr__(self, "pattern", self.pattern.lower())


def text_forms(canary: str, word: str) -> list[Form]:
    """A word of lower-case ASCII letters, which UTF-8, Latin-1, JSON, HTML and percent signs leave as it is."""
    raw = word.encode()
    return [
        Form(canary, "written", raw, folded=True),
        # Without its last zeros the pattern is there in little- and in big-endian text.
        Form(canary, "utf-16", raw.decode().encode("utf-16-le")[:-1], folded=True),
        Form(canary, "utf-32", raw.decode().encode("utf-32-le")[:-3], folded=True),
        Form(canary, "hex", raw.hex().encode(), folded=True),
        *_base64_forms(canary, raw),
        *_number_forms(canary, raw),
    ]


def bytes_forms(canary: str, value: bytes) -> list[Form]:
    """Random bytes: raw, and as programs print them."""
    raw = value[-SLICE:]
    return [
        Form(canary, "raw", raw),
        Form(canary, "hex", raw.hex().encode(), folded=True),
        Form(canary, "escaped", repr(_unquoted(raw))[2:-1].encode(), folded=True),
        Form(canary, "escaped as JSON", json.dumps(_unquoted(raw).decode("latin-1"))[1:-1].encode(), folded=True),
        Form(canary, "utf-8 of its bytes", raw.decode("latin-1").encode()),
        *_base64_forms(canary, raw),
        *_number_forms(canary, raw),
    ]


def address_forms(canary: str, address: str) -> list[Form]:
    """An address: written in every way, as a number, mapped into version 6."""
    parsed = ipaddress.ip_address(address)
    written = {address, parsed.exploded, str(int(parsed)), parsed.reverse_pointer, address.replace(".", "-")}
    packed = parsed.packed
    if isinstance(parsed, ipaddress.IPv4Address):
        mapped = ipaddress.IPv6Address(bytes(10) + b"\xff\xff" + packed)
        written |= {mapped.exploded, _pairs(mapped.exploded), address.replace(".", "_")}
        packed = mapped.packed[8:]
    forms = [Form(canary, "written", one.encode(), folded=True) for one in sorted(written)]
    forms += [Form(canary, "utf-16", one.encode("utf-16-le")[:-1], folded=True) for one in sorted(written)]
    forms += [Form(canary, "mapped into version 6", packed)]
    forms += [Form(canary, "hex", parsed.packed.hex().encode(), folded=True)]
    forms += [Form(canary, "hex", address.encode().hex().encode(), folded=True)]
    return forms + _base64_forms(canary, address.encode()) + _both_digests(canary, parsed)


def packed_form(canary: str, address: str) -> Form:
    """The four bytes alone, as a column would hold them."""
    return Form(canary, f"{PACKED} {address}", ipaddress.IPv4Address(address).packed)


def digest_forms(canary: str, raw: bytes) -> list[Form]:
    """A hash without a key: whoever guesses the value recognises it."""
    forms = []
    for algorithm in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(algorithm, raw, usedforsecurity=False).digest()
        forms.append(Form(canary, algorithm, digest))
        forms.append(Form(canary, f"{algorithm} in hex", digest.hex().encode(), folded=True))
    return forms


def _both_digests(canary: str, parsed: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[Form]:
    return digest_forms(canary, str(parsed).encode()) + digest_forms(canary, parsed.packed)


def _unquoted(raw: bytes) -> bytes:
    """The longest part that is printed alike whatever stands around it."""
    return max(re.split(rb"['\"\\]", raw), key=len)


def _pairs(exploded: str) -> str:
    return ":".join(f"{int(group, 16):x}" for group in exploded.split(":")[-3:])


def _base64_forms(canary: str, raw: bytes) -> list[Form]:
    """At each of the three alignments, without the letters that neighbours change; in both alphabets."""
    patterns = set()
    for before in range(3):
        first, last = -(-before * 4 // 3), (before + len(raw)) * 4 // 3
        for encode in (b64encode, urlsafe_b64encode):
            patterns.add(encode(bytes(before) + raw)[first:last])
    return [Form(canary, "base64", pattern) for pattern in sorted(patterns)]


def _number_forms(canary: str, raw: bytes) -> list[Form]:
    """A list of byte values, as JSON and Python print it; the ends may be cut."""
    return [
        Form(canary, "numbers", separator.join(str(byte) for byte in raw).encode(), folded=True)
        for separator in (", ", ",", " ")
    ]
