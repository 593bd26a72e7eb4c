"""Looks for every form of every canary in every place."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.leaks.forms import PACKED, Form
from tests.leaks.places import CLUSTER, Place

DATABASE = ("data/sluss.db", f"{CLUSTER}/base/", f"{CLUSTER}/pg_wal/")
ALLOWED = {
    "id of a conversation": (*DATABASE, "backup.db"),
    "hash of the session token": DATABASE,
    # Until vacuum and recycling PostgreSQL keeps dead rows, all sealed under a key that is gone: docs/operating.md.
    "id of a deleted conversation": DATABASE[1:],
}
"""What may lie somewhere, and where: by the beginning of the place's name."""
ANCHOR = 4
"""Bytes at the beginning of each pattern that are looked up all at once; only what begins with one is sought."""


@dataclass(frozen=True, order=True)
class Hit:
    """A canary found. It says where and in which form, so that nobody needs to print what was found."""

    canary: str
    form: str
    place: str
    at: int


def search(places: Iterable[Place], forms: Iterable[Form]) -> set[Hit]:
    """All hits that are neither allowed nor chance; of each form only the first in a place."""
    forms = list(forms)
    exact = _Index(form for form in forms if not form.folded)
    folded = _Index(form for form in forms if form.folded)
    found: set[Hit] = set()
    for place in places:
        found.update(exact.find(place.name, place.content))
        found.update(folded.find(place.name, place.content.lower()))
    found = {hit for hit in found if not _is_allowed(hit)}
    packed = {hit for hit in found if hit.form.startswith(PACKED)}
    return found - packed if len({hit.form for hit in packed}) == 1 else found


class _Index:
    """Patterns by their anchors: hundreds of patterns cost little more than one."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._forms: dict[int, list[Form]] = {}
        for form in forms:
            self._forms.setdefault(int.from_bytes(form.pattern[:ANCHOR], sys.byteorder), []).append(form)
        self._anchors = frozenset(self._forms)

    def find(self, name: str, content: bytes) -> Iterator[Hit]:
        for anchor in self._present(content):
            for form in self._forms[anchor]:
                at = content.find(form.pattern)
                if at >= 0:
                    yield Hit(form.canary, form.name, name, at)

    def _present(self, content: bytes) -> set[int]:
        """The anchors that are somewhere in it, at any of the four alignments."""
        present: set[int] = set()
        for shift in range(ANCHOR):
            end = shift + (len(content) - shift) // ANCHOR * ANCHOR
            if end > shift:
                present |= self._anchors.intersection(memoryview(content)[shift:end].cast("I"))
        return present


def _is_allowed(hit: Hit) -> bool:
    return hit.place.startswith(ALLOWED.get(hit.canary, ("\0",)))
