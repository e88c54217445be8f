"""Which measurements there are, in what sizes, and the bar for each."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from statistics import fmean, median

import aiohttp
from temporalio.service import RPCError

from benchmarks.check_ins import CheckIns
from benchmarks.deadlines import Burst, Deadlines
from benchmarks.installation import BUILD, Installation, MeasurementFailed, installation
from benchmarks.memory import Memory
from benchmarks.ninety_days import ninety_days
from benchmarks.town import CHILDREN, Town
from benchmarks.verdict import Measure, of_rounds
from benchmarks.webhooks import Webhooks
from cli.part import PartFailed

ALONE_BAR, BURST_BAR, FIVE_BAR = 1.6, 1.6, 2.5
HTTP_BAR, RATE_BAR = 2.5, 0.5
EVENTS_BAR, ACTIONS_BAR = 8, 2.2
MEMORY_BAR = 1.6
COLD_START_BAR = 4.0
FAIL_OVER_BAR, FAIL_OVER_SECONDS_BAR, HELD_BAR = 6.0, 5.0, 8.0
FIVE = 5
PATIENCE = 2100.0
"""Seconds for one measurement; a thousand deadlines, in three rounds, take the longest."""


class Size(Enum):
    """How much is measured."""

    SMALL = "small"
    USUAL = "usual"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Sizes:
    """The numbers of a size."""

    rounds: int
    deadlines: int
    bursts: tuple[int, ...]
    check_ins: int
    """One after the other, in each round."""
    each: int
    """Check-ins of each of twenty callers, in each round."""
    live: int
    starts: int
    days: int


SIZES = {
    Size.SMALL: Sizes(rounds=1, deadlines=5, bursts=(40,), check_ins=30, each=5, live=100, starts=1, days=0),
    Size.USUAL: Sizes(rounds=3, deadlines=20, bursts=(200,), check_ins=220, each=20, live=1000, starts=3, days=0),
    Size.FULL: Sizes(rounds=3, deadlines=20, bursts=(200, 1000), check_ins=220, each=20, live=1000, starts=3, days=90),
}


@dataclass
class Run:
    """What a run has come to."""

    measures: list[Measure] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


NINETY_DAYS = "ninety-days"
"""On an installation of its own, in virtual time."""

Measurement = Callable[[Installation, Town, Sizes], Awaitable[list[Measure]]]


async def cold_start(house: Installation, _town: Town, sizes: Sizes) -> list[Measure]:
    """From nothing to polling, in a new process each time."""
    seconds = []
    for _ in range(sizes.starts):
        await house.stop("Worker")
        seconds.append(await house.cold_start())
    return [of_rounds("cold start: goldenhour worker to polling", "s", seconds, COLD_START_BAR)]


async def alone(house: Installation, town: Town, sizes: Sizes) -> list[Measure]:
    """Single deadlines."""
    ours, bare = await Deadlines(house, town).alone(sizes.deadlines)
    return [of_rounds("one deadline → provider's request received", "ms", ours, ALONE_BAR, bare)]


async def bursts(house: Installation, town: Town, sizes: Sizes) -> list[Measure]:
    """Many deadlines at one instant: ours, and with five people on the rung, each between two bare ones."""
    measures = []
    for count in sizes.bursts:
        measures += await _bursts(house, town, count, rounds=sizes.rounds)
    return measures


async def _bursts(house: Installation, town: Town, count: int, *, rounds: int) -> list[Measure]:
    deadlines = Deadlines(house, town)
    one = await town.homes(-(-count // CHILDREN))
    five = await town.homes(-(-count // CHILDREN), shift_leads=FIVE)
    ours, fives = list[Burst](), list[Burst]()
    bare = [await deadlines.bare_burst(count)]
    for _ in range(rounds):
        ours.append(await deadlines.burst(one, count, people=1))
        bare.append(await deadlines.bare_burst(count))
        fives.append(await deadlines.burst(five, count, people=FIVE))
        bare.append(await deadlines.bare_burst(count))
    # The server slows as its database grows: each burst of ours is held against the floors just before and just after.
    beside = [fmean(around) for around in pairwise(burst.last for burst in bare)]
    name = f"{count:,} deadlines at one instant"
    return [
        of_rounds(f"{name}: last first-text", "s", [burst.last for burst in ours], BURST_BAR, beside[::2]),
        of_rounds(
            f"{name}, five people: last first-text", "s", [burst.last for burst in fives], FIVE_BAR, beside[1::2]
        ),
        Measure(f"{name}: texts lost", "", sum(burst.lost for burst in ours + fives), 0),
        Measure(f"{name}: texts sent twice", "", sum(burst.twice for burst in ours + fives), 0),
    ]


async def check_ins(house: Installation, town: Town, sizes: Sizes) -> list[Measure]:
    """Check-ins over HTTP and bare updates, in turn."""
    them = CheckIns(house, town)
    alias, handle = await them.child(), await them.bare_child()
    aliases, handles = await them.children(), [await them.bare_child() for _ in range(20)]
    before, bare_before = await them.written(alias), await them.bare_written(handle)
    took, bare_took, rates, bare_rates = list[float](), list[float](), list[float](), list[float]()
    for _ in range(sizes.rounds):
        took.append(median(await them.alone(alias, sizes.check_ins)))
        bare_took.append(median(await them.bare_alone(handle, sizes.check_ins)))
        rates.append(await them.together(aliases, sizes.each))
        bare_rates.append(await them.bare_together(handles, sizes.each))
    made = sizes.rounds * sizes.check_ins
    after, bare_after = await them.written(alias), await them.bare_written(handle)
    events, actions = (after.events - before.events) / made, (after.actions - before.actions) / made
    bare_events = (bare_after.events - bare_before.events) / made
    bare_actions = (bare_after.actions - bare_before.actions) / made
    return [
        of_rounds("check-in by HTTP, median alone", "ms", took, HTTP_BAR, bare_took),
        of_rounds("check-ins by HTTP, 20 callers", "/s", rates, RATE_BAR, bare_rates, sense="at least"),
        Measure("history events of a check-in", "events", events, EVENTS_BAR, beside=bare_events),
        Measure("billable actions of a check-in", "actions", actions, ACTIONS_BAR, beside=bare_actions),
    ]


async def fail_over(house: Installation, town: Town, sizes: Sizes) -> list[Measure]:
    """Texts that are not delivered, one after the other, and bare updates in turn."""
    ours, bare = await Webhooks(house, town).fail_over(sizes.deadlines)
    name = "undelivered → request on the person's next channel"
    return [
        of_rounds(f"{name} received", "ms", ours, FAIL_OVER_BAR, bare),
        Measure(f"{name}, the longest", "s", max(ours) / 1000, FAIL_OVER_SECONDS_BAR),
    ]


async def answers(house: Installation, town: Town, sizes: Sizes) -> list[Measure]:
    """People who text Y, one after the other, and bare updates in turn."""
    ours, bare = await Webhooks(house, town).answers(sizes.deadlines)
    return [of_rounds("text Y by webhook → next rung held back", "ms", ours, HELD_BAR, bare)]


async def memory(house: Installation, town: Town, sizes: Sizes) -> list[Measure]:
    """A worker's growth by a live placement, and by a bare workflow."""
    measuring = Memory(house, town)
    bare, ours = await measuring.bare(sizes.live), await measuring.placement(sizes.live)
    name = f"worker memory of a live placement, {sizes.live:,} cached"
    return [Measure(name, "KB", ours, MEMORY_BAR, floor=bare)]


MEASUREMENTS: dict[str, Measurement] = {
    "cold-start": cold_start,
    "deadline": alone,
    "check-ins": check_ins,
    "fail-over": fail_over,
    "answers": answers,
    "bursts": bursts,
    "memory": memory,
}


async def measure(size: Size, *, only: Sequence[str] | None = None) -> Run:
    """Everything of this size, or what is named, one after the other on one installation."""
    sizes, run = SIZES[size], Run()
    async with installation(BUILD / "run") as house:
        await house.start(house.bare_worker())
        await house.start(house.web())
        town = await Town(house).found()
        for name in MEASUREMENTS if only is None else [one for one in MEASUREMENTS if one in only]:
            if name != "cold-start" and "Worker" not in house.children:
                await house.start(house.worker())
            await _measured(run, name, MEASUREMENTS[name](house, town, sizes))
    if sizes.days and (not only or NINETY_DAYS in only):
        await _measured(run, NINETY_DAYS, ninety_days(sizes.days))
    return run


async def _measured(run: Run, name: str, measuring: Awaitable[list[Measure]]) -> None:
    """Measure, and say so; what can't be measured is a failure of the run, and the others are measured all the same."""
    began = time.monotonic()
    print(f"{name} …", end=" ", flush=True)
    try:
        async with asyncio.timeout(PATIENCE):
            run.measures += await measuring
    except (MeasurementFailed, PartFailed, aiohttp.ClientError, RPCError) as failure:
        run.failures.append(f"{name}: {type(failure).__name__}: {failure}")
    except TimeoutError:
        run.failures.append(f"{name}: not done within {PATIENCE:.0f} s")
    print(f"{time.monotonic() - began:.0f} s", flush=True)
