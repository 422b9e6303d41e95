"""The vocabulary in which writing to a system is declared. Frozen, without input or output of its own.

    Row --draft--> Draft (the wire body of a create) | problems, for the person who has to mend the row
    remote record + Draft --merge--> the whole body of an update

Everything about writing to one API stands in the folder of that API. A capability that an API lacks is None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Record: TypeAlias = Mapping[str, Any]
"""A record as JSON has it on the wire."""


Evidence: TypeAlias = Mapping[str, frozenset[str]]
"""Canonical values by their kind: `name`, `email`, `phone`, `address`; `name` and `figures` of a product."""


@dataclass(frozen=True)
class Row:
    """One row to push: its values by column of `contacts` or `products`, and its rows in the sibling tables.

    `system` is that of the account it came from, empty for a spreadsheet. `local` says that it goes back to that very
    account, so that ids which are local to an account may go along; `mapped` names the columns that a map filled for
    this very target.
    """

    values: Mapping[str, Any]
    children: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
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

    In an update the fields of `gives_way`, defaults all of them, do not replace what the remote record has. With
    `itself` the main person of the body is the contact itself: in an update that is the remote's main person.
    """

    body: Record
    filled: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    gives_way: tuple[str, ...] = ()
    itself: bool = False


@dataclass(frozen=True)
class Drafting:
    """What a draft may know beside its row: the reference to send, if any, and the account's `defaults`.

    `partial` drafts are merged into a record that is there: nothing is required of them, nothing is filled in, and
    their bodies hold what the row itself says. `present` are the columns that the user's file has, under the names of
    the table, where not all: what we read out of these is not the user's word on the others.
    """

    reference: str | None
    defaults: Mapping[str, Any]
    partial: bool = False
    present: frozenset[str] | None = None


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
    whole: Callable[[Record], Record] = lambda remote: remote
    """`record` with the lists that stand beside it: all that can change about it, under the names of a body."""
    unseen: frozenset[str] = frozenset()
    """Wire fields that reading one record back may not show: their absence there tells nothing."""
    advice: Mapping[str, str] = field(default_factory=dict)
    """What to do about a column that is left behind."""
    keeps: frozenset[str] = frozenset()
    """The columns, as `table.column`, that read back as they were, whatever system the row came from."""
    keeps_own: frozenset[str] = frozenset()
    """Those that do so for rows from a system of the same kind."""
    echoes: frozenset[str] = frozenset()
    """The actions (create, update, delete) whose answer, by the document, shows the whole record as it is then."""
    gone: Callable[[Record], bool] = lambda remote: False
    """Whether a record that can still be read counts as deleted."""
    fixed: frozenset[str] = frozenset()
    """Wire fields that cannot be changed after creation."""
    server_made: frozenset[str] = frozenset()
    """Wire fields, on any level, that the server writes by itself: a change there is nobody's edit."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Wire field, `list.field` for one of a list's objects, to the column that it is made of: of the target's table, or
    as `table.column` of another."""
    also: Mapping[str, str] = field(default_factory=dict)
    """Other columns of the target's table to the wire field that they are told in too."""
    clear: Mapping[str, Any] = field(default_factory=dict)
    """Wire field to the value that empties it, `list.field` as above; what is not in it cannot be emptied."""
    tells_of: Callable[[str, Record], bool] = lambda column, one: True
    """Whether an object of a list is the one that a column of the table tells of."""
    keyed: Mapping[str, str] = field(default_factory=dict)
    """Wire field that is a list of objects to the field that tells one of them from the others at the target."""
    additive: frozenset[str] = frozenset()
    """Those of the `keyed` lists to which an update adds, and from which it takes nothing away."""
    evidence: Callable[[Record], Evidence] = lambda record: {}
    """What tells whom, or what, a body or a remote record is about, by kind; see `etl.systems.shared.evidence`."""

    def fields(self, column: str) -> tuple[str, ...]:
        """The wire fields that a column of the target's table goes into."""
        found = [wire for wire, made_of in self.columns.items() if made_of == column]
        return (*found, *([self.also[column]] if column in self.also else []))
