"""Drop landed pages that nothing needs any more, by age or by size."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

from etl.clock import Clock
from etl.config.settings import Settings
from etl.errors import TryLater
from etl.runs.workspace import open_state
from etl.state.landing_retention import Purged
from etl.state.lock import hold


def purge(settings: Settings, *, clock: Clock, older_than_days: float | None, down_to: int | None = None) -> Purged:
    """Drop them for every stream that no run is using. Without a number of days, of any age."""
    before = clock.now() - timedelta(days=older_than_days) if older_than_days is not None else None
    gone = Purged()
    with open_state(settings) as state, ExitStack() as locks:
        free = []
        for name in state.landing_retention.streams():
            try:
                locks.enter_context(hold(settings.state.dir / "locks", [name]))
            except TryLater:
                continue
            free.append(name)
            state.landing.sweep(*name.split("."))
            gone += state.landing_retention.purge(name, before=before, down_to=down_to, others=True)
        gone += state.landing_retention.purge_orphans(free)
    return gone
