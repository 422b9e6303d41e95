"""Report the result of a run: the JSON object that every command ends with, and `runs/<run_id>.json`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from etl.errors import BudgetSpent, EtlError, InputOutputError, ProtocolBroken, TryLater
from etl.http.client import Calls
from etl.state.journal import text
from etl.tables import Built


@dataclass
class RunReport(ABC):
    """The common part of all reports. `stopped` is the exit code of a signal that ended the run."""

    command: str
    run_id: str
    calls: dict[str, Calls] = field(default_factory=dict, kw_only=True)
    seconds: float = field(default=0.0, kw_only=True)
    stopped: int | None = field(default=None, kw_only=True)

    @property
    @abstractmethod
    def errors(self) -> Sequence[EtlError]:
        """The errors, apart from those of single rows."""

    @property
    @abstractmethod
    def exit_code(self) -> int: ...

    @property
    @abstractmethod
    def status(self) -> str:
        """complete, partial, parked or failed."""

    @property
    def resume_at(self) -> datetime | None:
        """When all of it can go on, if waiting helps."""
        times = [error.resume_at for error in self.errors if isinstance(error, TryLater) and error.resume_at]
        return max(times, default=None)

    def as_dict(self) -> dict[str, Any]:
        """The summary, with its keys in this order."""
        return {
            "run_id": self.run_id,
            "command": self.command,
            "status": self.status,
            "exit_code": self.exit_code,
            "accounts": self._accounts(),
            "tables": self._tables(),
            **self._counts(),
            "calls": {
                name: sum(getattr(calls, name) for calls in self.calls.values())
                for name in ("sent", "retried", "limited", "over_fetched")
            },
            **self._outcomes(),
            "resume_at": text(self.resume_at),
            "seconds": round(self.seconds, 3),
            "error": "; ".join(dict.fromkeys(str(error) for error in self.errors)) or None,
        }

    def preview(self) -> Mapping[str, Any]:
        """What is shown besides the summary, and not stored."""
        return {}

    @abstractmethod
    def _accounts(self) -> Mapping[str, Any]: ...

    @abstractmethod
    def _tables(self) -> Mapping[str, Any]: ...

    @abstractmethod
    def _counts(self) -> Mapping[str, int]:
        """Rows received, written, dropped as duplicates, rejected."""

    @abstractmethod
    def _outcomes(self) -> Mapping[str, Any]:
        """The outcomes of rows that were written to a target."""


@dataclass
class StreamReport:
    """One stream of one account: the result, or the error."""

    account: str
    stream: str
    built: Built | None = None
    error: EtlError | None = None

    async def record(self, work: Awaitable[Built]) -> None:
        """Store the result of building it, or its error. Even a bug of ours does not affect the other streams."""
        try:
            self.built = await work
        except EtlError as error:
            self.error = error
        except OSError as error:
            reason = error.strerror or "an input/output error"
            self.error = InputOutputError(f"{self.account}.{self.stream}: {reason}.")
        except Exception as error:
            self.error = EtlError.bug(error)

    @property
    def status(self) -> str:
        """complete, parked, failed, or unfinished if the run was stopped."""
        if self.built is not None:
            return "complete"
        if self.error is None:
            return "unfinished"
        return "parked" if isinstance(self.error, BudgetSpent) else "failed"

    def as_dict(self) -> Mapping[str, Any]:
        if self.built is None:
            told = {"status": self.status, "error": str(self.error) if self.error else None}
            rejects = self.error.rejects if isinstance(self.error, ProtocolBroken) else None
            return {**told, **({"rejects": str(rejects)} if rejects else {})}
        built = self.built
        counts = {
            "received": built.received,
            "written": built.written,
            "duplicates": built.duplicates,
            "rejected": built.rejected,
            "vanished": built.vanished,
        }
        if built.erased or built.returned:
            counts |= {"erased": built.erased, "returned": built.returned}
        changes = built.changes and {
            "new": built.changes.new,
            "changed": built.changes.changed,
            "vanished": len(built.changes.vanished),
        }
        return {**counts, "changes": changes, "tables": built.tables, "notes": built.notes}


@dataclass
class TablesReport(RunReport):
    """The report of an export or a replay: `status` and `exit_code` follow from its streams."""

    streams: list[StreamReport] = field(default_factory=list)

    @property
    def errors(self) -> list[EtlError]:
        return [stream.error for stream in self.streams if stream.error is not None]

    @property
    def built(self) -> list[Built]:
        return [stream.built for stream in self.streams if stream.built]

    @property
    def returned(self) -> dict[str, int]:
        """By stream, in how many records its source gave people again who were erased."""
        return {
            f"{stream.account}.{stream.stream}": stream.built.returned
            for stream in self.streams
            if stream.built and stream.built.returned
        }

    @property
    def rejected(self) -> int:
        return sum(built.rejected for built in self.built)

    @property
    def exit_code(self) -> int:
        """The most severe one: errors that waiting does not help, then those it does, then rejected rows."""
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
        return "partial" if self.built else "failed"

    def _accounts(self) -> Mapping[str, Any]:
        accounts: dict[str, Any] = {}
        for stream in self.streams:
            entry = accounts.setdefault(stream.account, {"status": "complete", "streams": {}})
            entry["streams"][stream.stream] = stream.as_dict()
            if stream.built is None:
                entry["status"] = stream.status
        return accounts

    def _tables(self) -> Mapping[str, Any]:
        tables: dict[str, dict[str, Any]] = {}
        for built in self.built:
            for table, rows in built.tables.items():
                entry = tables.setdefault(table, {"rows": 0, "files": []})
                entry["rows"] += rows
                entry["files"] += built.files[table]
        return tables

    def _counts(self) -> Mapping[str, int]:
        counted = ("received", "written", "duplicates", "rejected")
        erased = sum(built.erased for built in self.built)
        counts = {name: sum(getattr(built, name) for built in self.built) for name in counted}
        return {**counts, **({"erased": erased} if erased else {})}

    def _outcomes(self) -> Mapping[str, Any]:
        return {"outcomes": None}
