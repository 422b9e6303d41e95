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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import UsageError
from etl.records import fields
from etl.regular_file import NotUsable, read_regular
from etl.tables.synonyms import KNOWN

STEPS = ("column", "text", "first", "value", "strip", "lower", "upper", "values", "default")
LARGEST = 1 << 20
"""The largest map, in bytes."""
PLACE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Mapped:
    """The frame with our columns only, and `names`, the source columns of each. `used` are all source columns,
    `ignore` those that the map leaves out."""

    frame: pl.DataFrame
    names: Mapping[str, str]
    used: frozenset[str]
    ignore: Sequence[str] = ()


def map_columns(own: pl.DataFrame, path: Path) -> Mapped:
    """Apply a map. Raises UsageError, naming the key, for an invalid map, or one that names a missing column."""
    columns, ignore = _read(path)
    ours = set(fields("contacts")) | set(fields("products")) | set(KNOWN)
    expressions, names, used = [], {}, set[str]()
    for name, raw in columns.items():
        where = f"{path}: columns.{name}"
        if name not in ours:
            above = "Write it above [columns]." if name == "ignore" else None
            raise UsageError(f"{where} is no column of ours.", remedy=above or _nearest(name, ours))
        given = _as_steps(raw, where)
        expressions.append(_expression(given, own, where).alias(name))
        if made_of := _made_of(given):
            names[name] = ", ".join(made_of)
            used.update(made_of)
    made = own.with_columns(expressions).select(list(columns))  # a selection of constants alone would be one row
    return Mapped(made, names, frozenset(used), ignore)


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
