"""How many sealed, stored and delivered messages a second, against the same relay that stores nothing.

Somebody else's work on the server's core would favour whichever server it hits less. So the rates that are compared are
those for the time that the core was not somebody else's; on a quiet machine they are the plain rates.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from tests.bench.cores import Clock
from tests.bench.generator import Generator, options
from tests.bench.plan import compose_plan
from tests.bench.report import Result
from tests.bench.servers import bare, ours

PAIRS = 100
FLOOR = 0.28
"""Of the bare relay's rate: issue 2, point 8."""
GENERATOR_CEILING = 90.0
"""Percent of its core above which the generator, not the server, may be the limit."""
IDLE_CEILING = 5.0
"""Percent of the server's core that may be left when the server is the limit: it waits for the disk now and then."""
BARE_PATHS = {"visitor_path": "/ws/visitor/#", "counsellor_path": "/ws/counsellor/#"}


@dataclass(frozen=True)
class Length:
    """How long one measurement lasts."""

    rounds: int
    warm: float
    seconds: float


FULL, QUICK = Length(5, 1.0, 4.0), Length(3, 0.5, 1.5)


@dataclass(frozen=True)
class Run:
    """One measured window. Shares are percent of one core."""

    rate: float
    cpu_per_1000: float
    server_share: float
    foreign_share: float
    idle_share: float
    generator_share: float

    @property
    def alone(self) -> float:
        """The rate for the time that the core was not somebody else's."""
        return self.rate * 100 / max(1.0, 100 - self.foreign_share)


@dataclass(frozen=True)
class Round:
    """Both servers, one right after the other: only their ratio means anything on a shared machine."""

    ours: Run
    bare: Run

    @property
    def ratio(self) -> float:
        """Our rate as a part of the bare relay's."""
        return self.ours.alone / self.bare.alone

    @property
    def cpu_ratio(self) -> float:
        """The same from CPU time, which leaves out what we wait for the disk."""
        return self.bare.cpu_per_1000 / self.ours.cpu_per_1000


def measure(program: Path, template: Path, folder: Path, length: Length) -> list[Result]:
    """All rounds, printed as they come."""
    print(_HEAD)
    rounds = []
    for number in range(length.rounds):
        both = {which: _run(which, program, template, folder / f"{number}", length) for which in _order(number)}
        rounds.append(Round(both["ours"], both["bare"]))
        print("\n".join(_lines(number + 1, rounds[-1])), flush=True)
    ratios = [one.ratio for one in rounds]
    found = median(ratios)
    return [
        Result(
            "rate of the bare relay's",
            f"{found:.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
            f">= {FLOOR}",
            found >= FLOOR,
        ),
        *_notes(rounds),
    ]


def _order(number: int) -> Sequence[str]:
    return ("bare", "ours") if number % 2 == 0 else ("ours", "bare")


def _run(which: str, program: Path, template: Path, folder: Path, length: Length) -> Run:
    window = options(pairs=PAIRS, warm=length.warm, seconds=length.seconds)
    if which == "bare":
        with bare() as relay:
            places = options(port=relay.port, **BARE_PATHS)
            return _measure(Generator(program, "relay", *window, *places), relay.process)
    with ours(template, folder) as (server, process):
        plan = folder / "plan"
        plan.write_bytes(asyncio.run(compose_plan(server, PAIRS)))
        places = options(port=server.port, console_port=server.console_port, plan=plan)
        return _measure(Generator(program, "relay", *window, *places), process)


def _measure(generator: Generator, process: psutil.Process) -> Run:
    generator.line()
    before = Clock.read(process)
    generator.line()
    used = Clock.read(process).since(before)
    told = json.loads(generator.line())
    generator.end()
    percent = 100 / told["seconds"]
    return Run(
        rate=told["messages"] / told["seconds"],
        cpu_per_1000=used.process / told["messages"] * 1_000,
        server_share=used.process * percent,
        foreign_share=max(0.0, used.core - used.process) * percent,
        idle_share=used.core_idle * percent,
        generator_share=told["cpu"] * percent,
    )


_HEAD = (
    "round        messages/s  alone/s  CPU ms/1,000  server %  others %  idle %  generator %  rate ratio  CPU ratio\n"
    "                                                (of the server's core)"
)


def _lines(number: int, both: Round) -> Iterator[str]:
    for name, run in (("bare", both.bare), ("ours", both.ours)):
        yield (
            f"{number:>3}  {name:<6} {run.rate:>10,.0f} {run.alone:>8,.0f} {1_000 * run.cpu_per_1000:>13.1f}"
            f" {run.server_share:>9.0f} {run.foreign_share:>9.0f} {run.idle_share:>7.0f} {run.generator_share:>12.0f}"
            + (f" {both.ratio:>11.2f} {both.cpu_ratio:>10.2f}" if name == "ours" else "")
        )


def _notes(rounds: Sequence[Round]) -> Iterator[Result]:
    for name, runs in (("bare", [one.bare for one in rounds]), ("ours", [one.ours for one in rounds])):
        rate, cpu = median(run.alone for run in runs), median(run.cpu_per_1000 for run in runs)
        saturated = sum(run.idle_share <= IDLE_CEILING for run in runs)
        tired = sum(run.generator_share >= GENERATOR_CEILING for run in runs)
        limit = f"server's core full in {saturated} of {len(runs)} rounds"
        limit += f", generator at its limit in {tired}" if tired else ""
        yield Result(f"  {name}", f"{rate:,.0f}/s, {1_000 * cpu:.0f} ms CPU per 1,000; {limit}")
    found = median(one.cpu_ratio for one in rounds)
    yield Result("  the same ratio from CPU time", f"{found:.2f}")
