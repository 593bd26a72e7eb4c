"""What is done with desks: found an installation, publish an epoch, find what a visitor's page needs."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from crypto.binding import u32
from server.model.desk import Desk, Epoch
from server.model.refusal import Code, Refusal
from server.storage import desks
from server.storage.desks import Installation
from server.storage.keystore import Keystore, epoch_name


def found(connection: Connection, installation: Installation, desk: Desk) -> None:
    """The first desk of a new installation; refused when there is one already."""
    if desks.find_installation(connection) is not None:
        raise Refusal(Code.CONFLICT)
    desks.insert_installation(connection, installation)
    desks.insert_desk(connection, desk)


def publish_epoch(connection: Connection, keystore: Keystore, epoch: Epoch, wraps: Mapping[bytes, bytes]) -> None:
    """Publish a desk's epoch key and keep its seed's wraps, by member."""
    keep_epoch_wraps(keystore, epoch, wraps)
    desks.insert_epoch(connection, epoch)


def keep_epoch_wraps(keystore: Keystore, epoch: Epoch, wraps: Mapping[bytes, bytes]) -> None:
    """Keep wraps of an epoch seed for further members."""
    number = u32(epoch.epoch)
    keystore.put_epoch_wraps([(epoch_name(epoch.desk, number, member), wrap) for member, wrap in wraps.items()])


def find_public(connection: Connection, slug: str) -> tuple[Desk, Epoch]:
    """A desk and the epoch key that new conversations are sealed to."""
    desk = desks.find_desk(connection, slug)
    epochs = [] if desk is None else desks.epochs_of(connection, desk.id)
    if desk is None or not epochs:
        raise Refusal(Code.UNKNOWN)
    return desk, epochs[0]
