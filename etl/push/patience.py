"""Count rejected rows, and end a run that has too many."""

from __future__ import annotations

from etl.errors import EtlError
from etl.push.stop_after import stop_after


class StoppedAfterErrors(EtlError):
    """More rows were rejected than the user allows."""

    exit_code = 65


class ErrorLimit:
    """Counts rejected rows against a limit such as `25` or `5%`; None is no limit."""

    def __init__(self, limit: str | None = None) -> None:
        self._limit, self._stop, self._rejected, self._rows = limit, stop_after(limit), 0, 0

    def count(self, rejected: int, rows: int) -> StoppedAfterErrors | None:
        """Count rows that ended; returns the error once too many were rejected."""
        self._rejected, self._rows = self._rejected + rejected, self._rows + rows
        if self._stop is None or not self._stop.reached(self._rejected, self._rows):
            return None
        return StoppedAfterErrors(
            f"{self._rejected:,} of {self._rows:,} rows were rejected, and --stop-after-errors is {self._limit}.",
            remedy="The rest was not sent and is pending: mend the rejects, or run again with a higher limit.",
        )
