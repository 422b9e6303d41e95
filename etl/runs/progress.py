"""How far a run has come, for whoever shows it while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from etl.http.client import Client


@dataclass(frozen=True)
class Progress:
    """One stream's progress: its rows so far, and its units of about a call each: pages of an export, rows of a push.

    `done` of them are behind it; `expected` are all there are, where that is known.
    """

    name: str
    rows: int
    done: int
    expected: int | None
    client: Client
    run_id: str


OnProgress = Callable[[Progress], None]
