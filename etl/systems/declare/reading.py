"""The vocabulary in which a system and what can be read from it are declared. Frozen, no I/O.

    System -+- auth      how a credential is sent
            +- limits    how many calls the vendor allows
            +- streams   what can be read:  path + paging + envelope + wire -> into (tables)
            +- targets   what can be written, declared with the classes of `writing`

Everything about one API is declared in one folder under `etl/systems/` with these classes, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from etl.systems.declare.credentials import Auth
from etl.systems.declare.limits import Cost, Limit
from etl.systems.declare.paging import DateWindows, NextUrl, Paging, WholeList, parameters_of, paths_of

if TYPE_CHECKING:
    import polars as pl

    from etl.systems.declare.fields import Children, Fields
    from etl.systems.declare.writing import Target

# -- what a record looks like on the wire ---------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """Any scalar, kept as its exact text."""


@dataclass(frozen=True)
class Integer:
    """An integer, sent as a number or as text, kept as its exact text whatever its size."""


@dataclass(frozen=True)
class Number:
    """A decimal number, sent as a number or as text."""


@dataclass(frozen=True)
class Boolean:
    """A boolean, sent as true/false, 1/0 or text."""


@dataclass(frozen=True)
class AnyJson:
    """Any JSON value, kept as JSON text. `shape` is the one the documents show: Python types in dicts and lists."""

    shape: Any = None


@dataclass(frozen=True)
class Object:
    """One nested object."""

    fields: Mapping[str, Wire]


@dataclass(frozen=True)
class Items:
    """A list of objects."""

    fields: Mapping[str, Wire]


@dataclass(frozen=True)
class Scalars:
    """A list of scalars, each kept as its exact text."""


Wire: TypeAlias = Text | Integer | Number | Boolean | AnyJson | Object | Items | Scalars

UNKNOWN = "_unknown"
"""The column, and the field of every nested object, that holds undeclared keys as a JSON object, or null."""

PARENT = "{parent}"
"""The id of the record for which a list is asked: in its path or a parameter, and as a field of each of its records."""

# -- how it is fetched ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Envelope:
    """Where the records are in a response, by dotted path. An empty `records` means the body itself."""

    records: str = ""
    count: str | None = None
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """An error read from a body. `kind` classifies it: `exists` is for what may be there already, `record` for a write
    that is refused with a 403 for what it is about: with these credentials others can be written. `message` is the
    vendor's own, for people."""

    kind: Literal["refused", "exists", "record", "credentials", "throttled", "unavailable"]
    message: str


@dataclass(frozen=True)
class Context:
    """The account settings that `into` gets beside the frame."""

    account: str
    system: str
    stream: str
    timezone: str
    country: str | None


Into: TypeAlias = "Callable[[pl.DataFrame, Context], dict[str, pl.DataFrame]]"


def by_fields(*_: Any) -> Any:
    """Stand for a function that follows from a table of fields, until `etl.systems.plain` puts that in its place."""
    raise NotImplementedError("what follows from a table of fields is made when its system is loaded")


@dataclass(frozen=True)
class Stream:
    """A list of records that can be read.

    Of plain records a table of `fields` is enough: `wire`, `key`, `into`, `tables` and `names` follow from it where
    they are not given. Of lists in a record `children` make rows of other tables, by the table's name. Without `get`, a
    path with `{id}`, single records cannot be read.

    With a `search` the list is asked for by POST, with that JSON: it changes nothing. Parameters, also of paging, are
    put into it; `page.after` is a field of its object `page`.

    With `for_each` the list is asked for once for each record of that stream of the system: `{parent}` is its id, in
    the path or a parameter, and a field of that name in every record. An id is that of one record, whatever its parent.

    `into` turns a frame in the wire schema (all scalars as text, plus `_unknown` and `extracted_at`) into tables.
    `names` maps, for each table, a column to the API's own name, for descriptions. `server_made` lists, for each table,
    the fields kept in `extra` that only the server writes. `nothing` is the status and message of an empty list. Each
    of its calls counts as `weight` calls.
    """

    name: str
    path: str
    wire: Mapping[str, Wire] = field(default_factory=dict)
    key: str = ""
    into: Into = by_fields
    tables: tuple[str, ...] = ()
    get: str = ""
    fields: Fields = field(default_factory=dict)
    children: Mapping[str, Children] = field(default_factory=dict)
    paging: Paging = field(default_factory=WholeList)
    envelope: Envelope = field(default_factory=Envelope)
    element: Envelope = field(default_factory=Envelope)
    parameters: Mapping[str, str] = field(default_factory=dict)
    search: Mapping[str, Any] | None = None
    for_each: str | None = None
    since: str | None = None
    find: str | None = None
    find_parameters: Mapping[str, str] = field(default_factory=dict)
    nothing: tuple[int, str] | None = None
    redirects: str | None = None
    by_default: bool = True
    weight: int = 1
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    server_made: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.since is not None and isinstance(self.paging, DateWindows):
            raise ValueError(f"stream {self.name}: since: windows of dates ask for everything, not for what changed.")
        if self.since is not None and self.for_each is not None:
            raise ValueError(f"stream {self.name}: since: of a new parent everything is asked, not what changed.")
        if self.search is not None and isinstance(self.paging, NextUrl):
            raise ValueError(f"stream {self.name}: search: a body is sent for each page, so it is in no address.")
        for where, path in paths_of(self.paging).items():
            if not self.envelope.records:
                raise ValueError(f"stream {self.name}: {where}: the body is the list itself, it has no {path!r}.")
            if path == self.envelope.records:
                raise ValueError(f"stream {self.name}: {where}: {path!r} are the records.")
        for where, name in parameters_of(self.paging).items():
            if name in self.parameters or name == self.since:
                raise ValueError(f"stream {self.name}: {where}: {name!r} is another parameter of the stream, too.")


# -- how often, and as whom -----------------------------------------------------------------------


@dataclass(frozen=True)
class System:
    """One API.

    `refusal` reads an error from a body, whatever its status; None means there is none. `options` are the keys of
    etl.toml that only this system has, with their defaults; `{key}` in a path or parameter is replaced by its value.
    One in a path whose default is empty must be said.
    `probe` is a stream with parameters that keep its answer small, for testing credentials; without a name, the first.
    `targets` is either the name of the module that holds them as TARGETS, imported on the first write, or the targets
    themselves; empty for a system that is only read. `at_once` is how many calls of an account may be under way, of all
    its processes. `unverified` are short sentences about what was taken from documents and not tried with a live
    server; `etl sources` shows them.
    """

    id: str
    title: str
    limits: tuple[Limit, ...]
    streams: tuple[Stream, ...]
    auth: tuple[Auth, ...] = ("bearer", "basic")
    refusal: Callable[[Any], Refusal | None] = lambda body: None
    probe: tuple[str, Mapping[str, str]] = ("", {})
    options: Mapping[str, str | int] = field(default_factory=dict)
    targets: str | tuple[Target, ...] = ()
    at_once: int | None = None
    unverified: tuple[str, ...] = ()

    @property
    def windows(self) -> dict[str, int]:
        """The declared limit of each window of the account, by its length in seconds, or `day`."""
        found: dict[str, int] = {}
        for limit in self.limits:
            if not limit.endpoint:
                found.setdefault(limit.window, limit.limit)
        return found

    @property
    def required(self) -> tuple[str, ...]:
        """The options that an account must say: paths are made of them, and they have no default."""
        paths = [path for stream in self.streams for path in (stream.path, stream.get, stream.find or "")]
        return tuple(
            name for name, usual in self.options.items() if usual == "" and any(f"{{{name}}}" in one for one in paths)
        )

    def cost(self, path: str, weight: int = 1) -> Cost:
        """Return what a call takes, by its declared path and weight."""
        return Cost(weight, path if any(limit.endpoint == path for limit in self.limits) else "")

    def stream(self, name: str) -> Stream:
        """Return the stream of that name. Raises KeyError where there is none."""
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(name)
