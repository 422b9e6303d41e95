"""Open the ledger of a state folder, unless it cannot be the one that earlier pushes wrote."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from datetime import datetime

from etl.config.settings import Settings
from etl.runs.workspace import StateFolder
from etl.state.ledger import Ledger
from etl.state.ledger_file import LedgerPaths, open_ledger

COMMANDS = ("push", "migrate", "verify", "undo")
"""Commands that open the ledger: if the journal has a run of one, there was a ledger."""


def ledger_paths(settings: Settings) -> LedgerPaths:
    """Return the paths of the ledger of these settings, and of its seals."""
    return LedgerPaths(settings.state.dir, settings.state.seals)


def ledger_of(
    settings: Settings, state: StateFolder, target: str, *, now: datetime, rebuild: bool = False, touch: bool = True
) -> AbstractContextManager[Ledger]:
    """Open the ledger; `touch` raises its generation. Raises ConfigurationError where it is lost, with or without its
    seals, or cannot be relied on."""
    paths = ledger_paths(settings)
    missing = not paths.ledger.exists()
    used = missing and any(run["command"] in COMMANDS for run in state.history.runs(limit=sys.maxsize))
    return open_ledger(paths, target, now=now, rebuild=rebuild, used=used, touch=touch)
