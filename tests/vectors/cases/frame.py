"""Frames: their header, their inside, their chain and signature."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

from crypto.binding import bind, u8, u32, u64
from crypto.frame import Content, Head, Kind, chain, open_frame, seal_frame
from crypto.primitives import gcm_seal, hkdf
from crypto.shapes import STAFF, VISITOR, FrameHeader, serialize_header
from tests.vectors import world as w
from tests.vectors.case import MALFORMED, TAMPERED, Case, drawn, flipped, replaced

INSTANCE = drawn("visitor instance", 8)
HEADER = FrameHeader(True, w.CONVERSATION, 1, VISITOR, INSTANCE, 5)
EPHEMERAL = replace(HEADER, stored=False, counter=9)
HEADS = (Head(drawn("head one", 8), 0, drawn("chain one", 16)), Head(drawn("head two", 8), 41, drawn("chain two", 16)))
TEXT = Content(Kind.TEXT, 0, 1, drawn("previous", 16), HEADS, "Är någon där? 🌙".encode())
TYPING = Content(Kind.TYPING, 0, 1, bytes(16), (), b"\1")
RECEIPT = Content(Kind.RECEIPT, 0, 1, bytes(16), (), INSTANCE + u64(4) + drawn("head one", 8) + u64(0))
TEXT_AT = 119 + 64


def cases() -> Iterator[Case]:
    """All of the area."""
    frame = seal_frame(w.KEY, HEADER, TEXT, w.VISITOR_SEED)
    yield from _headers(frame)
    yield from _sealed()
    yield from _opened(frame)
    yield from _inside()
    yield from _signatures(frame)
    given = {"previous": bytes(16), "frame": frame}
    yield Case("frame/chain_first", "The first frame's chain begins at zero.", "chain", given)
    next_one = {"previous": chain(bytes(16), frame), "frame": frame}
    yield Case("frame/chain_next", "A chain goes on from the one before.", "chain", next_one)
    yield from _receipts()


def _headers(frame: bytes) -> Iterator[Case]:
    yield Case("frame/header", "A header comes apart.", "parse_frame_header", {"frame": frame})
    staff = serialize_header(FrameHeader(False, w.CONVERSATION, 2**32 - 1, STAFF, INSTANCE, 2**53 - 1))
    largest = {"frame": staff + bytes(985)}
    yield Case("frame/header_largest", "A header's numbers may be this large.", "parse_frame_header", largest)
    for name, does, wrong in (
        ("truncated", "The last byte is missing.", frame[:-1]),
        ("trailing_byte", "A byte comes after the tag.", frame + b"\0"),
        ("empty", "There is nothing.", b""),
        ("bad_version", "The version is 2.", replaced(frame, 0, b"\2")),
        ("bad_stored", "Stored is 2.", replaced(frame, 1, b"\2")),
        ("generation_zero", "The generation is 0.", replaced(frame, 18, bytes(4))),
        ("direction_zero", "The direction is 0.", replaced(frame, 22, b"\0")),
        ("direction_three", "The direction is 3.", replaced(frame, 22, b"\3")),
        ("large_counter", "The counter is 2^53.", replaced(frame, 31, (2**53).to_bytes(8, "big"))),
    ):
        yield Case(f"frame/{name}", does, "parse_frame_header", {"frame": wrong}, MALFORMED)


def _sealed() -> Iterator[Case]:
    full = Content(Kind.TEXT, 15, 16, drawn("previous", 16), (*HEADS, HEADS[0]), b"\xc3" * 786)
    staff = replace(HEADER, direction=STAFF, counter=0, generation=2)
    for name, does, header, content, seed in (
        ("seal_text", "A text is sealed and signed.", HEADER, TEXT, w.VISITOR_SEED),
        ("seal_full", "The last of 16 parts, full of half characters.", HEADER, full, w.VISITOR_SEED),
        ("seal_empty", "A text may be empty.", HEADER, replace(TEXT, text=b"", heads=()), w.VISITOR_SEED),
        ("seal_staff", "A member's frame of generation 2.", staff, TEXT, w.COUNSELLOR.ed_seed),
        ("seal_farewell", "Last words.", HEADER, replace(TEXT, kind=Kind.FAREWELL, text=b""), w.VISITOR_SEED),
        ("seal_typing", "Typing is not signed.", EPHEMERAL, TYPING, None),
        ("seal_receipt", "A receipt is not signed.", EPHEMERAL, RECEIPT, None),
    ):
        given = {"key": w.KEY, "header": header, "content": content, "signing_seed": seed}
        yield Case(f"frame/{name}", does, "seal_frame", given)
    for name, does, header, content, seed in (
        ("seal_too_long", "The text has 787 bytes.", HEADER, replace(TEXT, text=bytes(787)), w.VISITOR_SEED),
        ("seal_four_heads", "There are four heads.", HEADER, replace(TEXT, heads=HEADS * 2), w.VISITOR_SEED),
        ("seal_seventeen_parts", "There are 17 parts.", HEADER, replace(TEXT, parts=17), w.VISITOR_SEED),
        ("seal_stored_typing", "Typing is never stored.", HEADER, TYPING, w.VISITOR_SEED),
        ("seal_ephemeral_text", "A text is always stored.", EPHEMERAL, replace(TEXT, heads=()), None),
        ("seal_ephemeral_signed", "A sign of life is never signed.", EPHEMERAL, TYPING, w.VISITOR_SEED),
        ("seal_unsigned_text", "A text is always signed.", HEADER, TEXT, None),
        ("seal_typing_word", "Typing is one byte.", EPHEMERAL, replace(TYPING, text=b"yes"), None),
    ):
        given = {"key": w.KEY, "header": header, "content": content, "signing_seed": seed}
        yield Case(f"frame/{name}", does, "seal_frame", given, MALFORMED)


def _opened(frame: bytes) -> Iterator[Case]:
    yield Case("frame/open", "A text is opened.", "open_frame", {"key": w.KEY, "frame": frame})
    typing = seal_frame(w.KEY, EPHEMERAL, TYPING, None)
    yield Case("frame/open_typing", "Typing is opened.", "open_frame", {"key": w.KEY, "frame": typing})
    receipt = seal_frame(w.KEY, EPHEMERAL, RECEIPT, None)
    yield Case("frame/open_receipt", "A receipt is opened.", "open_frame", {"key": w.KEY, "frame": receipt})
    last_head = _forge(_plain(heads=bytes(64) + HEADS[0].instance + u64(0) + HEADS[0].chain))
    yield Case(
        "frame/open_last_head",
        "Heads may stand anywhere among the three.",
        "open_frame",
        {"key": w.KEY, "frame": last_head},
    )
    for name, does, wrong, key in (
        ("wrong_key", "The key is another conversation's.", frame, w.OTHER_KEY),
        ("flipped_tag", "A bit of the tag is flipped.", flipped(frame, -1), w.KEY),
        ("flipped_ciphertext", "A bit of the ciphertext is flipped.", flipped(frame, 39), w.KEY),
        ("moved_conversation", "It is shown as another conversation's.", flipped(frame, 2), w.KEY),
        ("moved_generation", "It is shown as another generation's.", replaced(frame, 18, u32(2)), w.KEY),
        ("moved_direction", "It is shown as the other side's.", replaced(frame, 22, u8(STAFF)), w.KEY),
        ("moved_instance", "It is shown as another instance's.", flipped(frame, 23), w.KEY),
        ("moved_counter", "It is shown as another counter's.", replaced(frame, 31, u64(6)), w.KEY),
        ("shown_as_ephemeral", "A message is shown as a sign of life.", replaced(frame, 1, b"\0"), w.KEY),
        ("shown_as_stored", "A sign of life is shown as a message.", replaced(typing, 1, b"\1"), w.KEY),
    ):
        yield Case(f"frame/{name}", does, "open_frame", {"key": key, "frame": wrong}, TAMPERED)


def _plain(
    kind: int = 1,
    part: int = 0,
    parts: int = 1,
    length: int = 2,
    previous: bytes = bytes(16),
    heads: bytes = b"",
    signature: bytes = b"s" * 64,
    text: bytes = b"hi",
) -> bytes:
    return struct.pack(">BHHH16s96s64s786s", kind, part, parts, length, previous, heads, signature, text)


def _forge(plain: bytes, header: FrameHeader = HEADER) -> bytes:
    """A frame as somebody who has K could make it."""
    label = b"message" if header.stored else b"ephemeral"
    info = bind(label, header.conversation, u32(header.generation), u8(header.direction), header.instance)
    raw = serialize_header(header)
    return raw + gcm_seal(hkdf(w.KEY, b"conversation/1", info), bytes(4) + u64(header.counter), plain, raw)


def _typing(
    text: bytes = b"\1", signature: bytes = bytes(64), previous: bytes = bytes(16), heads: bytes = b""
) -> bytes:
    plain = _plain(kind=16, length=len(text), text=text, signature=signature, previous=previous, heads=heads)
    return _forge(plain, EPHEMERAL)


def _receipt(text: bytes) -> bytes:
    return _forge(_plain(kind=17, length=len(text), signature=bytes(64), text=text), EPHEMERAL)


def _inside() -> Iterator[Case]:
    no_chain = HEADS[0].instance + u64(0) + bytes(16)
    large = HEADS[0].instance + (2**53).to_bytes(8, "big") + HEADS[0].chain
    for name, does, frame in (
        ("unknown_kind", "The kind is 4.", _forge(_plain(kind=4))),
        ("kind_zero", "The kind is 0.", _forge(_plain(kind=0))),
        ("unknown_ephemeral_kind", "The kind is 18.", _forge(_plain(kind=18, signature=bytes(64)), EPHEMERAL)),
        ("typing_stored", "Typing in a stored frame.", _forge(_plain(kind=16, length=1, text=b"\1"))),
        ("text_ephemeral", "Text in an ephemeral frame.", _forge(_plain(signature=bytes(64)), EPHEMERAL)),
        ("no_parts", "There are 0 parts.", _forge(_plain(parts=0))),
        ("part_after_last", "Part 1 of 1.", _forge(_plain(part=1))),
        ("seventeen_parts", "There are 17 parts.", _forge(_plain(part=16, parts=17))),
        ("farewell_in_parts", "Only text has parts.", _forge(_plain(kind=3, parts=2))),
        ("long_length", "The length is 787.", _forge(_plain(length=787))),
        ("nonzero_padding", "A byte comes after the text.", _forge(_plain(length=1))),
        ("nonzero_last_byte", "The last byte is not zero.", _forge(replaced(_plain(), 968, b"\1"))),
        ("head_without_chain", "A head has no chain.", _forge(_plain(heads=no_chain))),
        ("head_large_counter", "A head's counter is 2^53.", _forge(_plain(heads=large))),
        ("typing_two", "Typing is 2.", _typing(text=b"\2")),
        ("typing_empty", "Typing is empty.", _typing(text=b"")),
        ("typing_signed", "Typing is signed.", _typing(signature=b"s" * 64)),
        ("typing_chained", "Typing has a chain.", _typing(previous=b"p" * 16)),
        ("typing_with_head", "Typing has a head.", _typing(heads=HEADS[0].instance + u64(0) + HEADS[0].chain)),
        ("receipt_empty", "A receipt names nothing.", _receipt(b"")),
        ("receipt_cut", "A receipt ends within a counter.", _receipt(RECEIPT.text[:-1])),
        ("receipt_nine", "A receipt names nine.", _receipt(RECEIPT.text[:16] * 9)),
        ("receipt_large_counter", "A receipt's counter is 2^53.", _receipt(large[:16])),
    ):
        yield Case(f"frame/{name}", does, "open_frame", {"key": w.KEY, "frame": frame}, MALFORMED)


def _signatures(frame: bytes) -> Iterator[Case]:
    good = {"key": w.KEY, "frame": frame, "pk": w.VISITOR_PK}
    yield Case("frame/verify", "The visitor signed it.", "verify_frame", good)
    forged = _forge(_plain())
    stolen = _forge(_plain(signature=open_frame(w.KEY, frame).signature))
    for name, does, changed in (
        ("verify_other", "Somebody else signed it.", {"pk": w.COUNSELLOR.ed_pk}),
        ("bad_signature", "The signature is none.", {"frame": forged}),
        ("stolen_signature", "The signature is another frame's.", {"frame": stolen}),
        ("no_signature", "The signature is zero.", {"frame": _forge(_plain(signature=bytes(64)))}),
    ):
        yield Case(f"frame/{name}", does, "verify_frame", {**good, **changed}, TAMPERED)


def _receipts() -> Iterator[Case]:
    yield Case("frame/receipts", "A receipt names instances.", "parse_receipts", {"text": RECEIPT.text})
    yield Case("frame/receipts_eight", "It names up to eight.", "parse_receipts", {"text": RECEIPT.text * 4})
    nine = {"text": RECEIPT.text * 4 + RECEIPT.text[:16]}
    yield Case("frame/receipts_nine", "It does not name nine.", "parse_receipts", nine, MALFORMED)
