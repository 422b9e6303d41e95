"""Retention of runs: what is older than `keep_runs_days` goes, with the files that it left in the output folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from etl.clock import Clock
from etl.config.settings import Settings, StateSettings
from etl.errors import InputOutputError
from etl.runs.workspace import StateFolder, open_state
from etl.state.files import discard


@dataclass(frozen=True)
class Artefact:
    """A kind of what is kept: where it is, the key of `[state]` that says for how many days, and when else it goes."""

    kind: str
    where: str
    key: str | None
    rule: str

    def days(self, state: StateSettings) -> int | None:
        """For how many days it is kept; 0 keeps all, None where no number of days counts."""
        return None if self.key is None else int(getattr(state, self.key))


ARTEFACTS = (
    Artefact("landed pages", "landing/", "keep_days", "kept longer while a replay needs them"),
    Artefact("records that vanished", "state.db, landing/", None, "kept; gone when they are back"),
    Artefact("exports in the journal", "state.db", "keep_runs_days", "kept longer while their pages are"),
    Artefact("runs", "state.db, OUT/runs/", "keep_runs_days", "kept longer while pages that they fetched are"),
    Artefact("results of pushes", "OUT/results/, OUT/rejects/", "keep_runs_days", "go with their run"),
    Artefact("values of rows that were sent", "ledger.db", "keep_days", "hashes stay in their place"),
    Artefact("what proves that a row was sent", "ledger.db", None, "kept"),
    Artefact("tables and rejects of exports", "OUT/", None, "replaced by the next export"),
    Artefact("fingerprints", "fingerprints/", None, "replaced by the next export"),
    Artefact("calls", "the budgets", None, "while a limit may count them"),
    Artefact("journals and ledgers that were set aside", "….before-<time>", None, "kept until you remove them"),
)
"""What is kept how long; docs/formats.md shows it."""


def forget_runs(settings: Settings, state: StateFolder, now: datetime) -> int:
    """Forget some of the runs that are older than `keep_runs_days` (0: none), and return how many.

    An input/output error here fails nothing: the next run goes on.
    """
    count = 0
    if settings.state.keep_runs_days:
        with suppress(InputOutputError):
            for run in state.run_retention.due(now - timedelta(days=settings.state.keep_runs_days)):
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
        yield out / "rejects" / f"{run_id}.csv"
