"""Rows of accounts, memberships and open sign-ins."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from server.model.desk import Desk, Member, Membership
from server.storage.tables import desks, members, memberships, sign_ins

_MEMBER = (members.c.id, members.c.login, members.c.random, members.c.key, members.c.key_generation)


def insert_member(connection: Connection, member: Member, verifier: bytes, key_wrap: bytes) -> None:
    """Add an account; `verifier` and `key_wrap` come sealed under the installation key."""
    connection.execute(insert(members).values(**asdict(member), verifier=verifier, key_wrap=key_wrap))


def insert_membership(connection: Connection, membership: Membership) -> None:
    """Add somebody to a desk."""
    connection.execute(insert(memberships).values(asdict(membership)))


def find_by_login(connection: Connection, login: str) -> tuple[Member, bytes] | None:
    """An account and its sealed verifier."""
    row = connection.execute(select(*_MEMBER, members.c.verifier).where(members.c.login == login)).one_or_none()
    return None if row is None else (Member(*row[:5]), row.verifier)


def key_wrap(connection: Connection, member: bytes) -> bytes:
    """The member's sealed key wrap."""
    raw: bytes = connection.execute(select(members.c.key_wrap).where(members.c.id == member)).scalar_one()
    return raw


def memberships_of(connection: Connection, member: bytes) -> list[tuple[Membership, Desk]]:
    """Where a member works."""
    query = (
        select(memberships, desks.c.id, desks.c.slug, desks.c.name, desks.c.country, desks.c.languages)
        .add_columns(desks.c.host_sites, desks.c.retention_days)
        .join(desks, desks.c.id == memberships.c.desk)
        .where(memberships.c.member == member)
        .order_by(desks.c.name)
    )
    found = []
    for row in connection.execute(query):
        membership = Membership(row.member, row.desk, row.role, row.delegation, row.statement)
        desk = Desk(
            row.desk,
            row.slug,
            row.name,
            row.country,
            tuple(row.languages.split()),
            tuple(row.host_sites.split()),
            row.retention_days,
        )
        found.append((membership, desk))
    return found


def members_of(connection: Connection, desk: bytes) -> list[tuple[Member, Membership]]:
    """Who works at a desk."""
    query = (
        select(*_MEMBER, memberships.c.role, memberships.c.delegation, memberships.c.statement)
        .join(memberships, memberships.c.member == members.c.id)
        .where(memberships.c.desk == desk)
    )
    rows = connection.execute(query)
    return [(Member(*row[:5]), Membership(row.id, desk, row.role, row.delegation, row.statement)) for row in rows]


def insert_sign_in(connection: Connection, token_hash: bytes, member: bytes, until: int) -> None:
    """Remember an open sign-in by the hash of its token."""
    connection.execute(insert(sign_ins).values(token_hash=token_hash, member=member, until=until))


def find_sign_in(connection: Connection, token_hash: bytes, now: int) -> Member | None:
    """Whose sign-in this is, while it lasts."""
    query = (
        select(*_MEMBER)
        .join(sign_ins, sign_ins.c.member == members.c.id)
        .where(sign_ins.c.token_hash == token_hash, sign_ins.c.until > now)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Member(*row)


def delete_sign_in(connection: Connection, token_hash: bytes) -> None:
    """End a sign-in."""
    connection.execute(delete(sign_ins).where(sign_ins.c.token_hash == token_hash))


def delete_old_sign_ins(connection: Connection, now: int) -> None:
    """Forget what has run out."""
    connection.execute(delete(sign_ins).where(sign_ins.c.until <= now))
