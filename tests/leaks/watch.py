"""The leak search as one function: exercise a server, kill it, start it again, stop it, and look each time."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Collection, Iterable, Iterator

from server import demo
from tests.leaks.canaries import Canaries
from tests.leaks.exercises import AFTER_THE_RESTART, BEFORE_THE_KILL, Exercise
from tests.leaks.places import Cluster, Place, places
from tests.leaks.scene import LOGIN, Scene
from tests.leaks.search import Hit, search
from tests.running import ROOT, Running

UNREACHABLE = "postgresql+psycopg://sluss:{}@127.0.0.1:1/sluss"
BACKUP = "backup.db"
COMMAND_SECONDS = 30


class Watch:
    """Looks everywhere, and at what has not changed only once."""

    def __init__(self, running: Running, canaries: Canaries, cluster: Cluster | None = None) -> None:
        self.running, self.canaries = running, canaries
        self.hits: set[Hit] = set()
        self._cluster = cluster
        self._seen: set[Place] = set()

    def look(self) -> None:
        """Search what is new or changed among the server's own places."""
        self._search(places(self.running))

    def look_last(self) -> None:
        """Look once more, and now into the database server's files too, which are many."""
        self.look()
        if self._cluster is not None:
            self._search(self._cluster.places())

    def _search(self, found: Iterator[Place]) -> None:
        new = [place for place in found if place not in self._seen]
        self._seen.update(new)
        self.hits |= search(new, self.canaries.forms())

    def names(self) -> set[str]:
        """The places that were looked at and not empty."""
        return {place.name for place in self._seen if place.content}

    def found(self) -> set[str]:
        """The names of the canaries that were found."""
        return {hit.canary for hit in self.hits}


async def find_leaks(watch: Watch, expected: Collection[str] = ()) -> set[Hit]:
    """Do everything that happens to a server, and look. It must not run yet, and has ended afterwards.

    With `expected` names of canaries it looks after each exercise and ends when they are found.
    """
    async with opened_scene(watch) as scene:
        await _exercise(watch, scene, expected)
    return watch.hits


@contextlib.asynccontextmanager
async def opened_scene(watch: Watch) -> AsyncIterator[Scene]:
    """A running server with everybody who talks to it; looked at once more when all is over."""
    scene = Scene(watch.running, watch.canaries)
    watch.running.start()
    try:
        async with scene.opened():
            yield scene
    finally:
        watch.running.kill()
    watch.look_last()


async def _exercise(watch: Watch, scene: Scene, expected: Collection[str]) -> None:
    running = watch.running
    if await _run(BEFORE_THE_KILL, watch, scene, expected):
        return
    watch.look()
    running.kill()
    watch.look()
    running.start()
    if await _run(AFTER_THE_RESTART, watch, scene, expected):
        return
    command(running, "sweep")
    command(running, "backup", str(running.folder / BACKUP))
    watch.look()
    running.stop()


async def _run(exercises: Iterable[Exercise], watch: Watch, scene: Scene, expected: Collection[str]) -> bool:
    for exercise in exercises:
        await exercise(scene)
        if expected:
            watch.look()
            if watch.found().issuperset(expected):
                return True
    return False


def command(running: Running, *arguments: str, typed: str = "", **variables: str) -> int:
    """Run one command of the server's program as an operator does; its output joins the server's."""
    with running.output.open("ab") as output:
        return subprocess.run(
            [sys.executable, "-m", running.entry, *arguments],
            cwd=ROOT,
            env={**running.variables(), **variables},
            input=typed.encode(),
            stdout=output,
            stderr=output,
            timeout=COMMAND_SECONDS,
            check=False,
        ).returncode


def enrol_counsellor(running: Running, canaries: Canaries) -> None:
    """Add a counsellor whose password is a canary."""
    assert _enrol(running, demo.PEOPLE[0].password, canaries.word("counsellor's password")) == 0


def mistype(running: Running, canaries: Canaries) -> None:
    """Commands that go wrong: another password than the coordinator's, a database that is not there."""
    assert _enrol(running, canaries.word("mistyped password"), canaries.word("counsellor's password")) != 0
    unreachable = UNREACHABLE.format(canaries.word("password of the database"))
    assert command(running, "sweep", SLUSS_DATABASE=unreachable) != 0


def _enrol(running: Running, *typed: str) -> int:
    names = ("--coordinator", demo.PEOPLE[0].login, "--login", LOGIN, "--working-name", "Somebody")
    return command(
        running, "counsellor", "add", "--desk", demo.SLUG, *names, typed="".join(f"{one}\n" for one in typed)
    )
