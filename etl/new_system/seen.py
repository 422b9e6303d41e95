"""What a document tells of a list of records, before anything is guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_FIELDS = 400
MOST_ROWS = 1000
DEEPEST = 6
"""How far objects in objects are looked into."""

TEXT, INTEGER, NUMBER, BOOLEAN, ANY = "Text", "Integer", "Number", "Boolean", "AnyJson"
"""The types of a field, as a declaration calls them."""


@dataclass
class SeenField:
    """A field of a record, by its path: its type, and the values that were seen, as texts. `filled` counts them."""

    kind: str
    values: list[str] = field(default_factory=list)
    filled: int = 0


@dataclass(frozen=True)
class SeenList:
    """A list in a record, and the names of the fields of its objects; none for a list of plain values."""

    name: str
    fields: tuple[str, ...]


@dataclass
class Seen:
    """A list of records. `records` is where they stand, `around` holds what stands beside them, by path, with a value
    or the name of its type; `rows` is how many were seen. `hint` is the path of an address of another page.

    Of a document that describes calls: `path`, `get` and where its record is, the parameters and headers of the list,
    how a credential is sent (as it is declared), where the API is, and the other lists that it has.
    """

    source: str
    records: str = ""
    rows: int = 0
    fields: dict[str, SeenField] = field(default_factory=dict)
    lists: list[SeenList] = field(default_factory=list)
    around: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    hint: str = ""
    path: str | None = None
    get: str = ""
    element: str = ""
    options: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    auth: tuple[str, ...] = ()
    base_url: str = ""
    others: tuple[str, ...] = ()

    @property
    def described(self) -> bool:
        """Whether calls are described, and not only a page of what one gives."""
        return self.path is not None


def look(records: Iterable[Mapping[str, Any]], into: Seen) -> None:
    """Note the fields of records: their types, and what they hold."""
    lists: dict[str, set[str]] = {}
    for record in records:
        into.rows += 1
        _fields(record, "", into, lists, 0)
    into.lists = [SeenList(name, tuple(sorted(fields))) for name, fields in lists.items()]
    for name in [*into.fields]:  # an object in one record and a value in another
        if any(other.startswith(f"{name}.") for other in into.fields):
            for inner in [other for other in into.fields if other.startswith(f"{name}.")]:
                del into.fields[inner]
            into.fields[name].kind = ANY


def _fields(record: Mapping[str, Any], before: str, into: Seen, lists: dict[str, set[str]], depth: int) -> None:
    for name, value in record.items():
        path = f"{before}{name}"
        if "." in name or "[" in name or not name.strip() or not name.isprintable():
            _leave_out(into, "a name that no path can have")
        elif isinstance(value, Mapping) and value and depth < DEEPEST:
            _fields(value, f"{path}.", into, lists, depth + 1)
        elif isinstance(value, list):
            inner = {key for one in value if isinstance(one, Mapping) for key in one}
            lists.setdefault(path, set()).update(inner)
        elif path in into.fields or len(into.fields) < MOST_FIELDS:
            note(into.fields, path, value)
        else:
            _leave_out(into, f"more than {MOST_FIELDS} fields")


def note(fields: dict[str, SeenField], path: str, value: Any) -> None:
    """Note a value of a field."""
    found = fields.setdefault(path, SeenField(""))
    if value is None or (isinstance(value, Mapping) and not value):
        return
    kind = kind_of(value)
    if not found.kind or {found.kind, kind} == {INTEGER, NUMBER}:
        found.kind = NUMBER if found.kind else kind
    elif found.kind != kind:
        found.kind = TEXT if ANY not in (found.kind, kind) else ANY
    found.filled += 1
    if kind != ANY and len(found.values) < MOST_ROWS:
        found.values.append(str(value))


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INTEGER
    if isinstance(value, float):
        return NUMBER
    return TEXT if isinstance(value, str) else ANY


def _leave_out(into: Seen, why: str) -> None:
    if why not in into.left_out:
        into.left_out.append(why)
