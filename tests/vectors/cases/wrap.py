"""Secrets wrapped to one recipient."""

from __future__ import annotations

from collections.abc import Iterator

from crypto.wrap import wrap
from tests.vectors import world as w
from tests.vectors.case import MALFORMED, NOT_FOR_THIS_KEY, Case, drawn, flipped


def cases() -> Iterator[Case]:
    """All of the area."""
    yield Case("wrap/public_key", "A seed gives its X-Wing key.", "public_key", {"seed": w.EPOCH_SEED})
    yield Case("wrap/public_key_short_seed", "A seed has 32 bytes.", "public_key", {"seed": bytes(31)}, MALFORMED)
    recipient = w.COUNSELLOR.recipient()
    place = {"org": w.ORG, "what": "desk-epoch", "id": w.DESK, "number": w.EPOCH, "recipient": recipient}
    wrapped = wrap(w.ORG, "desk-epoch", w.DESK, w.EPOCH, recipient, w.EPOCH_SEED)
    good = {**place, "seed": w.COUNSELLOR.xwing_seed, "wrapped": wrapped}
    yield Case("wrap/desk_epoch", "A member unwraps the desk's seed.", "unwrap", good)
    key = wrap(w.ORG, "K", w.CONVERSATION, 2, recipient, w.KEY)
    of_key = {**good, "what": "K", "id": w.CONVERSATION, "number": 2, "wrapped": key}
    yield Case("wrap/conversation_key", "A recipient unwraps a later K.", "unwrap", of_key)
    other = w.STRANGER.recipient()
    for name, does, changed in (
        ("wrong_org", "It was wrapped for another organisation.", {"org": w.OTHER_ORG}),
        ("wrong_what", "It was wrapped as something else.", {"what": "K"}),
        ("wrong_id", "It was wrapped for another desk.", {"id": w.OTHER_DESK}),
        ("wrong_number", "It was wrapped for another epoch.", {"number": w.EPOCH + 1}),
        ("wrong_recipient", "It was wrapped to somebody else.", {"recipient": other, "seed": w.STRANGER.xwing_seed}),
        ("wrong_recipient_id", "The key is ours, the id is not.", {"recipient": {**_told(recipient), "id": other.id}}),
        (
            "wrong_recipient_kind",
            "The key is ours, the kind is not.",
            {"recipient": {**_told(recipient), "kind": "desk-epoch"}},
        ),
        ("wrong_seed", "The seed is somebody else's.", {"seed": w.STRANGER.xwing_seed}),
        ("flipped_encapsulation", "A bit of the ML-KEM ciphertext is flipped.", {"wrapped": flipped(wrapped, 0)}),
        ("flipped_x25519", "A bit of the X25519 share is flipped.", {"wrapped": flipped(wrapped, 1088)}),
        ("flipped_ciphertext", "A bit of the ciphertext is flipped.", {"wrapped": flipped(wrapped, 1120)}),
        ("flipped_tag", "A bit of the tag is flipped.", {"wrapped": flipped(wrapped, -1)}),
        ("zero_x25519", "The X25519 share is zero.", {"wrapped": wrapped[:1088] + bytes(32) + wrapped[1120:]}),
        ("random_bytes", "It was never a wrap.", {"wrapped": drawn("no wrap", 1168)}),
    ):
        yield Case(f"wrap/{name}", does, "unwrap", {**good, **changed}, NOT_FOR_THIS_KEY)
    for name, does, changed in (
        ("truncated", "The last byte is missing.", {"wrapped": wrapped[:-1]}),
        ("trailing_byte", "A byte comes after the tag.", {"wrapped": wrapped + b"\0"}),
        ("empty", "There is nothing.", {"wrapped": b""}),
        ("short_id", "The id has 15 bytes.", {"id": w.DESK[1:]}),
        ("short_seed", "The seed has 31 bytes.", {"seed": bytes(31)}),
    ):
        yield Case(f"wrap/{name}", does, "unwrap", {**good, **changed}, MALFORMED)


def _told(recipient: object) -> dict[str, object]:
    return dict(vars(recipient))
