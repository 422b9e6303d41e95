"""The vocabulary in which writing to a system is declared. Frozen, no I/O.

    Row --draft--> Draft (the wire body of a create) | problems, for the person who has to correct the row
    remote record + Draft --merge--> the whole body of an update

Everything about writing to one API is declared in the folder of that API. A capability that an API lacks is None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from etl.systems.declare.reading import by_fields

Record: TypeAlias = Mapping[str, Any]
"""A record as it is on the wire, parsed from JSON."""


Evidence: TypeAlias = Mapping[str, frozenset[str]]
"""Canonical values by kind: `name`, `email`, `phone`, `address`; for a product `name` and `figures`."""


@dataclass(frozen=True)
class Row:
    """One row to push: its values by column of `contacts` or `products`, and its rows in the sibling tables.

    `system` is that of the account it came from, empty for a spreadsheet. `local` is true for a row that returns to the
    account it came from, so that account-local ids can be sent. `mapped` are the columns that a map filled for this
    target.
    """

    values: Mapping[str, Any]
    children: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    system: str = ""
    local: bool = False
    mapped: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be sent, in words that a shop owner understands. `field` is a column of the row, `instead` are
    columns that would do as well."""

    field: str
    reason: str
    suggestion: str | None = None
    instead: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A body ready for the wire, the fields that were filled in, and the columns that the target cannot store.

    In an update the fields of `only_if_blank`, all of them defaults, do not replace a value of the remote record. With
    `main_is_contact` the main person of the body is the contact itself, and an update merges it into the remote's.
    """

    body: Record
    filled: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    only_if_blank: tuple[str, ...] = ()
    main_is_contact: bool = False


@dataclass(frozen=True)
class Drafting:
    """The context of a draft beside its row: the reference to send, if any, and the account's `defaults`.

    `partial` drafts are merged into an existing record: no field is required, nothing is filled in, and the body holds
    only what the row itself has. `present` are the columns of the user's file, by their names in the table, or None for
    all: columns that we derived from these are not the user's own values.
    """

    reference: str | None
    defaults: Mapping[str, Any]
    partial: bool = False
    present: frozenset[str] | None = None


@dataclass(frozen=True)
class Call:
    """One writing call. `{id}` in the path is the remote id; `form` sends form fields instead of JSON.

    With a `prefix`, a field is sent as `prefix[name]`. It may name an option (`{form_prefix}`), which may be empty. It
    counts as `weight` calls.
    """

    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    path: str
    form: bool = False
    prefix: str = ""
    weight: int = 1


@dataclass(frozen=True)
class Changed:
    """Reconcile unknown outcomes against the records that changed since the run's first write."""


@dataclass(frozen=True)
class Newer:
    """Reconcile unknown outcomes against the records with an id above the highest seen before the run."""

    parameter: str


@dataclass(frozen=True)
class Scan:
    """Reconcile unknown outcomes against the whole list."""


@dataclass(frozen=True)
class Never:
    """No list shows surely what was created: a create in doubt is never sent again, and a person decides."""


Lookup: TypeAlias = Changed | Newer | Scan | Never


@dataclass(frozen=True)
class Target:
    """A list of records that can be written. `stream` is the stream of the same system that reads it back.

    Where that has a table of fields, all that is not given follows from those of them that are writable.

    `draft` validates a row and builds its body. `merge` takes the remote record as read and a draft, and returns the
    whole body of an update: writable fields only, unknown ones echoed, fields that cannot be changed later left out.
    `reference` is the wire field that carries the ledger's key, None where the API has none. `same` decides whether a
    remote record is the one that a body created. `natural_key` is the key by which the API itself would merge two
    bodies: bodies with equal keys are sent one after another. `created` reads the new id from an answer's status,
    Location and body.
    """

    name: str
    stream: str
    create: Call
    table: Literal["contacts", "products"] = "contacts"
    update: Call | None = None
    delete: Call | None = None
    draft: Callable[[Row, Drafting], Draft | list[Problem]] = by_fields
    merge: Callable[[Record, Draft], Record] = by_fields
    same: Callable[[Record, Record], bool] = by_fields
    created: Callable[[int, str | None, Any], str | None] = by_fields
    who: Callable[[Record], tuple[str, ...]] = lambda body: ()
    """A key that is equal for any two records that `same` matches other than by reference: an index over many."""
    reference: str | None = None
    natural_key: Callable[[Record], str | None] = lambda body: None
    merges: bool = False
    """Whether the API itself merges bodies with an equal `natural_key` into one record."""
    lookup: Lookup = field(default_factory=Scan)
    children: tuple[str, ...] = ()
    record: Callable[[Record], Record] = lambda remote: remote
    """Unwrap a remote record: its fields by the names of a body, without their envelope."""
    wrap: Callable[[Record], Record] = lambda body: body
    """Make of a body what is sent, such as its fields in an object."""
    whole: Callable[[Record], Record] = lambda remote: remote
    """`record` with its sibling lists: everything about it that can change, by the names of a body."""
    unseen: frozenset[str] = frozenset()
    """Wire fields that reading one record back may not show: their absence there proves nothing."""
    advice: Mapping[str, str] = field(default_factory=dict)
    """What to do about a column that the target cannot store, by column."""
    sets_off: str = ""
    """What a create sets off beside the record, such as an e-mail to its person; told before the first call."""
    keeps: frozenset[str] = frozenset()
    """The columns, as `table.column`, that read back unchanged, whatever system the row came from."""
    keeps_own: frozenset[str] = frozenset()
    """The further columns that do so for rows from the same system."""
    echoes: frozenset[str] = frozenset()
    """The actions (create, update, delete) whose answer, by the document, holds the whole record as stored."""
    is_removed: Callable[[Record], bool] = lambda remote: False
    """Decide whether a record that can still be read counts as deleted."""
    fixed: frozenset[str] = frozenset()
    """Wire fields that cannot be changed after creation."""
    server_made: frozenset[str] = frozenset()
    """Wire fields, on any level, that only the server writes: a change there is nobody's edit."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Wire field, `list.field` for one of a list's objects, to the column that it is built from: a column of the
    target's table, or `table.column` of another."""
    secondary_columns: Mapping[str, str] = field(default_factory=dict)
    """Further columns of the target's table to the wire field that also carries them."""
    clear: Mapping[str, Any] = field(default_factory=dict)
    """Wire field, `list.field` as above, to the value that empties it; a field that is not listed cannot be emptied."""
    is_item_of: Callable[[str, Record], bool] = lambda column, item: True
    """Decide whether an object of a list is the one that a column of the table describes."""
    keyed: Mapping[str, str] = field(default_factory=dict)
    """Wire field that is a list of objects to the field that identifies one of them at the target."""
    additive: frozenset[str] = frozenset()
    """Those of the `keyed` lists that an update only adds to and never removes from."""
    evidence: Callable[[Record], Evidence] = lambda record: {}
    """Collect the values by which two records are recognised as the same; see `etl.systems.shared.evidence`."""

    def fields(self, column: str) -> tuple[str, ...]:
        """List the wire fields that carry a column of the target's table."""
        primary = [wire for wire, made_of in self.columns.items() if made_of == column]
        secondary = [self.secondary_columns[column]] if column in self.secondary_columns else []
        return (*primary, *secondary)
