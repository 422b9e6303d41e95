"""What the ledger holds, and the steps it takes: values without input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class State(StrEnum):
    PENDING = "PENDING"
    SENDING = "SENDING"
    DONE = "DONE"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"
    REVIEW = "REVIEW"


class Source(NamedTuple):
    """Where a row comes from: account and stream are empty for a spreadsheet."""

    account: str
    stream: str
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one source record at the target. `hash` is that of the draft its `body` was made of.

    `sent_at` is when its call was about to go out, `doubted_at` when it was given up.
    """

    source: Source
    state: State
    action: str
    remote_id: str | None
    hash: str | None
    body: Mapping[str, Any]
    reason: str | None
    run_id: str
    line: int
    sent_at: datetime
    doubted_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """An entry's move to a new state at a time; a field that is None stays as it was."""

    source: Source
    state: State
    action: str | None = None
    remote_id: str | None = None
    hash: str | None = None
    body: str | None = None
    reason: str | None = None
    run_id: str | None = None
    line: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one row of a run's input. `changed` is a record as it was before the run changed it, as JSON."""

    run_id: str
    line: int
    source: Source
    outcome: str
    remote_id: str | None = None
    status: int | None = None
    message: str | None = None
    field: str | None = None
    suggestion: str | None = None
    changed: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """An entry to forget: its record was deleted at the target."""

    source: Source


Write = Step | Line | Gone


@dataclass(frozen=True, slots=True)
class Floor:
    """From where a run's writes are looked for: the server's time beside ours, and the highest id known before."""

    began_at: datetime
    server_date: datetime | None
    dated_at: datetime | None
    highest: int | None
