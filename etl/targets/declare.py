"""The vocabulary in which writing to a system is declared. Frozen, without input or output of its own.

    Row --draft--> Draft (the wire body of a create) | problems, for the person who has to mend the row
    remote record + Draft --merge--> the whole body of an update

Everything about writing to one API stands in one file beside this one. A capability that an API lacks is None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Record: TypeAlias = Mapping[str, Any]
"""A record as JSON has it on the wire."""


@dataclass(frozen=True)
class Row:
    """One row to push: its values by column of `contacts` or `products`, and its rows in the sibling tables.

    `key` is the source id by its exact text. `account` names where the row came from, and `system` what that is;
    both are empty for a spreadsheet. `local` says that it goes back to the account it came from, so that ids which
    are local to an account may go along; `mapped` names the columns that the user filled for this very target.
    """

    key: str
    values: Mapping[str, Any]
    children: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    account: str = ""
    system: str = ""
    local: bool = False
    mapped: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Problem:
    """Why a row cannot go, in words that the owner of a shop understands. `field` is a column of the row."""

    field: str
    reason: str
    suggestion: str | None = None


@dataclass(frozen=True)
class Draft:
    """A body ready for the wire, what of it was filled in, and which columns the target has no place for.

    In an update the fields of `gives_way`, defaults all of them, do not replace what the remote record has.
    """

    body: Record
    filled: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    gives_way: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drafting:
    """What a draft may know beside its row: the reference to send, if any, and the account's `defaults`.

    `partial` drafts are merged into a record that is there: nothing is required of them.
    """

    reference: str | None
    defaults: Mapping[str, Any]
    partial: bool = False


@dataclass(frozen=True)
class Call:
    """One writing call. `{id}` in the path is the remote id; `form` sends form fields instead of JSON.

    With a `prefix`, which may name an option (`{form_prefix}`) and then may be empty, a field goes as `prefix[name]`.
    """

    method: Literal["POST", "PUT", "DELETE"]
    path: str
    form: bool = False
    prefix: str = ""


@dataclass(frozen=True)
class Changed:
    """Unknown outcomes are found in the list of what changed since the run's first write."""


@dataclass(frozen=True)
class Newer:
    """Unknown outcomes are found among the records with an id above the highest that was known before the run."""

    parameter: str


@dataclass(frozen=True)
class Scan:
    """Unknown outcomes are found by reading the whole list."""


Look: TypeAlias = Changed | Newer | Scan


@dataclass(frozen=True)
class Target:
    """A list of records that can be written. `stream` names the stream of the same system that reads it back.

    `draft` validates a row and makes its body. `merge` takes the remote record as read and a draft, and gives the
    whole body of an update: writable fields only, unknown ones echoed, fields that are read-only afterwards left
    out. `reference` is the wire field that carries the ledger's key, None where the API has none. `same` tells
    whether a remote record is the one a body made. `natural` is what the API itself would merge two bodies by:
    bodies with an equal one are sent one after another. `created` reads the new id from status, Location and body.
    """

    name: str
    stream: str
    table: Literal["contacts", "products"]
    create: Call
    update: Call | None
    delete: Call | None
    draft: Callable[[Row, Drafting], Draft | list[Problem]]
    merge: Callable[[Record, Draft], Record]
    same: Callable[[Record, Record], bool]
    created: Callable[[int, str | None, Any], str | None]
    who: Callable[[Record], tuple[str, ...]] = lambda body: ()
    """Equal for any two of which `same` is true, references left aside: what many are told apart by quickly."""
    reference: str | None = None
    natural: Callable[[Record], str | None] = lambda body: None
    merges: bool = False
    """Whether the API itself makes one record of bodies with an equal `natural`."""
    look: Look = field(default_factory=Scan)
    children: tuple[str, ...] = ()
    record: Callable[[Record], Record] = lambda remote: remote
    """The fields of a remote record under the names that a body has, without what stands around them."""
    unseen: frozenset[str] = frozenset()
    """Wire fields that reading one record back may not show: their absence there tells nothing."""
    holds: frozenset[str] = frozenset()
    """The columns, as `table.column`, that the target has a place for; others are reported before the first call."""
    advice: Mapping[str, str] = field(default_factory=dict)
    """What to do about a column that is left behind."""
    keeps: frozenset[str] = frozenset()
    """Those of them that read back as they were, whatever system the row came from."""
    keeps_own: frozenset[str] = frozenset()
    """Those that do so for rows from a system of the same kind."""
