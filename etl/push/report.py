"""The report of a push: the JSON object that every command ends with, and `runs/<run_id>.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from etl.budget import Forecast
from etl.errors import BudgetSpent, EtlError
from etl.runs.report import RunReport
from etl.state.journal import text

OUTCOMES = (
    "created", "merged", "updated", "unchanged", "deleted", "rejected", "skipped", "review", "unknown", "pending",
)  # fmt: skip
SUCH_AS = 20
"""The most rows named as examples."""
DONE = ("created", "merged", "updated", "unchanged", "deleted")
"""in = done + rejected + skipped + review + unknown + pending; the next run settles unknown rows."""


@dataclass(frozen=True)
class Sample:
    """A row as it would be sent: `claim` says why the record is taken to belong to it."""

    row: int
    key: str
    action: str
    remote_id: str | None
    claim: str
    body: Mapping[str, Any]


@dataclass
class PushReport(RunReport):
    """One run at a target. `lost` counts, by column, the rows with a value that the target cannot store, with the first
    of them as `examples`; `filled` counts, by wire field, the rows in which a default was filled in because the target
    requires it; `doubtful` counts, by flag, the rows that are sent although a value of theirs is invalid or doubtful;
    `lookalikes` counts the rows that look like another row under another key; `skipped` and `review` count
    rows by the reason why they were left out or need a person's decision. `changes` are the first that a dry run found
    (row, key, and what would change), `samples` the first bodies. `keys` are the numbers of the rows with
    another spelling of a known key: `set_aside`, or `repaired`.
    """

    destination: str
    outcomes: dict[str, int] = field(default_factory=dict)
    files: dict[str, list[Path]] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[int]] = field(default_factory=dict)
    lookalikes: int = 0
    doubtful: Counter[str] = field(default_factory=Counter)
    keys: Mapping[str, Sequence[int]] = field(default_factory=dict)
    inputs: list[Path] = field(default_factory=list)
    left_out: Mapping[str, Any] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    review: dict[str, int] = field(default_factory=dict)
    changes: list[tuple[int, str, str]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    error: EtlError | None = None
    dry_run: bool = False
    forecast: Forecast | None = None

    @property
    def errors(self) -> list[EtlError]:
        return [] if self.error is None else [self.error]

    @property
    def received(self) -> int:
        return sum(self.outcomes.values())

    def count(self, *names: str) -> int:
        return sum(self.outcomes.get(name, 0) for name in names)

    @property
    def exit_code(self) -> int:
        """The code of, in this order: a signal, an error, rows that need another run, rows that were set aside."""
        if self.stopped is not None:
            return self.stopped
        if self.error is not None:
            return self.error.exit_code
        if self.count("unknown", "pending") and not self.dry_run:
            return 75
        aside = ("rejected", "review", *(("skipped",) if self.command == "undo" else ()))
        return 65 if self.count(*aside) else 0

    @property
    def status(self) -> str:
        if self.stopped is None and isinstance(self.error, BudgetSpent):
            return "parked"
        if self.exit_code in (0, 65):
            return "complete"
        return "partial" if self.count(*DONE) else "failed"

    def _accounts(self) -> Mapping[str, Any]:
        entry = {"status": self.status, "error": str(self.error) if self.error else None}
        account, _, stream = self.destination.partition(".")
        return {account: {"status": self.status, "streams": {stream: entry}}}

    def _counts(self) -> Mapping[str, int]:
        written = 0 if self.dry_run else self.count(*DONE)
        return {
            "received": self.received,
            "written": written,
            "duplicates": 0,
            "rejected": self.count("rejected"),
        }

    def _outcomes(self) -> Mapping[str, Any]:
        return {
            "outcomes": {name: self.outcomes.get(name, 0) for name in OUTCOMES},
            "lost": self.lost,
            "filled": self.filled,
            "examples": self.examples,
            "alike": self.lookalikes,
            "doubtful": self.doubtful,
            "review": self.review,
            "keys": {name: {"rows": len(rows), "such_as": list(rows[:SUCH_AS])} for name, rows in self.keys.items()},
            **self.left_out,
            "inputs": [str(path.absolute()) for path in self.inputs],
            "dry_run": self.dry_run,
            "forecast": self._forecast(),
        }

    def preview(self) -> dict[str, Any]:
        """Return what only a dry run shows and nothing stores: the first bodies, and the first changes."""
        if not self.dry_run or self.command == "verify":
            return {}
        changes = [{"row": row, "key": key, "change": change} for row, key, change in self.changes]
        return {"samples": [asdict(one) for one in self.samples], "changes": changes}

    def _forecast(self) -> Mapping[str, Any] | None:
        if self.forecast is None:
            return None
        found = self.forecast
        finishes_at = text(found.finishes_at)
        return {
            "calls": found.calls,
            "minutes": round(found.minutes, 2),
            "days": found.days,
            "finishes_at": finishes_at,
        }

    def _tables(self) -> Mapping[str, Any]:
        rows = {"results": self.received, "rejects": self.count("rejected", "review")}
        return {
            name: {"rows": rows[name], "files": [str(path) for path in paths]}
            for name, paths in self.files.items()
            if paths
        }
