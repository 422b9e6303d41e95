"""The limit of rejected rows that ends a run: a number of rows, or a share of those tried."""

from __future__ import annotations

import re
from dataclasses import dataclass

from etl.errors import EtlError, UsageError

FORM = re.compile(r"([0-9]{1,9})|([0-9]{1,3}(?:\.[0-9]+)?) ?%")
ENOUGH = 20
"""A share of fewer rows than this is not conclusive."""


@dataclass(frozen=True)
class StopAfter:
    """The limit: either `rows` or `share` (of 1) is set."""

    rows: int | None = None
    share: float | None = None

    def reached(self, failed: int, tried: int) -> bool:
        """Whether so many failures reach the limit."""
        if self.rows is not None:
            return failed >= self.rows
        return self.share is not None and tried >= ENOUGH and failed >= self.share * tried


def stop_after(text: str | None) -> StopAfter | None:
    """Parse `25` or `5%`; None for None. Raises UsageError for anything else."""
    if text is None:
        return None
    found = FORM.fullmatch(text.strip())
    number = float(found[1] or found[2]) if found else 0.0
    if found is None or number <= 0 or (found[2] and number > 100):
        raise UsageError(
            f"--stop-after-errors {text[:40]} is neither a number nor a share.",
            remedy="Write a number of rows from 1 on, such as 25, or a share from above 0% to 100%, such as 5%.",
        )
    return StopAfter(rows=int(number)) if found[1] else StopAfter(share=number / 100)


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
