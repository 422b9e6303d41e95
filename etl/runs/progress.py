"""Report the progress of a run to whatever displays it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from etl.http.client import Client


@dataclass(frozen=True)
class Progress:
    """One stream's progress: its rows so far, and its units of about one call: pages of an export, rows of a push.

    `done` units are finished of `expected` in all, None if unknown.
    """

    name: str
    rows: int
    done: int
    expected: int | None
    client: Client
    run_id: str


OnProgress = Callable[[Progress], None]
