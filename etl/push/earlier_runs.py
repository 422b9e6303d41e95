"""Earlier runs: the target that each wrote to, and what it did there, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from etl.clock import SystemClock
from etl.config.settings import Settings
from etl.errors import UsageError
from etl.push.ownership.aliases import parts_of
from etl.push.ownership.open_ledger import ledger_of
from etl.push.push_order import Destination, destination_of
from etl.runs.workspace import open_state
from etl.state.entries import LedgerEntry, Line
from etl.state.ledger import Ledger
from etl.systems.targets import targets_of

BATCH = 500


@dataclass(frozen=True)
class SentRow:
    """A row that an earlier run sent: its line, and its current ledger entry."""

    line: Line
    entry: LedgerEntry | None


def destination_of_run(settings: Settings, run_id: str) -> Destination:
    """Find the destination that a run wrote to. Raises UsageError for an unknown run, or one whose account is gone."""
    with open_state(settings) as state, ledger_of(settings, state, "", now=SystemClock().now(), touch=False) as ledger:
        target = ledger.target_of(run_id)
    if target is None:
        raise UsageError(f"There is no push {run_id}.", remedy="etl status lists the latest runs.")
    for account in settings.accounts.values():
        for known in targets_of(account.declaration):
            destination = destination_of(settings, f"{account.name}.{known.name}")
            if destination.key == target:
                return destination
    system, origin, _, stream = parts_of(target)
    raise UsageError(
        f"{run_id} wrote to {stream or 'a target'} of {system or 'an account'} at {origin}, and no account of etl.toml "
        "has that credential there.",
        remedy="Where its key or user was changed, hand the ledger's entries over: etl ledger rename.",
    )


def rows_of_run(settings: Settings, run_id: str, outcomes: tuple[str, ...]) -> int:
    """Count the rows of a run with one of these outcomes."""
    with open_state(settings) as state, ledger_of(settings, state, "", now=SystemClock().now(), touch=False) as ledger:
        counts = ledger.outcomes(run_id)
    return sum(counts.get(outcome, 0) for outcome in outcomes)


def sent_rows(ledger: Ledger, run_id: str, outcomes: tuple[str, ...]) -> Iterator[list[SentRow]]:
    """Iterate over batches of the run's rows with one of these outcomes and a record."""
    lines = (line for line in ledger.lines(run_id, outcomes) if line.remote_id)
    while batch := list(islice(lines, BATCH)):
        entries = ledger.entries_of(line.source for line in batch)
        yield [SentRow(line, entries.get(line.source)) for line in batch]
