"""Fields, fingerprints and the conversation id."""

from __future__ import annotations

from collections.abc import Iterator

from crypto.binding import bind
from tests.vectors.case import MALFORMED, Case
from tests.vectors.world import ORG, ROOT_PK, VISITOR_PK


def cases() -> Iterator[Case]:
    """All of the area."""
    yield Case("binding/bind", "Each field has its length before it.", "bind", {"fields": [b"ab", b"", b"\xff" * 300]})
    yield Case("binding/bind_nothing", "No fields are no bytes.", "bind", {"fields": []})
    yield Case("binding/bind_one_empty", "One empty field is not no field.", "bind", {"fields": [b""]})
    longest = {"fields": [bytes(0xFFFF)]}
    yield Case("binding/bind_longest", "A field may have 65,535 bytes.", "bind", longest)
    too_long = {"fields": [bytes(0x10000)]}
    yield Case("binding/bind_too_long", "A field may not have 65,536 bytes.", "bind", too_long, MALFORMED)
    yield from _unbind()
    yield Case(
        "binding/organisation", "An organisation is the hash of its root key.", "organisation", {"root_pk": ROOT_PK}
    )
    given = {"org": ORG, "visitor_pk": VISITOR_PK, "challenge": b"", "solution": b""}
    yield Case("binding/conversation_id", "The id commits to the visitor's key.", "conversation_id", given)
    worked = {**given, "challenge": b"challenge", "solution": b"solution"}
    yield Case(
        "binding/conversation_id_with_work", "The id commits to challenge and solution.", "conversation_id", worked
    )
    moved = {**given, "challenge": b"challengesol", "solution": b"ution"}
    yield Case(
        "binding/conversation_id_moved", "The same bytes cut elsewhere give another id.", "conversation_id", moved
    )


def _unbind() -> Iterator[Case]:
    raw = bind(b"ab", b"", b"c")
    yield Case("binding/unbind", "Fields come apart as they went in.", "unbind", {"raw": raw, "count": 3})
    yield Case("binding/unbind_any", "Without a count all fields are read.", "unbind", {"raw": raw, "count": None})
    yield Case("binding/unbind_empty", "No bytes are no fields.", "unbind", {"raw": b"", "count": 0})
    for name, does, wrong, count in (
        ("too_few_fields", "A field is missing.", raw, 4),
        ("too_many_fields", "Something comes after the last field.", raw, 2),
        ("truncated", "The last field ends too early.", raw[:-1], 3),
        ("truncated_length", "The bytes end within a length.", raw + b"\0", None),
        ("trailing_byte", "A byte comes after the last field.", raw + b"\0", 3),
        ("long_length_field", "A length points behind the end.", b"\xff\xff" + raw, None),
    ):
        yield Case(f"binding/{name}", does, "unbind", {"raw": wrong, "count": count}, MALFORMED)
