"""What the ledger holds, and the steps it takes: values without input or output."""

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
    """Why an outcome is in doubt, where that decides what its absence means."""

    REFUSED = "REFUSED"
    """The server refused, perhaps because it is there already: absent, it is rejected."""
    MISDIRECTED = "MISDIRECTED"
    """The answer showed another record: absent, it is for people to decide."""
    UNPROVEN = "UNPROVEN"
    """The server said that it did it, and showed nothing of it: absent time and again, it is rejected."""


class Spelt(StrEnum):
    """What a target does to a value that it was given."""

    CASE = "case"
    """Writes it in other capitals."""
    MARKS = "marks"
    """Writes it without its separators, or with other ones: `1337 XD`, `1337XD`."""
    DIGITS = "digits"
    """Keeps its digits alone."""
    CUT = "cut"
    """Keeps its first characters."""
    DROPPED = "dropped"
    """Keeps nothing of it."""


class Form(NamedTuple):
    """A way in which a target spells a field; `length` is how many characters are left of one that is cut."""

    spelt: Spelt
    length: int = 0


class Source(NamedTuple):
    """Where a row comes from: account and stream are empty for a spreadsheet."""

    account: str
    stream: str
    key: str


class Fields:
    """A JSON object as the ledger keeps it, read when it is needed."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    @cached_property
    def value(self) -> dict[str, Any]:
        return dict(orjson.loads(self.text)) if self.text else {}

    def __bool__(self) -> bool:
        return self.text is not None


class LedgerEntry(NamedTuple):
    """What is known of one source record at the target.

    `action`, `hash`, `body` and `meant` are the intent of the newest call: what was to be done, the hash of the row it
    was made of, the body that went out, and what the row says in the target's words. `draft` is what the row said when
    it was last done, and `base` the record as it was seen then. `sent_at` is when the call was about to go out,
    `doubted_at` when it was given up.
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
        """Whether nobody knows yet what came of its call."""
        return self.state in (EntryState.UNKNOWN, EntryState.SENDING)

    @property
    def said(self) -> Fields:
        """What the row said when it was last done."""
        return self.draft if self.draft or self.action != "create" or self.state is not EntryState.DONE else self.body


class Step(NamedTuple):
    """An entry's move to a new state at a time; a field that is None stays as it was, but `reason` and `cause`.

    An empty `hash` says that no row is known to stand there: the next push compares.
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
    """What came of one row of a run's input.

    `before` is the record as it was before the run changed it and `after` as it was seen afterwards, `former` what the
    row had said until then; all three as JSON. A line for review keeps what the row says in the target's words
    (`said`, JSON too), and the records that it may be about where these are several: `candidates`.
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
    """An entry to forget: its record was deleted at the target."""

    source: Source


Write = Step | Line | Gone


class Choice(StrEnum):
    """What a person decided about a row in review."""

    ACCEPT = "accept"
    NEW = "new"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word about a row: the record `remote_id` is its own, or it is a new one, or it is to be left out."""

    source: Source
    choice: Choice
    remote_id: str | None = None


@dataclass(frozen=True, slots=True)
class Floor:
    """From where a run's writes are looked for: the server's time beside ours, and the highest id known before."""

    began_at: datetime
    server_date: datetime | None
    dated_at: datetime | None
    highest: int | None


def as_mapping(fields: Fields | Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The object itself, however it is held."""
    return fields.value if isinstance(fields, Fields) else fields or {}
