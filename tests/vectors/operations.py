"""How Python runs a vector: operation name to a call from the JSON input to the JSON output (see README.md here)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias

from crypto import atrest, binding, frame, generation, hpke, member, opening, proof, shapes, statement, transcript, wrap

Json: TypeAlias = dict[str, Any]
Operation: TypeAlias = Callable[[Json], Json]

_raw = bytes.fromhex


def told(value: Any) -> Any:
    """A Python value as the vectors tell it: bytes as hex, dataclasses as objects without the bytes they came from."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [told(item) for item in value]
    if isinstance(value, Mapping):
        return {key: told(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.name != "raw"]
        return {name: told(getattr(value, name)) for name in names}
    return value


def _raws(items: list[str]) -> list[bytes]:
    return [_raw(item) for item in items]


def _recipient(told_as: Json) -> wrap.Recipient:
    return wrap.Recipient(told_as["kind"], _raw(told_as["id"]), _raw(told_as["pk"]))


def _header(told_as: Json) -> shapes.FrameHeader:
    return shapes.FrameHeader(
        told_as["stored"],
        _raw(told_as["conversation"]),
        told_as["generation"],
        told_as["direction"],
        _raw(told_as["instance"]),
        told_as["counter"],
    )


def _head(told_as: Json) -> frame.Head:
    return frame.Head(_raw(told_as["instance"]), told_as["counter"], _raw(told_as["chain"]))


def _content(told_as: Json) -> frame.Content:
    return frame.Content(
        frame.Kind(told_as["kind"]),
        told_as["part"],
        told_as["parts"],
        _raw(told_as["previous"]),
        tuple(_head(head) for head in told_as["heads"]),
        _raw(told_as["text"]),
    )


def _bind(i: Json) -> Json:
    return {"raw": binding.bind(*_raws(i["fields"]))}


def _unbind(i: Json) -> Json:
    return {"fields": binding.unbind(_raw(i["raw"]), i["count"])}


def _organisation(i: Json) -> Json:
    return {"org": binding.organisation(_raw(i["root_pk"]))}


def _conversation_id(i: Json) -> Json:
    fields = [_raw(i[name]) for name in ("org", "visitor_pk", "challenge", "solution")]
    return {"conversation": binding.conversation_id(*fields)}


def _parse_pin(i: Json) -> Json:
    return dict(told(statement.parse_pin(i["text"])))


def _make_statement(i: Json) -> Json:
    made = statement.make_statement(
        i["type"],
        _raw(i["org"]),
        _raw(i["issuer_seed"]),
        _raw(i["subject"]),
        i["serial"],
        i["not_before"],
        i["not_after"],
        _raw(i["payload"]),
    )
    return {"raw": made}


def _parse_statement(i: Json) -> Json:
    return dict(told(statement.parse_statement(_raw(i["raw"]))))


def _member_claim(i: Json) -> Json:
    return dict(told(statement.member_claim(statement.parse_statement(_raw(i["raw"])))))


def _epoch_claim(i: Json) -> Json:
    return dict(told(statement.epoch_claim(statement.parse_statement(_raw(i["raw"])))))


def _check_key(i: Json) -> Json:
    statement.check_key(_raw(i["key_hash"]), _raw(i["pk"]))
    return {}


def _check_chain(i: Json) -> Json:
    pin = statement.parse_pin(i["pin"])
    checked = statement.check_chain(pin, _raw(i["delegation"]), _raw(i["statement"]), i["type"], i["today"])
    return dict(told(checked))


def _admit(i: Json) -> Json:
    serials = statement.Serials()
    for raw in _raws(i["statements"]):
        serials = serials.admit(statement.parse_statement(raw))
    return {"highest": sorted([*key.split(":"), serial] for key, serial in serials.serialize().items())}


def _public_key(i: Json) -> Json:
    return {"pk": hpke.public_key(_raw(i["seed"]))}


def _unwrap(i: Json) -> Json:
    place = _raw(i["org"]), i["what"], _raw(i["id"]), i["number"], _recipient(i["recipient"])
    return {"secret": wrap.unwrap(*place, _raw(i["seed"]), _raw(i["wrapped"]))}


def _commitment(i: Json) -> Json:
    return {"commit": generation.commitment(_raw(i["key"]), _raw(i["conversation"]), i["generation"])}


def _parse_opening(i: Json) -> Json:
    return dict(told(shapes.parse_opening(_raw(i["raw"]))))


def _parse_stub(i: Json) -> Json:
    return dict(told(shapes.parse_stub(_raw(i["stub"]))))


def _open_opening(i: Json) -> Json:
    desk = opening.DeskKey(_raw(i["desk"]["desk"]), i["desk"]["epoch"], _raw(i["desk"]["pk"]))
    parts = _raw(i["stub"]), _raw(i["wrapped"]), _raw(i["sealed"])
    return dict(told(opening.open_opening(_raw(i["org"]), *parts, desk, _raw(i["seed"]))))


def _parse_frame_header(i: Json) -> Json:
    return {"header": shapes.parse_frame_header(_raw(i["frame"]))}


def _seal_frame(i: Json) -> Json:
    seed = None if i["signing_seed"] is None else _raw(i["signing_seed"])
    return {"frame": frame.seal_frame(_raw(i["key"]), _header(i["header"]), _content(i["content"]), seed)}


def _open_frame(i: Json) -> Json:
    opened = frame.open_frame(_raw(i["key"]), _raw(i["frame"]))
    return {"header": opened.header, "content": opened.content, "signature": opened.signature}


def _verify_frame(i: Json) -> Json:
    frame.verify_frame(frame.open_frame(_raw(i["key"]), _raw(i["frame"])), _raw(i["pk"]))
    return {}


def _chain(i: Json) -> Json:
    return {"chain": frame.chain(_raw(i["previous"]), _raw(i["frame"]))}


def _parse_receipts(i: Json) -> Json:
    receipts = frame.parse_receipts(_raw(i["text"]))
    return {"receipts": [{"instance": instance, "counter": counter} for instance, counter in receipts]}


def _compose(i: Json) -> Json:
    sender = transcript.Sender(
        bytes(binding.HASH_SIZE),
        _raw(i["conversation"]),
        i["generation"],
        _raw(i["key"]),
        i["direction"],
        _raw(i["instance"]),
        _raw(i["signing_seed"]),
    )
    frames: list[bytes] = []
    for message in i["messages"]:
        heads = [_head(head) for head in message["heads"]]
        frames += sender.compose(frame.Kind(message["kind"]), _raw(message["text"]), heads)
    return {"frames": frames}


def _transcript(i: Json) -> transcript.Transcript:
    keys = {int(number): _raw(key) for number, key in i["keys"].items()}
    pin = statement.parse_pin(i["pin"])
    return transcript.Transcript(pin, _raw(i["desk"]), _raw(i["conversation"]), keys, _raw(i["visitor_pk"]))


def _hear(i: Json) -> Json:
    heard = _transcript(i)
    each = [heard.hear(one, i["today"]) for one in _raws(i["frames"])]
    return {"heard": each, "missing": heard.missing(), "heads": heard.heads(bytes(shapes.INSTANCE_SIZE))}


def _hear_ephemeral(i: Json) -> Json:
    heard = _transcript(i)
    return {"heard": [heard.hear_ephemeral(one) for one in _raws(i["frames"])]}


def _compose_record(i: Json) -> Json:
    recipients = [_recipient(recipient) for recipient in i["recipients"]]
    place = _raw(i["org"]), _raw(i["conversation"]), i["generation"], _raw(i["previous"])
    secrets = _raw(i["inbox_pk"]), _raw(i["key"]), _raw(i["signing_seed"])
    return {"record": generation.compose_record(*place, recipients, *secrets)}


def _check_record(i: Json) -> Json:
    place = _raw(i["org"]), _raw(i["conversation"]), i["generation"], _raw(i["previous"])
    record = generation.check_record(_raw(i["record"]), *place, _raw(i["signer_pk"]), _raw(i["key"]))
    return {"recipients": record.recipients, "inbox_pk": record.inbox_pk, "commit": record.commit}


def _proof_message(i: Json) -> Json:
    place = _raw(i["conversation"]), _raw(i["nonce"])
    return {"message": proof.proof_message(_raw(i["org"]), i["origin"], i["action"], *place)}


def _check_proof(i: Json) -> Json:
    rest = [_raw(i[name]) for name in ("conversation", "nonce", "visitor_pk", "signature", "challenge", "solution")]
    proof.check_proof(_raw(i["org"]), i["origin"], i["action"], *rest)
    return {}


def _password_root(i: Json) -> Json:
    return {"root": member.password_root(i["password"], _raw(i["org"]), i["login"], _raw(i["random16"]))}


def _login_secret(i: Json) -> Json:
    return {"secret": member.login_secret(_raw(i["root"]), _raw(i["org"]), i["login"])}


def _key_encryption_key(i: Json) -> Json:
    return {"secret": member.key_encryption_key(_raw(i["root"]), _raw(i["org"]), i["login"])}


def _wrap_member_keys(i: Json) -> Json:
    place = _raw(i["kek"]), _raw(i["org"]), _raw(i["member"]), i["generation"]
    seeds = _raw(i["xwing_seed"]), _raw(i["ed_seed"])
    return {"wrapped": member.wrap_member_keys(*place, *seeds, _raw(i["nonce"]))}


def _unwrap_member_keys(i: Json) -> Json:
    place = _raw(i["kek"]), _raw(i["org"]), _raw(i["member"]), i["generation"]
    xwing_seed, ed_seed = member.unwrap_member_keys(*place, _raw(i["wrapped"]))
    return {"xwing_seed": xwing_seed, "ed_seed": ed_seed}


def _unknown_random(i: Json) -> Json:
    return {"random16": atrest.unknown_random(_raw(i["installation_key"]), i["login"])}


def _rest_seal(i: Json) -> Json:
    place = i["table"], _raw(i["row"]), i["column"]
    return {"sealed": atrest.rest_seal(_raw(i["key"]), _raw(i["nonce"]), _raw(i["plaintext"]), *place)}


def _rest_open(i: Json) -> Json:
    place = i["table"], _raw(i["row"]), i["column"]
    return {"plaintext": atrest.rest_open(_raw(i["key"]), _raw(i["sealed"]), *place)}


OPERATIONS: dict[str, Operation] = {
    "bind": _bind,
    "unbind": _unbind,
    "organisation": _organisation,
    "conversation_id": _conversation_id,
    "parse_pin": _parse_pin,
    "make_statement": _make_statement,
    "parse_statement": _parse_statement,
    "member_claim": _member_claim,
    "epoch_claim": _epoch_claim,
    "check_key": _check_key,
    "check_chain": _check_chain,
    "admit": _admit,
    "public_key": _public_key,
    "unwrap": _unwrap,
    "commitment": _commitment,
    "parse_opening": _parse_opening,
    "parse_stub": _parse_stub,
    "open_opening": _open_opening,
    "parse_frame_header": _parse_frame_header,
    "seal_frame": _seal_frame,
    "open_frame": _open_frame,
    "verify_frame": _verify_frame,
    "chain": _chain,
    "parse_receipts": _parse_receipts,
    "compose": _compose,
    "hear": _hear,
    "hear_ephemeral": _hear_ephemeral,
    "compose_record": _compose_record,
    "check_record": _check_record,
    "proof_message": _proof_message,
    "check_proof": _check_proof,
    "password_root": _password_root,
    "login_secret": _login_secret,
    "key_encryption_key": _key_encryption_key,
    "wrap_member_keys": _wrap_member_keys,
    "unwrap_member_keys": _unwrap_member_keys,
    "unknown_random": _unknown_random,
    "rest_seal": _rest_seal,
    "rest_open": _rest_open,
}


def run(operation: str, told_as: Json) -> Json:
    """The output of one operation as the vectors tell it; raises CryptoError."""
    return dict(told(OPERATIONS[operation](told_as)))
