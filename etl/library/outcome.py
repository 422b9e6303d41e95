"""Turn a report into the result of a call: its summary, or the error of its exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from etl.errors import BudgetSpent, EtlError, RowsRejected, TryLater
from etl.library.run_to_end import stopped
from etl.runs.report import RunReport


def settle(report: RunReport) -> dict[str, Any]:
    """The summary of a run that ended with 0. Otherwise raises the error that decided its exit code: first those that
    waiting does not help, a spent budget last, with the time at which all of it can continue."""
    summary = {**report.as_dict(), **report.preview()}
    if report.stopped is not None:
        raise _with(stopped(), summary)
    if report.errors:
        decisive = min(report.errors, key=lambda error: (error.waiting_helps, isinstance(error, BudgetSpent)))
        if isinstance(decisive, TryLater):
            decisive.resume_at = report.resume_at
        raise _with(decisive, summary)
    if report.exit_code == RowsRejected.exit_code:
        raise _with(RowsRejected(_counts(summary), remedy="The rest went through."), summary)
    if report.exit_code:
        raise _with(TryLater(_counts(summary), remedy="Make the same call again."), summary)
    return summary


def summary_of(error: EtlError) -> dict[str, Any]:
    """The summary of the run that ended with this error; empty if it had not begun."""
    return error.summary


def _with(error: EtlError, summary: Mapping[str, Any]) -> EtlError:
    error.summary = dict(summary)
    return error


def _counts(summary: Mapping[str, Any]) -> str:
    outcomes = summary.get("outcomes") or {"rejected": summary["rejected"]}
    parts = [
        f"{outcomes[name]:,} {words}"
        for name, words in (
            ("rejected", "were set aside"),
            ("review", "are to be looked at by a person"),
            ("unknown", "have an outcome that is not known yet"),
            ("pending", "were not sent yet"),
        )
        if outcomes.get(name)
    ]
    return f"Of {summary['received']:,} records {', '.join(parts)} (run {summary['run_id']})."
