"""The vocabulary in which a system is declared, and read. Frozen, without input or output of its own.

    System -+- auth      how a credential is sent
            +- limits    how many calls the vendor allows
            +- streams   what can be read:  path + pages + envelope + wire -> into (tables)
            +- targets   what can be written, in the words of `writing`

Everything about one API stands in one folder under `etl/systems/`, in these words, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import polars as pl

    from etl.systems.declare.writing import Target

# -- what a record looks like on the wire ---------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """Any scalar; its exact text is kept."""


@dataclass(frozen=True)
class Integer:
    """A whole number, as a number or as text. Its exact text is kept, whatever its size."""


@dataclass(frozen=True)
class Number:
    """A decimal number, as a number or as text."""


@dataclass(frozen=True)
class Boolean:
    """true or false, also as 1/0 or as text."""


@dataclass(frozen=True)
class AnyJson:
    """Any JSON at all, kept as JSON text. `shape` is the one seen in the documents: Python types in dicts and lists."""

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
"""The column (and the field of every nested object) that holds undeclared keys, as a JSON object, or null."""

# -- how it is fetched ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Envelope:
    """What stands around the records of a response. An empty `records` means: the body itself."""

    records: str = ""
    count: str | None = None
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class WholeList:
    """Everything comes in one response."""


@dataclass(frozen=True)
class NextOffset:
    """The envelope names the next offset, or null at the end."""

    parameter: str
    pointer: str


@dataclass(frozen=True)
class IdAfter:
    """The next page begins after the highest id seen; whether that bound is inclusive does not matter.

    The end is a page without a new id.
    """

    parameter: str


Paging: TypeAlias = WholeList | NextOffset | IdAfter


@dataclass(frozen=True)
class Refusal:
    """An error found in a body. `kind` says what it amounts to, `message` is the vendor's, for people."""

    kind: Literal["refused", "credentials", "throttled", "unavailable"]
    message: str


@dataclass(frozen=True)
class Context:
    """What `into` may know beside the frame."""

    account: str
    system: str
    stream: str
    timezone: str
    country: str | None


Into: TypeAlias = "Callable[[pl.DataFrame, Context], dict[str, pl.DataFrame]]"


@dataclass(frozen=True)
class Stream:
    """A list of records that can be read.

    `into` turns a frame in the wire schema (all scalars as text, plus `_unknown` and `extracted_at`) into tables.
    `names` gives, for each table, the API's own name of a column, for descriptions; `server_made` the fields that come
    along in the table's `extra` and that the server writes by itself.
    """

    name: str
    path: str
    wire: Mapping[str, Wire]
    key: str
    into: Into
    tables: tuple[str, ...]
    get: str
    paging: Paging = field(default_factory=WholeList)
    envelope: Envelope = field(default_factory=Envelope)
    element: Envelope = field(default_factory=Envelope)
    parameters: Mapping[str, str] = field(default_factory=dict)
    since: str | None = None
    find: str | None = None
    find_parameters: Mapping[str, str] = field(default_factory=dict)
    nothing: tuple[int, str] | None = None
    redirects: str | None = None
    by_default: bool = True
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    server_made: Mapping[str, frozenset[str]] = field(default_factory=dict)


# -- how often, and as whom -----------------------------------------------------------------------


@dataclass(frozen=True)
class MovingWindow:
    """At most `limit` calls in any `seconds` seconds."""

    limit: int
    seconds: float
    headers: str | None = None


@dataclass(frozen=True)
class Daily:
    """At most `limit` calls from midnight to midnight in the account's zone."""

    limit: int
    headers: str | None = None


Limit: TypeAlias = MovingWindow | Daily


@dataclass(frozen=True)
class System:
    """One API.

    `refusal` reads an error out of a body that arrived with any status; None means there is none. `options` are
    the keys of etl.toml that only this system knows, with their defaults; `{key}` in a path or parameter names one.
    `probe` is a stream with parameters that make its answer small, for trying credentials. `targets` is what can be
    written: the module that holds it as TARGETS, imported when something is to be written, or the targets themselves;
    nothing for a system that is only read.
    """

    id: str
    title: str
    auth: tuple[Literal["basic", "bearer"], ...]
    limits: tuple[Limit, ...]
    streams: tuple[Stream, ...]
    refusal: Callable[[Any], Refusal | None]
    probe: tuple[str, Mapping[str, str]]
    options: Mapping[str, str | int] = field(default_factory=dict)
    targets: str | tuple[Target, ...] = ()

    def limit(self, window: str) -> int | None:
        """The declared limit of a window as etl.toml names it: per_minute or per_day."""
        for limit in self.limits:
            if isinstance(limit, Daily) == (window == "per_day"):
                return limit.limit
        return None

    def stream(self, name: str) -> Stream:
        """The stream of that name; KeyError where there is none."""
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(name)
