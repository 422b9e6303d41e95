"""Retention of runs: what is older than `keep_runs_days` goes, with the files that it left in the output folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from etl.clock import Clock
from etl.config.settings import Settings
from etl.errors import InputOutputError
from etl.runs.workspace import StateFolder, open_state
from etl.state.files import discard


def forget_runs(settings: Settings, state: StateFolder, now: datetime) -> int:
    """Forget some of the runs that are older than `keep_runs_days` (0: none), and return how many.

    An input/output error here fails nothing: the next run goes on.
    """
    count = 0
    if settings.state.keep_runs_days:
        with suppress(InputOutputError):
            for run in state.run_retention.due(now - timedelta(days=settings.state.keep_runs_days)):
                discard(settings.state.dir / "rejects" / f"{run.run_id}.parquet")
                for path in _files_of(run.run_id, run.arguments):
                    discard(path)
                state.run_retention.forget(run)
                count += 1
    return count


def forget_every_run(settings: Settings, clock: Clock) -> int:
    """Forget all of them."""
    count = 0
    with open_state(settings) as state:
        while some := forget_runs(settings, state, clock.now()):
            count += some
    return count


def _files_of(run_id: str, arguments: str) -> Iterator[Path]:
    """Yield the files of a run in the folder that it wrote to, where its arguments tell which that was."""
    with suppress(ValueError, KeyError, TypeError):
        out = Path(json.loads(arguments)["out"])
        yield out / "runs" / f"{run_id}.json"
        yield from (out / "results").glob(f"{run_id}.*")
        yield from (out / "rejects").glob(f"{run_id}.*")
