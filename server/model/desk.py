"""A desk: a team with its key, languages and host sites; and the people who work at it."""

from __future__ import annotations

from dataclasses import dataclass

COUNTRIES = ("SE", "DK")
LANGUAGES = ("sv", "da", "en")


@dataclass(frozen=True)
class Desk:
    """What is public about a desk. `host_sites` are the origins that may show its chat in a frame."""

    id: bytes
    slug: str
    name: str
    country: str
    languages: tuple[str, ...]
    host_sites: tuple[str, ...]
    retention_days: int


@dataclass(frozen=True)
class Epoch:
    """A desk's epoch key as it is published: statement with its delegation, and the 1,216-byte public key."""

    desk: bytes
    epoch: int
    delegation: bytes
    statement: bytes
    key: bytes
    since: int
    until: int


@dataclass(frozen=True)
class Membership:
    """A member's place at a desk, proven by a statement."""

    member: bytes
    desk: bytes
    role: str
    delegation: bytes
    statement: bytes


@dataclass(frozen=True)
class Member:
    """An account: public key, login, and the random part of its salt. What opens anything lies sealed beside it."""

    id: bytes
    login: str
    random: bytes
    key: bytes
    key_generation: int
