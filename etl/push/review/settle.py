"""`etl review`: list rows in review, or decide them, and report the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from etl.errors import UsageError
from etl.push.push import Setting
from etl.push.review.decisions import decide, decisions_from_options, open_rows, read_decisions
from etl.push.review.review import ReviewRow, in_review, open_review, read_candidates, write_sheet
from etl.state.entries import Decision
from etl.state.files import make_folder


@dataclass(frozen=True)
class ReviewRequest:
    """What is to be decided; if nothing, the rows are listed. `rows` are numbers counted from 1; none means all."""

    rows: Sequence[int] = ()
    accept: str | None = None
    new: bool = False
    skip: bool = False
    sheet: Path | None = None

    @property
    def decides(self) -> bool:
        return self.accept is not None or self.new or self.skip or self.sheet is not None

    @property
    def applies_to_all(self) -> bool:
        """Whether one decision applies to every row, without naming any."""
        return (self.new or self.skip) and not self.rows


@dataclass
class Reviewed:
    """The result: `rows` are still in review, with their candidates if they were listed; `settled` were sent since."""

    run_id: str
    destination: str
    rows: list[ReviewRow] = field(default_factory=list)
    settled: int = 0
    decisions: list[Decision] = field(default_factory=list)
    file: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        files = [str(self.file)] if self.file else []
        return {
            "command": "review",
            "reviewed": self.run_id,
            "status": "complete",
            "exit_code": 0,
            "destination": self.destination,
            "rows": [_as_dict(one) for one in self.rows],
            "settled": self.settled,
            "decided": [
                {"key": one.source.key, "choice": str(one.choice), "record": one.remote_id} for one in self.decisions
            ],
            "tables": {"review": {"rows": len(self.rows), "files": files}} if files else {},
        }


def _as_dict(one: ReviewRow) -> dict[str, Any]:
    return {
        "row": one.row,
        "account": one.source.account or None,
        "stream": one.source.stream or None,
        "key": one.source.key,
        "reason": one.line.message,
        "decision": one.decided,
        "says": one.said,
        "records": [
            {
                "id": candidate.record_id,
                "gone": candidate.gone,
                "fields": [asdict(compared) for compared in candidate.fields],
            }
            for candidate in one.candidates
        ],
    }


async def review(
    setting: Setting, run_id: str, asked: ReviewRequest, consent: Callable[[int], None] = lambda rows: None
) -> Reviewed:
    """List the rows of a run that are in review, and write a sheet of them, or store the decisions about them. The
    target's lock must be held. `consent` is called before one decision applies to several rows that were not named.

    Raises UsageError for an impossible decision, and what reading a record raises.
    """
    async with open_review(setting) as session:
        every = in_review(session.ledger, run_id)
        rows = [one for one in every if not one.settled and (not asked.rows or one.row in asked.rows)]
        done = Reviewed(run_id, setting.destination.name, rows, sum(one.settled is not None for one in every))
        if not asked.decides:
            _check_rows(asked.rows, every, run_id)
            done.rows = await read_candidates(session, rows)
            if rows:
                make_folder(setting.out)
                done.file = write_sheet(done.rows, run_id, setting.out)
            return done
        if asked.sheet is not None:
            if asked.accept is not None or asked.new or asked.skip or asked.rows:
                raise UsageError("A sheet says for each row what is decided: nothing else goes with it.")
            verdicts = read_decisions(asked.sheet, {one.row: one for one in every})
        else:
            verdicts = decisions_from_options(every, asked.rows, asked.accept, new=asked.new, skip=asked.skip)
        if asked.applies_to_all and len(verdicts) > 1:
            consent(len(verdicts))
        done.decisions = await decide(session, run_id, verdicts)
        done.rows = [one for one in open_rows(session, run_id).values() if one.decision is None]
        return done


def _check_rows(rows: Sequence[int], every: Sequence[ReviewRow], run_id: str) -> None:
    unknown = set(rows) - {one.row for one in every}
    if unknown:
        raise UsageError(f"Row {min(unknown)} of {run_id} is not in review.")
