"""Build the `extra` column: source fields without a column, and originals that a column could not take, as JSON."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.systems.declare import AnyJson, Boolean, Integer, Number, Wire

JSON_LITERAL = r"^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false)$"


def pack(fields: Mapping[str, Wire], *, under: Mapping[str, str] | None = None) -> pl.Expr:
    """Pack the non-blank ones of these wire columns into a JSON object, or null where all are blank.

    Numbers and booleans stay numbers and booleans. `under` gives a column's name in the JSON where it differs.
    """
    pieces = [_piece(name, (under or {}).get(name, name), wire) for name, wire in fields.items()]
    return _object(pieces)


def merge(*objects: pl.Expr | pl.Series) -> pl.Expr:
    """Merge several JSON objects into one; nulls and empty ones are skipped."""
    texts = [pl.lit(one) if isinstance(one, pl.Series) else one for one in objects]
    return _object([text.replace("{}", None).str.slice(1).str.head(-1) for text in texts])


def merged(*objects: pl.Series) -> pl.Series:
    """Apply `merge` to columns that are mostly null."""
    nothing = pl.repeat(None, len(objects[0]), dtype=pl.String, eager=True)
    rows = pl.select(pl.any_horizontal(one.is_not_null() for one in objects)).to_series().arg_true()
    if len(rows) == 0:
        return nothing
    return nothing.scatter(rows, pl.select(merge(*(one.gather(rows) for one in objects))).to_series())


def packed(frame: pl.DataFrame, fields: Mapping[str, Wire], where: pl.Expr) -> pl.Series:
    """Apply `pack` to the rows where a condition holds; the others are null."""
    nothing = pl.repeat(None, len(frame), dtype=pl.String, eager=True)
    rows = frame.select(where.fill_null(False)).to_series().arg_true()
    return nothing.scatter(rows, frame[rows].select(pack(fields)).to_series()) if len(rows) else nothing


def _object(pieces: list[pl.Expr]) -> pl.Expr:
    inside = pl.concat_str(pieces, separator=",", ignore_nulls=True)
    # Used once: polars evaluates an expression that occurs in two places twice.
    return pl.concat_str(pl.lit("{"), inside, pl.lit("}")).replace("{}", None)


def _piece(column: str, name: str, wire: Wire) -> pl.Expr:
    value = pl.col(column)
    quoted = pl.struct(value.alias(name)).struct.json_encode().str.slice(1).str.head(-1)
    bare = pl.concat_str(pl.lit(f'"{name}":'), value)
    match wire:
        case AnyJson():
            text, blank = bare, value.is_null()
        case Integer() | Number() | Boolean():
            text, blank = (
                pl.when(value.str.contains(JSON_LITERAL)).then(bare).otherwise(quoted),
                value.str.strip_chars() == "",
            )
        case _:
            text, blank = quoted, value.str.strip_chars() == ""
    return pl.when(value.is_not_null() & ~blank).then(text)
