"""Identify the ledger of a state folder, to check that it is the one of an earlier attempt."""

from __future__ import annotations

from pathlib import Path

from etl.clock import SystemClock
from etl.config.settings import Settings
from etl.library.accounts import settings_of
from etl.library.arguments import checked
from etl.push.ownership.open_ledger import ledger_paths
from etl.push.push import held
from etl.push.push_order import destination_of
from etl.state.ledger_file import open_ledger


@checked
def ledger_of(settings: Settings | Path | str, to: str) -> str:
    """The id of the ledger that a push to ACCOUNT.STREAM will use, created if there is none yet.

    Raises ConfigurationError for one that is not reliable, TryLater while a push is under way.
    """
    loaded = settings_of(settings)
    destination = destination_of(loaded, to)
    with (
        held(loaded, destination),
        open_ledger(ledger_paths(loaded), destination.key, now=SystemClock().now()) as ledger,
    ):
        return ledger.id
