"""Mend the state folder, as a call."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from etl.clock import SystemClock
from etl.config.settings import Settings
from etl.library.accounts import settings_of
from etl.library.arguments import checked
from etl.runs.rebuild import rebuild_journal


@checked
def rebuild_state(settings: Settings | Path | str) -> dict[str, Any]:
    """Make state.db again from the landed pages, where it was lost, emptied or damaged, or is older than they are;
    `rebuilt` says whether it was made.

    Raises TryLater while any run uses the state folder, ConfigurationError where a newer release wrote there.
    """
    rebuilt = rebuild_journal(settings_of(settings), clock=SystemClock())
    told = {"command": "state rebuild", "status": "complete", "exit_code": 0, "rebuilt": rebuilt is not None}
    return {**told, **(asdict(rebuilt) if rebuilt else {})}
