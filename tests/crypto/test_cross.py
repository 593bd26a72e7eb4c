"""Python and TypeScript open what the other sealed a moment ago: fresh keys in every run, besides the fixed vectors."""

import json
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crypto import frame, hpke, opening, transcript, wrap
from crypto.binding import bind, conversation_id, organisation, sha256, u8, u32
from crypto.failure import CryptoError
from crypto.primitives import gcm_open, gcm_seal, hkdf, sign, signing_public
from crypto.shapes import OPENING_SIZE, STAFF, VISITOR, parse_opening
from crypto.statement import Pin, delegation_payload, member_payload
from tests.vectors.operations import Json, run, told
from tools.frontend import WIDGET, node_folder

NODE = node_folder() / "bin" / "node"
BUNDLE = """
import { build } from "esbuild";
import { common, inTree } from "./tree.mjs";
const twin = { entryPoints: ["tests/crypto/twin.ts"], outfile: process.argv[1], format: "esm", platform: "node" };
await build({ ...common, ...twin, target: "node24", plugins: [inTree] });
"""
TODAY = 20_780
LIFE = {"not_before": TODAY - 10, "not_after": TODAY + 30}
NAME = "Åsa på natten"
FLIPS = 40
"""Random bits turned for each kind of sealed thing: rare in each run, and there is a run for every change."""

Ask = Callable[[str, Json], Json]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Calls one operation in TypeScript; the answer is as `answered` gives it for Python."""
    bundle = tmp_path_factory.mktemp("twin") / "twin.mjs"
    subprocess.run([NODE, "--input-type=module", "--eval", BUNDLE, bundle], cwd=WIDGET, check=True, env=os.environ)
    with started(bundle) as twin:
        assert twin.stdin is not None
        assert twin.stdout is not None
        write, read = twin.stdin, twin.stdout

        def asked(operation: str, given: Json) -> Json:
            write.write(json.dumps({"operation": operation, "input": told(given)}) + "\n")
            write.flush()
            answer: Json = json.loads(read.readline())
            return answer

        yield asked


def started(bundle: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([NODE, bundle], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")


def answered(operation: str, given: Json) -> Json:
    """What Python says to the same call, as far as a page keeps it."""
    try:
        told_here = run(operation, told(given))
    except CryptoError as failure:
        return {"expect": failure.expect}
    return {"expect": "success", "output": narrowed(told_here) if operation == "hear" else told_here}


def narrowed(heard: Json) -> Json:
    """A page keeps a message's text and its author's name; Python keeps bytes and the author's whole claim."""
    for message in [message for one in heard["heard"] for message in one["messages"]]:
        message["author"] = message["author"] and message["author"]["name"]
        message["text"] = "" if message["kind"] == frame.Kind.INTRODUCTION else message["text"]
    return heard


def output(answer: Json) -> Any:
    assert answer["expect"] == "success", answer
    return answer["output"]


def both(ask: Ask, operation: str, given: Json) -> Any:
    """The output that both sides agree on."""
    there = ask(operation, given)
    assert there == answered(operation, given)
    return output(there)


def agree_when_flipped(ask: Ask, operation: str, given: Json, field: str) -> None:
    """Whatever bit of a field is turned, both say the same."""
    whole = told(given)[field]
    for _ in range(FLIPS):
        raw = bytearray.fromhex(whole)
        at = secrets.randbelow(len(raw) * 8)
        raw[at // 8] ^= 1 << at % 8
        broken = {**given, field: bytes(raw)}
        assert ask(operation, broken) == answered(operation, broken), f"{operation}: bit {at} of {field}"


class People:
    """One organisation with its coordinator, counsellor, desk and visitor, born for one test."""

    def __init__(self) -> None:
        self.root, self.coordinator, self.counsellor, self.visitor = (secrets.token_bytes(32) for _ in range(4))
        self.xwing, self.epoch_seed, self.key = (secrets.token_bytes(32) for _ in range(3))
        self.desk, self.member = secrets.token_bytes(16), secrets.token_bytes(16)
        self.org = organisation(signing_public(self.root))
        self.pin = Pin(self.org, 3).serialize()
        self.visitor_pk = signing_public(self.visitor)
        self.conversation = conversation_id(self.org, self.visitor_pk)
        self.desk_key = opening.DeskKey(self.desk, 682, hpke.public_key(self.epoch_seed))

    def delegation(self) -> Json:
        payload = delegation_payload(signing_public(self.coordinator))
        return self._statement("delegation", self.root, secrets.token_bytes(16), payload)

    def statement(self) -> Json:
        keys = signing_public(self.counsellor), hpke.public_key(self.xwing)
        payload = member_payload(self.desk, "counsellor", NAME, *keys)
        return self._statement("member", self.coordinator, self.member, payload)

    def _statement(self, type: str, issuer_seed: bytes, subject: bytes, payload: bytes) -> Json:
        issued = {"type": type, "org": self.org, "issuer_seed": issuer_seed, "subject": subject, "payload": payload}
        return {**issued, **LIFE, "serial": 3}

    def sender(self, direction: int, messages: list[Json]) -> Json:
        seed = self.visitor if direction == VISITOR else self.counsellor
        return {
            "conversation": self.conversation,
            "generation": 1,
            "key": self.key,
            "direction": direction,
            "instance": secrets.token_bytes(8),
            "signing_seed": seed,
            "messages": messages,
        }

    def listener(self, frames: list[str]) -> Json:
        heard = {"pin": self.pin, "desk": self.desk, "conversation": self.conversation, "keys": {"1": self.key}}
        return {**heard, "visitor_pk": self.visitor_pk, "today": TODAY, "frames": frames}


@pytest.fixture
def people() -> People:
    return People()


def test_wraps_open_on_the_other_side(ask: Ask, people: People) -> None:
    recipient = wrap.Recipient("member", people.member, hpke.public_key(people.xwing))
    place = {"org": people.org, "what": "desk-epoch", "id": people.desk, "number": 682, "recipient": recipient}
    there = output(ask("wrap", {**place, "secret": people.epoch_seed}))["wrapped"]
    here = wrap.wrap(people.org, "desk-epoch", people.desk, 682, recipient, people.epoch_seed)
    for wrapped in (there, here):
        opened = both(ask, "unwrap", {**place, "seed": people.xwing, "wrapped": wrapped})
        assert opened == {"secret": people.epoch_seed.hex()}
    agree_when_flipped(ask, "unwrap", {**place, "seed": people.xwing, "wrapped": here}, "wrapped")


@pytest.mark.parametrize("desks", [1, 2])
@pytest.mark.parametrize("proof", [0, 1, 32])
def test_openings_open_on_the_other_side(ask: Ask, people: People, desks: int, proof: int) -> None:
    other = opening.DeskKey(secrets.token_bytes(16), 1, hpke.public_key(secrets.token_bytes(32)))
    live_pk = hpke.public_key(secrets.token_bytes(32))
    draft: Json = {"org": people.org, "key": people.key, "visitor_seed": people.visitor, "live_pk": live_pk}
    draft |= {"desks": [people.desk_key, other][:desks]}
    draft |= {"challenge": secrets.token_bytes(proof), "solution": secrets.token_bytes(proof)}
    there = output(ask("compose_opening", draft))["opening"]
    here = opening.compose_opening(**draft)
    for raw in (bytes.fromhex(there), here):
        shape = parse_opening(raw)
        both(ask, "parse_opening", {"raw": raw})
        kept: Json = {"org": people.org, "stub": shape.stub, "wrapped": shape.wraps[0].wrap, "sealed": shape.sealed}
        kept |= {"desk": people.desk_key, "seed": people.epoch_seed}
        opened = both(ask, "open_opening", kept)
        assert opened["visitor_pk"] == people.visitor_pk.hex()
        assert (opened["key"], opened["live_pk"]) == (people.key.hex(), live_pk.hex())
        for field in ("stub", "wrapped", "sealed"):
            agree_when_flipped(ask, "open_opening", kept, field)
    assert len(here) == OPENING_SIZE
    agree_when_flipped(ask, "parse_opening", {"raw": here}, "raw")


def test_statements_are_the_same_bytes_and_the_same_chain(ask: Ask, people: People) -> None:
    delegation = both(ask, "make_statement", people.delegation())["raw"]
    statement = both(ask, "make_statement", people.statement())["raw"]
    chain = {"pin": people.pin, "delegation": delegation, "statement": statement, "type": "member", "today": TODAY}
    assert both(ask, "check_chain", chain)["subject"] == people.member.hex()
    assert both(ask, "member_claim", {"raw": statement})["name"] == NAME
    for field in ("delegation", "statement"):
        agree_when_flipped(ask, "check_chain", chain, field)


def said(kind: frame.Kind, text: bytes, heads: list[Json]) -> Json:
    return {"kind": kind, "text": text, "heads": heads}


def whole_conversation(ask: Ask, people: People) -> list[str]:
    """Frames of both sides in the order in which they were said: nothing in them is random, so both make the same."""
    statements = [output(answered("make_statement", one))["raw"] for one in (people.delegation(), people.statement())]
    introduction = transcript.introduction(*map(bytes.fromhex, statements))
    words = [said(frame.Kind.TEXT, b"hej", []), said(frame.Kind.TEXT, ("å" * 2_000).encode(), [])]
    asked = both(ask, "compose", people.sender(VISITOR, words))["frames"]
    heads = both(ask, "hear", people.listener(asked))["heads"]
    replies = [said(frame.Kind.INTRODUCTION, introduction, heads), said(frame.Kind.FAREWELL, b"", heads)]
    return [*asked, *both(ask, "compose", people.sender(STAFF, replies))["frames"]]


def test_conversations_are_the_same_bytes_and_are_heard_alike_in_any_order(ask: Ask, people: People) -> None:
    frames = whole_conversation(ask, people)
    heard = both(ask, "hear", people.listener(frames))
    texts = [message["text"] for one in heard["heard"] for message in one["messages"]]
    assert texts == [b"hej".hex(), ("å" * 2_000).encode().hex(), "", ""]
    assert not any(one["anomalies"] for one in heard["heard"])
    for _ in range(FLIPS):
        shuffled = [secrets.choice(frames) for _ in range(len(frames) * 2)]
        both(ask, "hear", people.listener(shuffled))


def test_frames_are_refused_alike(ask: Ask, people: People) -> None:
    first, *_ = whole_conversation(ask, people)
    agree_when_flipped(ask, "open_frame", {"key": people.key, "frame": first}, "frame")
    opened = output(ask("open_frame", {"key": people.key, "frame": first}))
    sealed = {"key": people.key, "header": opened["header"], "content": opened["content"]}
    assert both(ask, "seal_frame", {**sealed, "signing_seed": people.visitor}) == {"frame": first}
    both(ask, "verify_frame", {"key": people.key, "frame": first, "pk": people.visitor_pk})


def test_what_lies_inside_a_frame_is_judged_alike(ask: Ask, people: People) -> None:
    """Whoever holds K can seal anything: any inside that opens must have the same shape on both sides."""
    first = bytes.fromhex(whole_conversation(ask, people)[0])
    header, instance = first[:39], first[23:31]
    info = bind(b"message", people.conversation, u32(1), u8(VISITOR), instance)
    derived = hkdf(people.key, b"conversation/1", info)
    inside = gcm_open(derived, bytes(12), first[39:], header)
    for at in [*range(23), *range(23, 119, 8), *range(119, 969, 100)]:
        turned = inside[:at] + bytes([inside[at] ^ 1 << secrets.randbelow(8)]) + inside[at + 1 :]
        sealed = header + gcm_seal(derived, bytes(12), turned, header)
        given = {"key": people.key, "frame": sealed}
        assert ask("open_frame", given) == answered("open_frame", given), f"byte {at} of the inside"


def test_generations_are_the_same_bytes(ask: Ask, people: People) -> None:
    recipients = [wrap.Recipient("live", secrets.token_bytes(16), hpke.public_key(secrets.token_bytes(32)))]
    place: Json = {"org": people.org, "conversation": people.conversation, "key": people.key}
    place |= {"generation": 2, "previous": b""}
    draft = {**place, "recipients": recipients, "inbox_pk": b"", "signing_seed": people.counsellor}
    record = both(ask, "compose_record", draft)["record"]
    check = {**place, "record": record, "signer_pk": signing_public(people.counsellor)}
    both(ask, "check_record", check)
    agree_when_flipped(ask, "check_record", check, "record")


def test_a_visitor_proves_in_typescript_what_python_checks(ask: Ask, people: People) -> None:
    place = {"org": people.org, "origin": "https://chat.example", "action": "resume"}
    place |= {"conversation": people.conversation, "nonce": secrets.token_bytes(32)}
    signature = output(ask("sign_proof", {**place, "seed": people.visitor}))["signature"]
    check = {**place, "visitor_pk": people.visitor_pk, "signature": signature, "challenge": b"", "solution": b""}
    assert answered("check_proof", check) == {"expect": "success", "output": {}}


def test_a_password_opens_member_keys_on_the_other_side(ask: Ask, people: People) -> None:
    # The password is typed decomposed, as macOS may do, and must come out the same.
    login = {"org": people.org, "login": "åsa"}
    password = {"password": "la\u030asen \u212b", "random16": secrets.token_bytes(16)}
    root = both(ask, "password_root", {**login, **password})["root"]
    both(ask, "login_secret", {**login, "root": root})
    kek = both(ask, "key_encryption_key", {**login, "root": root})["secret"]
    place = {"kek": kek, "org": people.org, "member": people.member, "generation": 1}
    seeds = {"xwing_seed": people.xwing, "ed_seed": people.counsellor}
    wrapped = both(ask, "wrap_member_keys", {**place, **seeds, "nonce": secrets.token_bytes(12)})["wrapped"]
    assert both(ask, "unwrap_member_keys", {**place, "wrapped": wrapped}) == told(seeds)
    agree_when_flipped(ask, "unwrap_member_keys", {**place, "wrapped": wrapped}, "wrapped")


def test_the_pages_self_test_knows_what_python_computes(ask: Ask) -> None:
    seed = sha256(b"selftest/1")
    key = hkdf(seed, b"selftest/1", seed)
    sealed = gcm_seal(key, key[:12], seed, key)
    known = sha256(bind(hpke.public_key(seed), signing_public(seed), sign(seed, seed), key, sealed))
    assert output(ask("known_answer", {})) == {"answer": known.hex()}
