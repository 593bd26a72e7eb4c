"""The demo's desk and people: fixed passwords that every other command refuses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """One demo account."""

    login: str
    password: str
    name: str
    role: str


SLUG = "demo"
NAME = "Sluss demo desk"
COUNTRY = "SE"
RETENTION_DAYS = 1
PEOPLE = (
    Person("coordinator", "demo only: lantern over water", "Coordinator", "coordinator"),
    Person("counsellor-1", "demo only: bridge in the morning", "Counsellor One", "counsellor"),
    Person("counsellor-2", "demo only: harbour without wind", "Counsellor Two", "counsellor"),
)
PASSWORDS = frozenset(person.password for person in PEOPLE)
