"""What a run came to, as the JSON object that every command ends with, and as `runs/<run_id>.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from etl.build import Built
from etl.errors import BudgetSpent, EtlError, TryLater
from etl.http.client import Calls
from etl.state.journal import text

KEPT = "The other results are whole."


@dataclass
class StreamReport:
    """One stream of one account: what was built, or what went wrong."""

    account: str
    stream: str
    built: Built | None = None
    error: EtlError | None = None


@dataclass
class Report:
    """One run. `status` and `exit_code` follow from the streams, and from `stopped` where a signal ended it."""

    command: str
    run_id: str
    streams: list[StreamReport] = field(default_factory=list)
    calls: dict[str, Calls] = field(default_factory=dict)
    seconds: float = 0.0
    stopped: int | None = None

    @property
    def errors(self) -> list[EtlError]:
        return [stream.error for stream in self.streams if stream.error is not None]

    @property
    def rejected(self) -> int:
        return sum(stream.built.rejected for stream in self.streams if stream.built)

    @property
    def exit_code(self) -> int:
        """Errors that waiting does not help come first, then those it does, then rejected rows."""
        if self.stopped is not None:
            return self.stopped
        errors = sorted(self.errors, key=lambda error: error.waiting_helps)
        if errors:
            return errors[0].exit_code
        return 65 if self.rejected else 0

    @property
    def status(self) -> str:
        errors = self.errors
        if self.stopped is None and not errors:
            return "complete"
        if self.stopped is None and all(isinstance(error, BudgetSpent) for error in errors):
            return "parked"
        return "partial" if any(stream.built for stream in self.streams) else "failed"

    @property
    def resume_at(self) -> datetime | None:
        times = [error.resume_at for error in self.errors if isinstance(error, TryLater) and error.resume_at]
        return max(times, default=None)

    def as_dict(self) -> dict[str, Any]:
        built = [stream.built for stream in self.streams if stream.built]
        tables: dict[str, dict[str, Any]] = {}
        for one in built:
            for table, rows in one.tables.items():
                entry = tables.setdefault(table, {"rows": 0, "files": []})
                entry["rows"] += rows
                entry["files"] += one.files[table]
        return {
            "run_id": self.run_id,
            "command": self.command,
            "status": self.status,
            "exit_code": self.exit_code,
            "accounts": self._accounts(),
            "tables": tables,
            "received": sum(one.received for one in built),
            "written": sum(one.written for one in built),
            "duplicates": sum(one.duplicates for one in built),
            "rejected": self.rejected,
            "calls": {
                name: sum(getattr(calls, name) for calls in self.calls.values())
                for name in ("sent", "retried", "limited", "over_fetched")
            },
            "outcomes": None,
            "resume_at": text(self.resume_at),
            "seconds": round(self.seconds, 3),
            "error": "; ".join(dict.fromkeys(str(error) for error in self.errors)) or None,
        }

    def _accounts(self) -> dict[str, Any]:
        accounts: dict[str, Any] = {}
        for stream in self.streams:
            entry = accounts.setdefault(stream.account, {"status": "complete", "streams": {}})
            entry["streams"][stream.stream] = one_stream(stream)
            if stream.built is None:
                entry["status"] = state_of(stream)
        return accounts


def state_of(stream: StreamReport) -> str:
    """complete, parked, failed, or unfinished where the run was stopped."""
    if stream.built is not None:
        return "complete"
    if stream.error is None:
        return "unfinished"
    return "parked" if isinstance(stream.error, BudgetSpent) else "failed"


def one_stream(stream: StreamReport) -> Mapping[str, Any]:
    if stream.built is None:
        return {"status": state_of(stream), "error": str(stream.error) if stream.error else None}
    built = stream.built
    counts = {
        "received": built.received,
        "written": built.written,
        "duplicates": built.duplicates,
        "rejected": built.rejected,
        "vanished": built.vanished,
    }
    changes = built.changes and {
        "new": built.changes.new,
        "changed": built.changes.changed,
        "vanished": len(built.changes.vanished),
    }
    return {**counts, "changes": changes, "tables": built.tables}
