"""To open, write, list and end a conversation: each may come twice, and what is not allowed is refused by name."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest
from sqlalchemy import Connection, insert

from crypto.opening import DeskKey, compose_opening
from crypto.shapes import STAFF, OpeningShape, parse_frame_header, parse_opening
from server.model.conversation import MAX_WAITING, Phase
from server.model.desk import Epoch
from server.model.refusal import Code, Refusal
from server.services import conversations, desks
from server.services.access import Access, access_by_claimer, access_by_opener, read_opening
from server.storage import conversations as rows
from server.storage import desks as desk_rows
from server.storage.keystore import Keystore
from server.storage.messages import append_one
from server.storage.tables import conversations as table
from server.storage.tables import openings, places, wraps
from tests.people import Visitor
from tests.storage.ground import NOW, TODAY, Ground, plan

DAY = 86_400


def open_shape(ground: Ground, shape: OpeningShape, now: int = NOW) -> Access:
    """Store an opening that a test has changed."""
    return ground.run(
        lambda connection: conversations.open_conversation(
            connection, ground.keystore, secrets.token_bytes, shape, "da", now
        )
    )


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> Code:
    """What somebody was told."""
    return refused.value.code


def opening_for(ground: Ground, visitor: Visitor, *keys: DeskKey) -> OpeningShape:
    """A visitor's opening for other desks."""
    live = ground.people.desks["here"].desk.pk
    return parse_opening(compose_opening(visitor.public.org, visitor.key, visitor.seed, live, keys))


def test_an_opening_comes_again_after_a_commit_that_failed(ground: Ground) -> None:
    """Its second keys replace the first everywhere: what is written under them opens, also after a restart."""
    visitor = ground.people.visitor()
    shape = parse_opening(visitor.opening)

    def fail(connection: Connection) -> None:
        conversations.open_conversation(connection, ground.keystore, secrets.token_bytes, shape, "sv", NOW)
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - whatever it is that makes a commit fail
        ground.run(fail)
    access = ground.open(visitor)
    (frame,) = visitor.compose("Is anybody there?")
    assert ground.run(lambda connection: append_one(connection, plan(access, frame))) == 1
    later = Keystore(ground.folder / "keystore", secrets.token_bytes)
    for keystore in (ground.keystore, later):
        with ground.reading() as connection:
            found = access_by_opener(connection, keystore, visitor.conversation)
            assert read_opening(connection, found) == (shape.stub, shape.sealed)
            assert [delivery.frame for delivery in conversations.read_page(connection, found, 0)] == [frame]
    later.close()


def test_an_opening_waits_at_its_desk(ground: Ground) -> None:
    """It is stored with a day and a minute, without anything else of the visitor, and listed for the desk alone."""
    visitor = ground.people.visitor()
    access = ground.open(visitor)
    found = access.conversation
    assert (found.id, found.phase, found.day, found.language) == (visitor.conversation, Phase.WAITING, TODAY, "sv")
    assert (found.last_seq, found.claimer, found.generation) == (0, None, 1)
    with ground.reading() as connection:
        for login, count in (("anna", 1), ("berit", 1), ("carl", 0)):
            waiting, mine = conversations.list_for(connection, ground.people.members[login])
            assert [(one.id, since) for one, since in waiting] == [(visitor.conversation, NOW // 60)] * count
            assert mine == []


def test_the_wrap_and_the_opening_lie_sealed(ground: Ground) -> None:
    """No stored row has a wrap, the stub or the rest as the visitor sent them."""
    visitor = ground.people.visitor()
    ground.open(visitor)
    shape = parse_opening(visitor.opening)
    [opening], [wrap] = ground.rows(openings), ground.rows(wraps)
    assert shape.sealed[:32] not in opening.opening
    assert shape.stub[16:48] not in opening.opening
    assert shape.wraps[0].wrap[:32] not in wrap.wrap


def test_the_same_opening_again_changes_nothing(ground: Ground) -> None:
    """Once more, and after frames came, and after the end: the same conversation, one row, one place."""
    visitor = ground.people.visitor()
    first = ground.open(visitor)
    assert ground.open(visitor, NOW + DAY).conversation == first.conversation
    ground.run(lambda connection: append_one(connection, plan(first, visitor.compose("one")[0])))
    assert ground.open(visitor).conversation.last_seq == 1
    ground.run(lambda connection: conversations.end(connection, first, NOW))
    assert ground.open(visitor).conversation.phase is Phase.CLOSED
    assert len(ground.rows(table)) == len(ground.rows(wraps)) == 1
    assert ground.rows(places) == []


def test_other_bytes_under_the_same_id_are_a_conflict(ground: Ground) -> None:
    """Whoever sends another rest or another wrap for a known id is refused, and what is stored stays."""
    visitor = ground.people.visitor()
    ground.open(visitor)
    before = ground.rows(table), ground.rows(wraps)
    shape = parse_opening(visitor.opening)
    changed = replace(shape, sealed=bytes(len(shape.sealed)))
    rewrapped = opening_for(ground, visitor, visitor.public.desk)
    for other in (changed, rewrapped):
        with pytest.raises(Refusal) as refused:
            open_shape(ground, other)
        assert code_of(refused) is Code.CONFLICT
    assert (ground.rows(table), ground.rows(wraps)) == before


def test_an_opening_for_two_desks_waits_at_the_first(ground: Ground) -> None:
    """Two wraps lie under keys of their own; the first desk's members see it, and two for one desk are malformed."""
    here, there = (ground.people.desks[slug].desk for slug in ("here", "there"))
    visitor = ground.people.visitor()
    access = open_shape(ground, opening_for(ground, visitor, there, here))
    assert access.conversation.desk == there.desk
    assert len(ground.rows(wraps)) == 2
    taken = ground.take("carl", visitor)
    with ground.reading() as connection:
        opening = conversations.find_opening(connection, ground.keystore, taken)
    assert (opening.desk, opening.epoch) == (there.desk, there.epoch)
    twice = opening_for(ground, ground.people.visitor(), here, replace(here, epoch=here.epoch + 1))
    with pytest.raises(Refusal) as refused:
        open_shape(ground, twice)
    assert code_of(refused) is Code.MALFORMED


@pytest.mark.parametrize("change", [{"desk": bytes(16)}, {"epoch": 0}])
def test_an_unknown_desk_or_epoch_is_refused(ground: Ground, change: dict[str, object]) -> None:
    """An opening to a desk that is not there, or an epoch that is not on duty, leaves neither row nor key."""
    visitor = ground.people.visitor()
    before = (ground.folder / "keystore" / "shred.slots").read_bytes()
    wrong = opening_for(ground, visitor, replace(visitor.public.desk, **change))  # type: ignore[arg-type]
    with pytest.raises(Refusal) as refused:
        open_shape(ground, wrong)
    assert code_of(refused) is Code.UNKNOWN_DESK
    assert ground.rows(table) == []
    assert (ground.folder / "keystore" / "shred.slots").read_bytes() == before
    assert ground.open(visitor).conversation.id == visitor.conversation


def test_the_epoch_before_is_taken_for_a_day(sqlite_ground: Ground) -> None:
    """After a new epoch began its predecessor is accepted on that day and the next, and not later."""
    ground = sqlite_ground
    desk = ground.people.desks["here"].desk

    def publish(connection: Connection) -> None:
        last = desk_rows.epochs_of(connection, desk.desk)[0]
        newer = Epoch(desk.desk, desk.epoch + 1, last.delegation, last.statement, last.key, TODAY, TODAY + 40)
        desks.publish_epoch(connection, ground.keystore, newer, {})

    ground.run(publish)
    for now in (NOW, NOW + DAY):
        assert ground.open(ground.people.visitor(), now).conversation.phase is Phase.WAITING
    with pytest.raises(Refusal) as refused:
        ground.open(ground.people.visitor(), NOW + 2 * DAY)
    assert code_of(refused) is Code.UNKNOWN_DESK
    with ground.reading() as connection:
        assert desks.find_public(connection, "here")[1].epoch == desk.epoch + 1


def test_a_full_desk_refuses_one_more(ground: Ground) -> None:
    """With as many waiting as a desk may have the next is refused; the other desk is not full."""
    known = ground.people.visitor()
    ground.open(known)
    [row] = ground.rows(table)
    copies = [{**row._asdict(), "number": 1_000 + at, "id": secrets.token_bytes(16)} for at in range(MAX_WAITING - 1)]
    ground.run(lambda connection: connection.execute(insert(table), copies))
    with pytest.raises(Refusal) as refused:
        ground.open(ground.people.visitor())
    assert code_of(refused) is Code.TOO_MANY
    assert ground.open(ground.people.visitor("there")).conversation.phase is Phase.WAITING
    assert ground.open(known).conversation.id == known.conversation
    ground.take("anna", known)
    assert ground.open(ground.people.visitor()).conversation.phase is Phase.WAITING


def test_who_came_first_is_listed_first(ground: Ground) -> None:
    """By the minute, then by number; what was taken is in one list only."""
    early, late, first = (ground.people.visitor() for _ in range(3))
    ground.open(late, NOW + 120)
    ground.open(early, NOW + 60)
    ground.open(first, NOW)
    ground.take("anna", first)
    with ground.reading() as connection:
        waiting, mine = conversations.list_for(connection, ground.people.members["anna"])
        assert [one.id for one, _since in waiting] == [early.conversation, late.conversation]
        assert [one.id for one in mine] == [first.conversation]
        assert conversations.list_for(connection, ground.people.members["berit"])[1] == []


def test_a_side_speaks_for_itself_only(ground: Ground) -> None:
    """A visitor's access plans no staff frame, a counsellor's no visitor's frame."""
    visitor = ground.people.visitor()
    access = ground.open(visitor)
    taken = ground.take("anna", visitor)
    frame = visitor.compose("one")[0]
    staff = frame[:22] + bytes([STAFF]) + frame[23:]
    assert plan(access, frame).header == parse_frame_header(frame)
    assert plan(taken, staff).writer == ground.people.members["anna"]
    for who, wrong in ((access, staff), (taken, frame)):
        with pytest.raises(Refusal) as refused:
            plan(who, wrong)
        assert code_of(refused) is Code.DIRECTION


def test_either_side_ends_it_once(ground: Ground) -> None:
    """Waiting or active becomes closed with the day; to end it again, or after the other side did, changes nothing."""
    visitor, stranger = ground.people.visitor(), ground.people.visitor()
    waiting = ground.open(visitor)
    assert ground.run(lambda connection: conversations.end(connection, waiting, NOW + DAY)) is Phase.CLOSED
    ground.open(stranger)
    active = ground.take("anna", stranger)
    assert ground.run(lambda connection: conversations.end(connection, active, NOW)) is Phase.CLOSED
    with ground.reading() as connection:
        again = access_by_claimer(connection, ground.keystore, ground.people.members["anna"], stranger.conversation)
    assert again.conversation.phase is Phase.CLOSED
    assert ground.run(lambda connection: conversations.end(connection, again, NOW + DAY)) is Phase.CLOSED
    with ground.reading() as connection:
        days = [rows.find(connection, one.conversation) for one in (visitor, stranger)]
    assert [one.day for one in days if one] == [TODAY + 1, TODAY]
    assert ground.rows(places) == []


def test_the_public_page_needs_a_desk_with_an_epoch(ground: Ground) -> None:
    """A slug that nobody has is unknown; a known one gives the desk and its newest key."""
    with ground.reading() as connection:
        desk, epoch = desks.find_public(connection, "there")
        assert (desk.slug, epoch.key) == ("there", ground.people.desks["there"].desk.pk)
        for slug in ("nowhere", "", "THERE", "there' OR '1'='1"):
            with pytest.raises(Refusal) as refused:
                desks.find_public(connection, slug)
            assert code_of(refused) is Code.UNKNOWN
