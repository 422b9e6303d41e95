"""The ledger's entries, lines and steps, as values without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import orjson


class EntryState(StrEnum):
    PENDING = "PENDING"
    SENDING = "SENDING"
    DONE = "DONE"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"
    REVIEW = "REVIEW"


class Cause(StrEnum):
    """Why an outcome is in doubt, where that decides what it means if the record proves absent."""

    REFUSED = "REFUSED"
    """The server refused, perhaps because the record exists already: if absent, the row is rejected."""
    MISDIRECTED = "MISDIRECTED"
    """The answer showed another record: if absent, the row goes to review."""
    UNPROVEN = "UNPROVEN"
    """The server reported success and showed nothing of it: if absent repeatedly, the row is rejected."""


class FormKind(StrEnum):
    """How a target changes a value that it stores."""

    CASE = "case"
    """Changes its case."""
    MARKS = "marks"
    """Removes or replaces its separators: `1337 XD`, `1337XD`."""
    DIGITS = "digits"
    """Keeps only its digits."""
    CUT = "cut"
    """Truncates it."""
    DROPPED = "dropped"
    """Discards it."""


class Form(NamedTuple):
    """A way in which a target spells a field; `length` is how many characters a truncated value keeps."""

    kind: FormKind
    length: int = 0


ERASED = "erased:"
"""Begins the key of a row whose person was erased; a keyed hash follows."""


class Source(NamedTuple):
    """The origin of a row: account and stream are empty for a spreadsheet."""

    account: str
    stream: str
    key: str

    @property
    def is_erased(self) -> bool:
        """Whether its person was erased."""
        return self.key.startswith(ERASED)


class Fields:
    """A JSON object as the ledger stores it, parsed on first use."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    @cached_property
    def value(self) -> dict[str, Any]:
        return dict(orjson.loads(self.text)) if self.text else {}

    def __bool__(self) -> bool:
        return self.text is not None


class LedgerEntry(NamedTuple):
    """The state of one source record at the target.

    `action`, `hash`, `body` and `meant` are the intent of the newest call: the operation, the hash of the row, the body
    that was sent, and the row's values in the target's fields. `draft` holds the row's values when it was last done,
    and `base` the record as it was seen then. `sent_at` is when the call was about to be sent, `doubted_at` when its
    outcome came into doubt.
    """

    source: Source
    state: EntryState
    action: str
    remote_id: str | None
    hash: str | None
    body: Fields
    reason: str | None
    run_id: str
    line: int
    sent_at: datetime
    doubted_at: datetime
    meant: Fields
    draft: Fields
    base: Fields
    cause: Cause | None

    @property
    def open(self) -> bool:
        """Whether the outcome of its call is still in doubt."""
        return self.state in (EntryState.UNKNOWN, EntryState.SENDING)

    @property
    def said(self) -> Fields:
        """The row's values, in the target's fields, when it was last done."""
        return self.draft if self.draft or self.action != "create" or self.state is not EntryState.DONE else self.body


class Step(NamedTuple):
    """A transition of an entry to a new state. A field that is None stays as it was, except `reason` and `cause`.

    An empty `hash` clears the stored one: the next push then compares the row again.
    """

    source: Source
    state: EntryState
    action: str | None = None
    remote_id: str | None = None
    hash: str | None = None
    body: str | None = None
    reason: str | None = None
    run_id: str | None = None
    line: int | None = None
    at: datetime | None = None
    meant: str | None = None
    draft: str | None = None
    base: str | None = None
    cause: Cause | None = None


class Line(NamedTuple):
    """The outcome of one row of a run's input.

    `before` is the record before the run changed it, `after` the record as it was seen afterwards, `former` the row's
    values when it was last done; all three as JSON. A line in review also keeps the row's values in the target's fields
    (`said`, JSON too) and, where there are several, the records that it may be about: `candidates`.
    """

    run_id: str
    line: int
    source: Source
    outcome: str
    remote_id: str | None = None
    status: int | None = None
    message: str | None = None
    field: str | None = None
    suggestion: str | None = None
    before: str | None = None
    after: str | None = None
    former: str | None = None
    said: str | None = None
    candidates: tuple[str, ...] = ()

    @property
    def records(self) -> tuple[str, ...]:
        """The records that the row may be about."""
        return self.candidates or ((self.remote_id,) if self.remote_id else ())


@dataclass(frozen=True, slots=True)
class Gone:
    """An entry to remove: its record was deleted at the target."""

    source: Source


Write = Step | Line | Gone


class Choice(StrEnum):
    """What a person decided about a row in review."""

    ACCEPT = "accept"
    NEW = "new"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's decision about a row: it owns the record `remote_id`, or it is new, or it is to be left out."""

    source: Source
    choice: Choice
    remote_id: str | None = None


@dataclass(frozen=True, slots=True)
class Floor:
    """Lower bounds of a search for a run's writes: the server's time beside ours, and the highest id before the run."""

    began_at: datetime
    server_date: datetime | None
    dated_at: datetime | None
    highest: int | None


def as_mapping(fields: Fields | Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the object, whether it is parsed already or not."""
    return fields.value if isinstance(fields, Fields) else fields or {}
