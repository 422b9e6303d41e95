"""Run the life cycle of a run, the same for every command that records one in the journal.

    begin     a row in the journal, under the run's id
      │
    work ──── cancelled by a `Stop`, it saves what came
      │       │
    report ───┘ its result; `stopped` is the exit code of the `Stop`
      │
    end       OUT/runs/<run_id>.json and the summary in the journal; then retention drops what is too old
      │
    answer    the report, or Stopped with it

A run that dies has a beginning in the journal and no end; the next one resumes from what it left.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from etl.clock import Clock
from etl.runs.report import RunReport
from etl.runs.stop import Stop, Stopped
from etl.scrub import scrubbed_values
from etl.state.files import make_folder, write_whole
from etl.state.journal import Journal

R = TypeVar("R", bound=RunReport)


class Lifecycle:
    """One run's life; its clock starts here. `begin` once, then `live` once."""

    def __init__(self, out: Path, *, clock: Clock, stop: Stop) -> None:
        self._out, self._clock, self._stop = out, clock, stop
        self._started = clock.monotonic()

    def begin(self, journal: Journal, command: str, arguments: str) -> str:
        """Journal the run and return its id. Raises CannotCreate if the folder `out` cannot be made."""
        make_folder(self._out)
        self._journal = journal
        return journal.begin_run(command, arguments, self._clock.now(), self._out)

    async def live(
        self,
        report: R,
        work: Callable[[], Awaitable[None]],
        *,
        conclude: Callable[[], None] = lambda: None,
        retain: Callable[[], object] = lambda: None,
    ) -> R:
        """Work, then end with the report, which `conclude` completes; `retain` drops old data when all is written.

        Raises Stopped with the report if the work was cancelled. If the work itself raises, the run has no end in the
        journal: an error to be reported belongs in the report.
        """
        try:
            await work()
        except asyncio.CancelledError:
            report.stopped = self._stop.exit_code
        conclude()
        self._end(report)
        retain()
        if report.stopped is not None:
            raise Stopped(report)
        return report

    def _end(self, report: RunReport) -> None:
        report.seconds = self._clock.monotonic() - self._started
        summary = scrubbed_values(report.as_dict())
        make_folder(self._out / "runs")
        text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
        write_whole(self._out / "runs" / f"{report.run_id}.json", text.encode())
        self._journal.end_run(report.run_id, summary, self._clock.now())
