"""What a server stands on, without one: a real database of either kind, a keystore, an organisation with two desks."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine

from crypto.binding import sha256
from crypto.ceremony import delegate, draw_member, found_organisation, make_desk_epoch, make_member
from crypto.opening import DeskKey
from crypto.shapes import parse_frame_header, parse_opening
from server.model.desk import Desk, Epoch, Member, Membership
from server.services import conversations, desks, people
from server.services.access import Access, Place
from server.services.people import NewMember
from server.storage import desks as desk_rows
from server.storage.database import READ_ONLY, open_database, upgrade
from server.storage.desks import Installation
from server.storage.keystore import Keystore
from server.storage.messages import Append
from tests.people import PublicDesk, Visitor

T = TypeVar("T")
TODAY = 20_000
NOW = TODAY * 86_400 + 43_200
ORIGIN = "http://127.0.0.1:8000"
DESKS = ("here", "there")
LOGINS = ("anna", "berit", "carl")
"""Anna, who is also the coordinator, and Berit work here, Carl works there."""


@dataclass(frozen=True)
class People:
    """Who there is: desks as visitors know them, members by login, and their login secrets."""

    desks: dict[str, PublicDesk]
    members: dict[str, bytes]
    secrets: dict[str, bytes]

    @property
    def place(self) -> Place:
        """What proofs are made for."""
        return Place(self.desks["here"].org, ORIGIN)

    def visitor(self, desk: str = "here") -> Visitor:
        """Somebody who has not written yet."""
        return Visitor(self.desks[desk], "")


@dataclass
class Ground:
    """One database and its keystore."""

    url: str
    folder: Path
    people: People
    engine: Engine
    keystore: Keystore

    @classmethod
    def copy(cls, template: Path, url: str, folder: Path, people: People) -> Self:
        """A ground of one's own; `template` is a folder to copy and `url` a database that is nobody else's."""
        shutil.copytree(template, folder, dirs_exist_ok=True)
        return cls(url, folder, people, open_database(url), Keystore(folder / "keystore", secrets.token_bytes))

    def close(self) -> None:
        """Give everything back."""
        self.keystore.close()
        self.engine.dispose()

    def run(self, work: Callable[[Connection], T]) -> T:
        """Work in a transaction of its own."""
        with self.engine.begin() as connection:
            return work(connection)

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that only reads, beside whatever writes."""
        return self.engine.connect().execution_options(**READ_ONLY)

    def rows(self, table: Any) -> list[Any]:
        """All rows of a table, as somebody else sees them."""
        with self.reading() as connection:
            return list(connection.execute(table.select()))

    def open(self, visitor: Visitor, now: int = NOW) -> Access:
        """Store a visitor's opening."""
        shape = parse_opening(visitor.opening)
        return self.run(
            lambda connection: conversations.open_conversation(
                connection, self.keystore, secrets.token_bytes, shape, "sv", now
            )
        )

    def take(self, login: str, visitor: Visitor, now: int = NOW) -> Access:
        """Claim a visitor's conversation."""
        member = self.people.members[login]
        return self.run(
            lambda connection: conversations.take(connection, self.keystore, member, visitor.conversation, now)
        )


def plan(access: Access, frame: bytes) -> Append:
    """A plan to store a frame."""
    return conversations.plan_append(access, secrets.token_bytes, parse_frame_header(frame), frame)


def found_ground(url: str, folder: Path) -> People:
    """Bring the schema and an organisation into an empty database and a new keystore."""
    engine, keystore = open_database(url), Keystore(folder / "keystore", secrets.token_bytes)
    upgrade(engine)
    with engine.begin() as connection:
        found = _found(connection, keystore)
    keystore.close()
    engine.dispose()
    return found


def _found(connection: Connection, keystore: Keystore) -> People:
    random, root = secrets.token_bytes, found_organisation(secrets.token_bytes, TODAY)
    keys = {login: draw_member(random) for login in LOGINS}
    signing = keys["anna"].ed_seed
    delegation = delegate(root.root_seed, keys["anna"], TODAY, TODAY)
    rows = {slug: Desk(random(16), slug, slug.title(), "SE", ("sv", "en"), (), 1) for slug in DESKS}
    desks.found(connection, Installation(root.org, TODAY, False), rows["here"])
    desk_rows.insert_desk(connection, rows["there"])
    known = {login: random(32) for login in LOGINS}
    for login, member in keys.items():
        desk = rows["there" if login == "carl" else "here"]
        role = "coordinator" if login == "anna" else "counsellor"
        statement = make_member(root.org, signing, member, desk.id, role, login.title(), TODAY, TODAY)
        account = Member(member.member, login, random(16), member.xwing_pk, 1)
        membership = Membership(member.member, desk.id, role, delegation, statement)
        new = NewMember(account, sha256(known[login]), random(92), (membership,))
        people.add_member(connection, keystore, random, new)
    public = {}
    for slug, desk in rows.items():
        epoch = make_desk_epoch(random, root.org, signing, desk.id, list(keys.values()), TODAY, TODAY)
        published = Epoch(desk.id, epoch.epoch, delegation, epoch.statement, epoch.pk, TODAY - 20, TODAY + 40)
        desks.publish_epoch(connection, keystore, published, epoch.wraps)
        public[slug] = PublicDesk(root.org, ORIGIN, DeskKey(desk.id, epoch.epoch, epoch.pk))
    return People(public, {login: one.member for login, one in keys.items()}, known)
