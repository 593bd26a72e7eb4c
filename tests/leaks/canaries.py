"""The one list of what must never be found: words drawn anew for each run, which nothing else can contain by chance.

A later issue that brings a new path adds its names here and its exercise to `exercises.py`; the rest follows.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from itertools import cycle

from tests.leaks.forms import Form, address_forms, bytes_forms, digest_forms, packed_form, text_forms

Random = Callable[[int], bytes]

LETTERS = b"ghjkmnpqrstvwxyz"
"""No vowels, so that no canary is a word; no hexadecimal digits, so that none is part of a hex dump."""
WORD_SIZE = 20
"""Letters of a word: 80 bits."""

HEADERS: Mapping[str, str] = {
    "user-agent": "Mozilla/5.0 ({}) Gecko/20100101",
    "referer": "https://host.example/page-{}",
    "cookie": "{0}=1; session={0}",
    "accept-language": "sv-{},da;q=0.7",
    "via": "1.1 {}",
    "sec-ch-ua": '"{}";v="130"',
    "sec-ch-ua-platform": '"{}"',
    "authorization": "Basic {}",
    "x-request-id": "{}",
    "traceparent": "00-{}-01",
    "x-unheard-of": "{}",
}
"""What a browser or a proxy says about a visitor, with room for a word; the name of the header is the canary's."""
ADDRESS_HEADERS: Mapping[str, str] = {
    "x-forwarded-for": "{0}, {1}",
    "forwarded": 'for={0};host={1}, for="[{2}]:4711"',
    "x-real-ip": "{0}",
    "cf-connecting-ip": "{1}",
    "true-client-ip": "{2}",
    "x-client-ip": "{0}",
}
"""Where a proxy names an address; two of version 4 and one of version 6 are there to fill in."""

SAID = (
    "visitor's short message",
    "visitor's long message",
    "counsellor's short message",
    "counsellor's long message",
)
"""Texts that only ever travel sealed."""
SENT = (
    "Origin of a visitor",
    "query string",
    "path",
    "fragment of a frame",
    "malformed frame",
    "malformed JSON",
    "malformed opening",
    "forgotten sealing",
    "malformed request",
    "host",
    "method",
    "body",
    "unknown login",
    "file name",
    "reason of a close",
    "ping",
    "sub-protocol",
    "foreign cookie",
)
"""What reaches the server in clear and must end there; with the headers, these are all words on the wire."""
PASSWORDS = ("counsellor's password", "mistyped password", "password of the database")
BORN = (
    "login secret",
    "key encryption key",
    "session token",
    "visitor's seed",
    "visitor's K",
    "visitor's live key",
    "visitor's public key",
    "visitor's proof",
    "frame as it came",
    "opening as it came",
    "ephemeral frame",
    "shred key of a deleted conversation",
    "id of a deleted conversation",
)
"""Bytes that come into being on the way; `Canaries.keep` learns them."""
IN_DATABASE = ("hash of the session token", "id of a conversation")
"""Bytes that may lie in the live database and nowhere else; ids also in its backup."""

PEERS = 3
"""Addresses that clients connect from: 127.0.0.2 and two drawn ones of the same network."""


class Canaries:
    """All canaries of one run. `random` gives bytes."""

    def __init__(self, random: Random, known: Mapping[str, str] | None = None) -> None:
        self._words = {name: _word(random) for name in (*HEADERS, *SAID, *SENT, *PASSWORDS)} | dict(known or {})
        self._kept: dict[str, list[bytes]] = {name: [] for name in (*BORN, *IN_DATABASE)}
        drawn = [_address(random, 127) for _ in range(PEERS - 1)]
        self.peers = ("127.0.0.2", *drawn)
        self.told = (_address(random, 198), _address(random, 203), str(ipaddress.IPv6Address(b" \x01" + random(14))))
        self._next_peer = cycle(self.peers)

    def word(self, name: str) -> str:
        """The word of this name; a name that is not on the list is a KeyError."""
        return self._words[name]

    def text(self, name: str) -> str:
        """What somebody writes: long texts fill several frames, and each part of them is recognised."""
        word = self._words[name]
        return f"Hej å {word} 💬" if "short" in name else f"{word} och då sade hon … " * 60

    def peer(self) -> str:
        """The address that the next client connects from."""
        return next(self._next_peer)

    def headers(self) -> dict[str, str]:
        """Everything a browser and a chain of proxies may tell."""
        words = {name: pattern.format(self._words[name]) for name, pattern in HEADERS.items()}
        addresses = {name: pattern.format(*self.told) for name, pattern in ADDRESS_HEADERS.items()}
        return {**words, **addresses}

    def keep(self, name: str, *values: bytes) -> None:
        """Learn bytes that came into being."""
        self._kept[name] += values

    def unborn(self) -> list[str]:
        """Names of the list that no exercise has brought to life."""
        return [name for name, values in self._kept.items() if not values]

    def forms(self) -> list[Form]:
        """Everything to look for."""
        found: list[Form] = []
        for name, word in self._words.items():
            found += text_forms(name, word) + digest_forms(name, word.encode())
        for name, values in self._kept.items():
            for value in values:
                found += bytes_forms(name, value)
                # The server keeps the token's hash by design; that has a name and a place of its own.
                found += [] if name == "session token" or name in IN_DATABASE else digest_forms(name, value)
        for address in self.peers:
            found += address_forms("peer address", address)
        for address in self.told:
            found += address_forms("forwarded address", address)
        found += [packed_form("peer address", address) for address in self.peers[1:]]
        return found + [packed_form("forwarded address", address) for address in self.told[:2]]


def _word(random: Random) -> str:
    return bytes(LETTERS[byte % len(LETTERS)] for byte in random(WORD_SIZE)).decode()


def _address(random: Random, first: int) -> str:
    """Every octet has three digits, so that no written form is the beginning of another address."""
    return ".".join(str(octet) for octet in (first, *(100 + byte % 150 for byte in random(3))))
