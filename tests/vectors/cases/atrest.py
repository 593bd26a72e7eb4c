"""What the server seals itself."""

from __future__ import annotations

from collections.abc import Iterator

from crypto.atrest import rest_seal
from tests.vectors.case import MALFORMED, TAMPERED, Case, drawn, flipped
from tests.vectors.operations import Json

KEY, NONCE, ROW = drawn("rest key"), drawn("rest nonce", 12), drawn("row", 16)
PLACE: Json = {"table": "messages", "row": ROW, "column": "frame"}
SEALED = rest_seal(KEY, NONCE, b"at rest", "messages", ROW, "frame")
GOOD: Json = {"key": KEY, "sealed": SEALED, **PLACE}


def cases() -> Iterator[Case]:
    """All of the area."""
    given = {"key": KEY, "nonce": NONCE, "plaintext": b"at rest", **PLACE}
    yield Case("atrest/seal", "A value is sealed for its place.", "rest_seal", given)
    short = {**given, "nonce": bytes(11)}
    yield Case("atrest/short_nonce", "The nonce has 11 bytes.", "rest_seal", short, MALFORMED)
    yield Case("atrest/open", "A value is opened in its place.", "rest_open", GOOD)
    empty = {**GOOD, "sealed": rest_seal(KEY, NONCE, b"", "messages", ROW, "frame")}
    yield Case("atrest/open_empty", "A value may be empty.", "rest_open", empty)
    for name, does, changed in (
        ("wrong_key", "The key is another.", {"key": drawn("other rest key")}),
        ("wrong_table", "It was moved to another table.", {"table": "wraps"}),
        ("wrong_row", "It was moved to another row.", {"row": drawn("other row", 16)}),
        ("wrong_column", "It was moved to another column.", {"column": "stub"}),
        ("moved_border", "Column and row are cut elsewhere.", {"row": ROW[:-1], "column": "frame"}),
        ("flipped_nonce", "A bit of the nonce is flipped.", {"sealed": flipped(SEALED, 0)}),
        ("flipped_tag", "A bit of the tag is flipped.", {"sealed": flipped(SEALED, -1)}),
        ("truncated", "The last byte is missing.", {"sealed": SEALED[:-1]}),
        ("trailing_byte", "A byte comes after the tag.", {"sealed": SEALED + b"\0"}),
    ):
        yield Case(f"atrest/{name}", does, "rest_open", {**GOOD, **changed}, TAMPERED)
    too_short = {**GOOD, "sealed": SEALED[:27]}
    yield Case("atrest/too_short", "There is no room for nonce and tag.", "rest_open", too_short, MALFORMED)
