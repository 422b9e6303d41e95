"""Rebuild a stream's tables: from its last complete extraction, and what came incrementally after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from etl.state.journal import LandedPage
from etl.state.vanished import Vanished
from etl.tables.build import Build, Built, Plan
from etl.tables.landed import keys_of

Round = Sequence[LandedPage]


def take(build: Build, rounds: Sequence[Round], plan: Plan) -> None:
    """Pass a build the pages of these extractions, oldest first, without records that a newer one replaces."""
    later: list[set[str]] = [set()]
    for pages in reversed(rounds[1:]):
        later.append(later[-1].union(*(keys.to_list() for keys in keys_of(pages, plan.stream, plan.landing))))
    for pages, ids in zip(rounds, reversed(later), strict=True):
        build.take(pages, ids)


def rebuild(
    plan: Plan,
    rounds: Sequence[Round],
    vanished: Sequence[Vanished],
    *,
    check: Callable[[Build], None] = lambda _: None,
) -> Built:
    """Build the tables from landed pages alone. `check` raises if they are not to be written."""
    build = Build(plan)
    try:
        take(build, rounds, plan)
        build.close()
        check(build)
        build.add_vanished(vanished)
        return build.finish()
    finally:
        build.discard()
