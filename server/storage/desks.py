"""Rows of the installation, its desks and their published epoch keys."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from server.model.desk import Desk, Epoch
from server.storage.tables import desks, epochs, installation


@dataclass(frozen=True)
class Installation:
    """Whose installation this is; `demo` is true when only the demo may serve it."""

    org: bytes
    serial: int
    demo: bool


def insert_installation(connection: Connection, value: Installation) -> None:
    """Write the one row."""
    connection.execute(insert(installation).values(id=1, **asdict(value)))


def find_installation(connection: Connection) -> Installation | None:
    """The one row, once `sluss init` or the demo made it."""
    query = select(installation.c.org, installation.c.serial, installation.c.demo)
    row = connection.execute(query).one_or_none()
    return None if row is None else Installation(*row)


def insert_desk(connection: Connection, desk: Desk) -> None:
    """Add a desk."""
    lists = {"languages": " ".join(desk.languages), "host_sites": " ".join(desk.host_sites)}
    connection.execute(insert(desks).values({**asdict(desk), **lists}))


def find_desk(connection: Connection, slug: str) -> Desk | None:
    """A desk by its slug."""
    row = connection.execute(select(desks).where(desks.c.slug == slug)).one_or_none()
    return None if row is None else _parse(row)


def all_desks(connection: Connection) -> list[Desk]:
    """Every desk, by name."""
    return [_parse(row) for row in connection.execute(select(desks).order_by(desks.c.name))]


def insert_epoch(connection: Connection, epoch: Epoch) -> None:
    """Publish an epoch key."""
    connection.execute(insert(epochs).values(asdict(epoch)))


def epochs_of(connection: Connection, desk: bytes) -> list[Epoch]:
    """The desk's epoch keys, newest first."""
    query = (
        select(
            epochs.c.desk,
            epochs.c.epoch,
            epochs.c.delegation,
            epochs.c.statement,
            epochs.c.key,
            epochs.c.since,
            epochs.c.until,
        )
        .where(epochs.c.desk == desk)
        .order_by(epochs.c.epoch.desc())
    )
    return [Epoch(*row) for row in connection.execute(query)]


def _parse(row: Row[*tuple[Any, ...]]) -> Desk:
    return Desk(
        row.id,
        row.slug,
        row.name,
        row.country,
        tuple(row.languages.split()),
        tuple(row.host_sites.split()),
        row.retention_days,
    )
