"""Which calls there are to strike at, and an even choice among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from .disk import Point, Trace

CHANGES = ("create", "write", "truncate", "sync", "syncdir", "rename", "link", "unlink", "rmdir", "mkdir")
HALVED = ("write", "rename", "sync", "create", "unlink")
FAILING = ("create", "write", "truncate", "sync", "syncdir", "rename", "mkdir", "close")
GROWING = ("create", "write", "truncate", "mkdir")
OPENING = ("create", "open")
VITAL = ("write", "sync", "rename")
LASTING = (".etl/", "out/")


def among(trace: Trace, calls: Iterable[str]) -> list[Point]:
    """The calls of these kinds in an undisturbed run. SQLite's -shm file holds nothing that must last."""
    wanted = frozenset(calls)
    return [point for point in trace.calls if point.call in wanted and not point.place.endswith("-shm")]


def vital(point: Point) -> bool:
    return point.call in VITAL and point.place.startswith(LASTING)


def choose(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many, of each kind and place one where there is room, more of what is vital; in even steps."""
    groups = [list(group) for _, group in groupby(sorted(points), key=lambda point: (point.call, point.place))]
    if len(points) <= most:
        return sorted(points)
    share = [len(group) ** 0.5 if vital(group[0]) else 1.0 for group in groups]
    while True:
        grown = [min(float(len(group)), part * 1.25) for group, part in zip(groups, share, strict=True)]
        if sum(map(int, grown)) > most or grown == share:
            break
        share = grown
    chosen = [point for group, part in zip(groups, share, strict=True) for point in spread(group, int(part))]
    return spread(chosen, most)


def spread(points: Sequence[Point], count: int) -> list[Point]:
    """So many of them in even steps, the last one among them."""
    count = min(count, len(points))
    return [points[-1 - (n * len(points)) // count] for n in reversed(range(count))]
