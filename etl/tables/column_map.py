"""map.toml: maps the columns of a user's table to ours, in a language too small to do harm.

    ignore = ["Notes"]                               columns to leave out on purpose; "*" for all the rest

    [columns]
    last_name   = "Achternaam"                       a column
    country     = { value = "NL" }                   a constant
    name        = "{Voornaam} {Achternaam}"          a text with columns in it; blank where all of them are
    postcode    = { column = "Postcode", upper = true }
    kind        = { column = "Soort", values = { K = "customer", L = "supplier" }, default = "customer" }
    phone       = { first = ["Tel. zakelijk", "Tel. privé"] }

Steps apply in this order: column, text or first; `strip` (a regular expression to remove); `lower`, `upper`; `values`
(a value that is not listed stays, or becomes `default`); `default` for an empty value.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import UsageError
from etl.records import fields
from etl.regular_file import NotUsable, read_regular
from etl.tables.headers import plain
from etl.tables.known_columns import KNOWN, OURS

ALL = "*"
STEPS = ("column", "text", "first", "value", "strip", "lower", "upper", "values", "default")
LARGEST = 1 << 20
"""The largest map, in bytes."""
PLACE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Ignored:
    """The columns that `--ignore` and the map leave out, and which of the two says so."""

    names: Sequence[str]
    said_by: str = "--ignore"

    @property
    def rest(self) -> bool:
        """Whether all unknown columns are left out."""
        return ALL in self.names

    def among(self, columns: Iterable[str]) -> list[str]:
        named = {plain(name) for name in self.names}
        return [name for name in columns if plain(name) in named]

    def check(self, columns: Collection[str]) -> None:
        """Raise UsageError for a name that no column has."""
        there = {plain(name) for name in columns}
        for name in self.names:
            if name != ALL and plain(name) not in there:
                near = difflib.get_close_matches(name, columns, 1)
                raise UsageError(
                    f"{self.said_by} {name}: there is no such column.",
                    remedy=f"Did you mean {near[0]}?" if near else f"There are {', '.join(list(columns)[:40])}.",
                )


@dataclass(frozen=True)
class Mapped:
    """The frame with our columns only, and the source columns of each that has any. `used` are all source columns,
    `ignore` those that the map leaves out."""

    frame: pl.DataFrame
    made_of: Mapping[str, Sequence[str]]
    used: frozenset[str]
    ignore: Sequence[str] = ()
    said: dict[str, str] = field(default_factory=dict)
    """The text that the map itself puts into a column: its constant, or what stands for a blank."""

    @property
    def names(self) -> dict[str, str]:
        """The source columns of each of our columns, as told to a person."""
        return {ours: ", ".join(names) for ours, names in self.made_of.items()}


def map_columns(own: pl.DataFrame, path: Path) -> Mapped:
    """Apply a map. Raises UsageError, naming the key, for an invalid map, or one that names a missing column."""
    columns, ignore = _read(path)
    ours = set(fields("contacts")) | set(fields("products")) | set(KNOWN)
    expressions, sources, used, said = [], {}, set[str](), {}
    for name, raw in columns.items():
        where = f"{path}: columns.{name}"
        if name not in ours:
            above = "Write it above [columns]." if name == "ignore" else None
            raise UsageError(f"{where} is no column of ours.", remedy=above or _nearest(name, ours))
        given = _as_steps(raw, where)
        expressions.append(_expression(given, own, where).alias(name))
        if text := given.get("value", given.get("default")):
            said[name] = str(text)
        if made_of := _made_of(given):
            sources[name] = made_of
            used.update(made_of)
    made = own.with_columns(expressions).select(list(columns))  # a selection of constants alone would be one row
    return Mapped(made, sources, frozenset(used), ignore, said)


def with_map(own: pl.DataFrame, path: Path) -> tuple[pl.DataFrame, list[str], dict[str, str]]:
    """Return a table with the columns of the map, each in the place of the first that it is made of, and all that the
    map does not name, as they came; what to tell; and what the map itself says. Raises what `map_columns` does."""
    mapped = map_columns(own, path)
    ignored = Ignored(mapped.ignore, f"{path}: ignore")
    ignored.check(own.columns)
    kept = [name for name in own.columns if name not in mapped.used]
    left = kept if ignored.rest else ignored.among(kept)
    kept = [name for name in kept if name not in left]
    names = {name: f"{name} (own)" for name in kept if plain(name) in {*KNOWN, *OURS}}
    place = {ours: own.columns.index(of[0]) for ours, of in mapped.made_of.items()}
    place |= {names.get(name, name): own.columns.index(name) for name in kept}
    table = pl.concat([mapped.frame, own.select(kept).rename(names)], how="horizontal")
    order = sorted(table.columns, key=lambda name: place.get(name, own.width))
    notes = [f"{path.name} leaves out: {', '.join(left)}."] if left else []
    notes += [f"{path.name} does not read {name}: it stays as {now}." for name, now in names.items()]
    return table.select(order), notes, mapped.said


def _read(path: Path) -> tuple[Mapping[str, Any], list[str]]:
    try:
        raw = tomllib.loads(read_regular(path, LARGEST).decode("utf-8"))
    except FileNotFoundError:
        raise UsageError(f"There is no {path}.") from None
    except NotUsable as unfit:
        raise UsageError(f"{path} is no map: it is {unfit.reason}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is no map that can be read: {error}.") from None
    columns, ignore = raw.pop("columns", None), raw.pop("ignore", [])
    if not isinstance(columns, dict) or not columns or raw:
        raise UsageError(f"{path} must hold one table [columns], above it an ignore, and nothing else.")
    if not isinstance(ignore, list) or not all(isinstance(name, str) for name in ignore):
        raise UsageError(f'{path}: ignore must be a list of columns, such as ["Notes"].')
    return columns, ignore


def _as_steps(raw: Any, where: str) -> dict[str, Any]:
    if isinstance(raw, str):
        return {"text": raw} if PLACE.search(raw) else {"column": raw}
    if not isinstance(raw, dict) or not raw:
        raise UsageError(f"{where} must be the name of a column, a text with {{columns}}, or a table.")
    for step in raw:
        if step not in STEPS:
            raise UsageError(f"{where}.{step} is not known.", remedy=_nearest(step, STEPS))
    if len({"column", "text", "first", "value"} & raw.keys()) != 1:
        raise UsageError(f"{where} needs one of column, text, first and value.")
    return raw


def _made_of(given: Mapping[str, Any]) -> list[str]:
    """List the source columns of a column."""
    if "column" in given:
        return [given["column"]]
    return PLACE.findall(given["text"]) if "text" in given else list(given.get("first", ()))


def _expression(given: Mapping[str, Any], own: pl.DataFrame, where: str) -> pl.Expr:
    made = _origin(given, own, where)
    if "strip" in given:
        try:
            re.compile(given["strip"])
            made = made.str.replace_all(given["strip"], "")
        except (re.error, TypeError):
            raise UsageError(f"{where}.strip is no regular expression.") from None
    made = made.str.strip_chars()
    made = made.str.to_lowercase() if given.get("lower") else made
    made = made.str.to_uppercase() if given.get("upper") else made
    if "values" in given:
        table = {str(key): str(value) for key, value in given["values"].items()}
        made = made.replace_strict(table, default=given.get("default", made), return_dtype=pl.String)
    made = pl.when(made != "").then(made)
    return made.fill_null(str(given["default"])) if "default" in given else made


def _origin(given: Mapping[str, Any], own: pl.DataFrame, where: str) -> pl.Expr:
    if "value" in given:
        return pl.lit(str(given["value"]))
    if "column" in given:
        return _column(given["column"], own, where)
    if "first" in given:
        return pl.coalesce(_column(name, own, where) for name in given["first"])
    pieces = PLACE.split(given["text"])
    named = [_column(name, own, where) for name in pieces[1::2]]
    parts = [named[at // 2].fill_null("") if at % 2 else pl.lit(piece) for at, piece in enumerate(pieces)]
    return pl.when(pl.any_horizontal(column.is_not_null() for column in named)).then(pl.concat_str(parts))


def _column(name: Any, own: pl.DataFrame, where: str) -> pl.Expr:
    if name not in own.columns:
        raise UsageError(f"{where}: the table has no column {name!r}.", remedy=_nearest(str(name), own.columns))
    return pl.col(name).cast(pl.String)


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), 1, 0.5)
    return f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(known)[:40])}."
