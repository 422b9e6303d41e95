"""List or decide rows in review, as a call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from etl.config.settings import Settings
from etl.library.accounts import settings_of
from etl.library.arguments import Count, checked
from etl.library.run_to_end import finish
from etl.push.earlier_runs import destination_of_run
from etl.push.push import Setting, held
from etl.push.review.settle import ReviewRequest, review
from etl.runs.stop import Stop


@checked
def review_rows(
    settings: Settings | Path | str,
    run_id: str,
    out: Path | str = "out",
    *,
    rows: Sequence[Count] = (),
    accept: str | None = None,
    new: bool = False,
    skip: bool = False,
    sheet: Path | str | None = None,
    wait: bool = False,
    stop: Stop | None = None,
) -> dict[str, Any]:
    """List the rows that a push left in review, each with the records it may match, and write a sheet of them to `out`.

    With one of `accept` (a record's id), `new` and `skip`, or an edited `sheet`, the rows are decided instead: `rows`
    by their numbers from 1, or all of them; the next push acts on it. There is no confirmation: the call is the
    decision. Raises UsageError for an invalid run or decision, TryLater while a push is under way, and what reading a
    record raises.
    """
    loaded = settings_of(settings)
    destination = destination_of_run(loaded, run_id)
    asked = ReviewRequest(tuple(rows), accept, new, skip, None if sheet is None else Path(sheet))
    with held(loaded, destination):
        setting = Setting(loaded, destination, Path(out), wait=wait)
        return finish(review(setting, run_id, asked), stop).as_dict()
