"""Which rounds to play: so many of each kind of blow, evenly over the calls of an undisturbed run, and repeatably."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from . import points
from .disk import Blow, Point
from .rounds import Arena, Round

SHARES = {
    "kill": 0.36, "torn": 0.10, "power": 0.20, "moment": 0.08, "chain": 0.06,
    "full": 0.07, "EIO": 0.09, "EMFILE": 0.02, "short": 0.02,
}  # fmt: skip
AT = {
    "kill": points.CHANGES,
    "torn": points.HALVED,
    "power": points.CHANGES,
    "full": points.GROWING,
    "EIO": points.FAILING,
    "EMFILE": points.OPENING,
    "short": ("write",),
}


def rounds(arena: Arena, deed: str, count: int, seed: int) -> list[Round]:
    """So many rounds of a kind, half of them over an earlier export."""
    random = Random(f"{seed} {deed}")
    chains: list[tuple[Blow, ...]]
    if deed == "moment":
        chains = [(Blow("SIGKILL", delay_s=random.uniform(0, arena.busy_s)),) for _ in range(count)]
    elif deed == "chain":
        there = points.choose(points.among(arena.trace, points.CHANGES), 100)
        chains = [_chain(there, random) for _ in range(count)]
    else:
        chains = [(Blow(deed, point),) for point in points.choose(points.among(arena.trace, AT[deed]), count)]
    random.shuffle(chains)
    return [Round(deed, number % 2 == 1, chain) for number, chain in enumerate(chains)]


def _chain(there: Sequence[Point], random: Random) -> tuple[Blow, ...]:
    """Two or three blows: early ones are likely to fall on what goes on, too."""
    return tuple(
        Blow(random.choice(("kill", "torn", "power")), random.choice(there)) for _ in range(random.randint(2, 3))
    )


def few(arena: Arena, deed: str, count: int, seed: int) -> list[Round]:
    """A handful of a kind at what matters most: writes, fsyncs and renames of pages, journal and tables."""
    random = Random(f"{seed} few {deed}")
    there = [point for point in points.among(arena.trace, points.VITAL) if points.vital(point)]
    chosen = random.sample(points.choose(there, 40), count)
    return [Round(deed, number % 2 == 0, (Blow(deed, point),)) for number, point in enumerate(chosen)]
