"""The ledger of a state folder, if it can be the one that earlier pushes wrote."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from datetime import datetime

from etl.state.ledger import Ledger
from etl.state.ledger_file import open_ledger
from etl.workspace import State

COMMANDS = ("push", "migrate", "verify", "undo")
"""Those that open the ledger: where the journal knows of one, there was a ledger."""


def ledger_of(state: State, target: str, *, now: datetime, rebuild: bool = False) -> AbstractContextManager[Ledger]:
    """Raises ConfigurationError where it is lost, with or without its seal, or cannot be relied on."""
    missing = not (state.folder / "ledger.db").exists()
    used = missing and any(run["command"] in COMMANDS for run in state.history.runs(limit=sys.maxsize))
    return open_ledger(state.folder, target, now=now, rebuild=rebuild, used=used)
