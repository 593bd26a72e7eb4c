"""The people and keys of the vectors: one organisation, one coordinator, one counsellor, one desk, one visitor."""

from __future__ import annotations

from crypto import ceremony, hpke
from crypto.binding import conversation_id, organisation
from crypto.opening import DeskKey
from crypto.primitives import signing_public
from crypto.statement import (
    DELEGATION,
    DESK_EPOCH,
    MEMBER,
    Pin,
    delegation_payload,
    epoch_payload,
    make_statement,
    member_payload,
)
from tests.vectors.case import drawn

TODAY = 20_780
SERIAL = 7
LIFE = (TODAY - 10, TODAY + 30)


def member(name: str) -> ceremony.MemberKeys:
    """A member's keys by name."""
    xwing, ed = drawn(f"{name} xwing"), drawn(f"{name} ed25519")
    return ceremony.MemberKeys(drawn(f"{name} id", 16), xwing, ed, hpke.public_key(xwing), signing_public(ed))


ROOT_SEED = drawn("root")
ROOT_PK = signing_public(ROOT_SEED)
ORG = organisation(ROOT_PK)
PIN = Pin(ORG, SERIAL)
OTHER_ROOT_SEED = drawn("other root")
OTHER_ORG = organisation(signing_public(OTHER_ROOT_SEED))

COORDINATOR = member("coordinator")
COUNSELLOR = member("counsellor")
STRANGER = member("stranger")

DESK = drawn("desk", 16)
OTHER_DESK = drawn("other desk", 16)
EPOCH = 682
EPOCH_SEED = drawn("epoch")
EPOCH_PK = hpke.public_key(EPOCH_SEED)
DESK_KEY = DeskKey(DESK, EPOCH, EPOCH_PK)
OTHER_EPOCH_SEED = drawn("other epoch")
OTHER_DESK_KEY = DeskKey(OTHER_DESK, EPOCH, hpke.public_key(OTHER_EPOCH_SEED))

VISITOR_SEED = drawn("visitor")
VISITOR_PK = signing_public(VISITOR_SEED)
LIVE_PK = hpke.public_key(drawn("live"))
KEY = drawn("K 1")
OTHER_KEY = drawn("K of another")
CONVERSATION = conversation_id(ORG, VISITOR_PK)

DELEGATION_PAYLOAD = delegation_payload(COORDINATOR.ed_pk)
DELEGATION_RAW = make_statement(DELEGATION, ORG, ROOT_SEED, COORDINATOR.member, SERIAL, *LIFE, DELEGATION_PAYLOAD)
MEMBER_PAYLOAD = member_payload(DESK, "counsellor", "Åsa på natten", COUNSELLOR.ed_pk, COUNSELLOR.xwing_pk)
MEMBER_RAW = make_statement(MEMBER, ORG, COORDINATOR.ed_seed, COUNSELLOR.member, 3, *LIFE, MEMBER_PAYLOAD)
EPOCH_PAYLOAD = epoch_payload(EPOCH, EPOCH_PK)
EPOCH_RAW = make_statement(DESK_EPOCH, ORG, COORDINATOR.ed_seed, DESK, 5, *LIFE, EPOCH_PAYLOAD)
