"""Resubmit rows that people had in their hands: rejects of an earlier push, tables of ours that a spreadsheet saved.

A cell that nobody touched has its original value again, whatever the spreadsheet made of it. What was touched, and what
does not look like a value of ours, is read as in a user's own table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from etl.config.settings import Account
from etl.normalise.own_table import normalise_own
from etl.push.input.originals import (
    LINE,
    PARTS,
    Damaged,
    Origin,
    Originals,
    is_summed,
    mark_column,
    originals_file,
    read_originals,
)
from etl.push.input.spreadsheet import is_untouched
from etl.push.input.told_rows import ERROR, FIELD, FLAGS, with_told

ADDED = ("reason", "field", "suggestion")
"""Columns of a rejects file, beside its marks: it may be pushed again as it is."""
SCALARS = ("phone", "mobile", "country_code", "province_code", "postcode", "email", "vat_number", "coc_number")
SPLIT = ("street", "house_number", "house_number_postfix", "box", "address_extra")
PLACED = ("address_line", *SPLIT)
PHONES = ("phone", "mobile")
E164 = r"^\+[1-9][0-9]{6,14}$"
LOOKS_READ = {
    "phone": E164, "mobile": E164, "country_code": "^[A-Z]{2}$", "province_code": "^[A-Z]{2}-[A-Z0-9]{1,3}$",
    "postcode": "^[0-9]{4}(?:[A-Z]{2})?$", "email": "^[^@;, ]+@[^@;, ]+$", "vat_number": "^[A-Z]{2}[0-9A-Z]+$",
    "coc_number": "^(?:[0-9]{8}|[0-9]{10})$",
}  # fmt: skip
NO_PHONE = "{} is not a phone number that can be read."
NOT_KEPT = (
    "What run {} set aside is not kept here any more: what a spreadsheet changed in its rows cannot be put back, and "
    "is read as in a table of your own."
)
DAMAGED = (
    "What run {} set aside cannot be read: {} is damaged. What a spreadsheet changed in its rows cannot be put back, "
    "and is read as in a table of your own. Put that file back from a backup, and push again."
)
_ROW = "_row"


@dataclass(frozen=True)
class Resubmitted:
    """`own` is the table as it came, without what the rejects added, untouched cells with their original value.

    `touched` says which cells were not as they were written; where nothing tells it is None, and `fields` are those
    that were rejected. `origin` are the files that the rows came from; what of it is not known is in `doubtful`.
    """

    own: pl.DataFrame
    touched: pl.DataFrame | None = None
    fields: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    origin: Origin = field(default_factory=lambda: Origin((), {}, None))
    doubtful: bool = False
    notes: Sequence[str] = ()


def resubmitted(table: pl.DataFrame, path: Path, state: Path) -> Resubmitted | None:
    """Recognise the rejects of an earlier push, by their marks or by their columns; None for any other table."""
    marks = mark_column(table)
    own = table.drop(ADDED, strict=False)
    if marks is None:
        if not set(ADDED) <= set(table.columns):
            return None
        return Resubmitted(own, fields=table["field"].cast(pl.String), origin=Origin(inputs_of(path), {}, None))
    own = own.drop(marks)
    parts = table[marks].cast(pl.String).str.extract_groups(PARTS).struct.unnest()
    runs = parts["run"].drop_nulls().unique(maintain_order=True).to_list()
    kept, notes = _kept(runs, state)
    restored, touched = _restored(own, parts, kept)
    return Resubmitted(
        restored,
        touched,
        origin=_origin([one.origin for one in kept.values()], path),
        doubtful=bool(notes),
        notes=notes,
    )


def _kept(runs: Sequence[str], state: Path) -> tuple[dict[str, Originals], list[str]]:
    """Read what these runs set aside, and say what of it is gone or damaged."""
    kept, notes = dict[str, Originals](), list[str]()
    for run in runs:
        try:
            found = read_originals(state, run)
        except Damaged:
            notes.append(DAMAGED.format(run, originals_file(state, run)))
            continue
        if found is None:
            notes.append(NOT_KEPT.format(run))
        else:
            kept[run] = found
    return kept, notes


def _origin(origins: Sequence[Origin], path: Path) -> Origin:
    """Join the origins of the rows in one file; of none it is what its run's summary says."""
    inputs = list(dict.fromkeys(file for one in origins for file in one.inputs)) or inputs_of(path)
    children = {name: file for one in origins for name, file in one.children.items()}
    noted = [one.beside for one in origins if one.beside is not None]
    whole = origins and len(noted) == len(origins)
    return Origin(inputs, children, {file: name for one in noted for file, name in one.items()} if whole else None)


def _restored(
    own: pl.DataFrame, parts: pl.DataFrame, kept: Mapping[str, Originals]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put the originals back into untouched cells, and tell which cells were touched."""
    rows = [one.rows.with_columns(pl.lit(run).alias("run")) for run, one in kept.items()]
    named = parts.select("run", pl.col("line").cast(pl.Int64).alias(LINE))
    if rows:
        originals = pl.concat(rows, how="diagonal_relaxed").unique(["run", LINE], keep="first")
        found = named.join(originals, on=["run", LINE], how="left", maintain_order="left")
        known = named.join(
            originals.select("run", LINE, _row=True), on=["run", LINE], how="left", maintain_order="left"
        )
        is_known = known[_ROW].fill_null(False)
    else:
        found, is_known = named, pl.repeat(False, own.height, dtype=pl.Boolean, eager=True)
    made, touched = [], []
    for name in own.columns:
        cells = own[name].cast(pl.String)
        if name not in found.columns:
            made.append(own[name])
            touched.append((cells.is_not_null() & ~is_summed(cells, parts["sums"])).alias(name))
            continue
        pair = pl.DataFrame({"cell": cells, "was": found[name].cast(pl.String)})
        same = pair.select(is_untouched(pl.col("cell"), pl.col("was"))).to_series() & is_known
        made.append(pair["was"].zip_with(same, cells).alias(name))
        touched.append((~same & (is_known | ~is_summed(cells, parts["sums"]))).alias(name))
    return pl.DataFrame(made), pl.DataFrame(touched)


def proved(frame: pl.DataFrame, touched: pl.DataFrame | None, relined: pl.Series, account: Account) -> pl.DataFrame:
    """Read the cells of contacts that were touched, or may have been, and do not look as ours do: `+31612345678` stays,
    `06-12345678` becomes it, and a row with a phone that cannot be read gets an error. The lines of `relined` rows are
    split again."""
    names = [name for name in SCALARS if name in frame.columns]
    texts = frame.with_columns(pl.col(name).cast(pl.String).str.strip_chars() for name in names)
    doubts = pl.DataFrame({_ROW: relined, **{name: _doubtful(texts[name], touched) for name in names}})
    rows = doubts.select(pl.any_horizontal(pl.all())).to_series().arg_true()
    if not len(rows):
        return frame
    some, doubts = texts[rows], doubts[rows]
    read, unread = _read(some, doubts, account)
    made = {name: pl.coalesce(read[name], some[name]) for name in names if name not in PHONES}
    values = {name: _select(one).zip_with(doubts[name], some[name]) for name, one in made.items()}
    phones = _phones(doubts) & ~unread
    values |= {name: read[name].zip_with(phones, _column(some, name)) for name in PHONES}
    if relined.any():
        values |= {
            name: read[name].cast(pl.String).zip_with(doubts[_ROW], _column(some, name))
            for name in PLACED
            if name in read.columns
        }
    told = pl.DataFrame(values).with_columns(*_errors(some, read, unread), rows.alias(_ROW))
    texts = texts.with_columns(
        _column(texts, name).scatter(rows, told[name].cast(pl.String)).alias(name) for name in values
    )
    return with_told(texts.with_columns(_indexes(texts)), told, _ROW).drop(_ROW)


def _doubtful(cells: pl.Series, touched: pl.DataFrame | None) -> pl.Series:
    odd = ~cells.str.contains(LOOKS_READ[cells.name]).fill_null(True)
    return odd if touched is None or cells.name not in touched.columns else odd & touched[cells.name]


def _read(some: pl.DataFrame, doubts: pl.DataFrame, account: Account) -> tuple[pl.DataFrame, pl.Series]:
    """Normalise the rows; a phone that cannot be read is tried with the plus that a spreadsheet takes off. Returns
    them, and which have a phone that cannot be read all the same."""
    names = [name for name in (*SCALARS, "address_line") if name in some.columns]
    given = some.select(pl.col(name).cast(pl.String) for name in names)
    read = normalise_own(given, country=account.country, timezone=account.timezone)
    failed = read["issues"].list.contains("phone.invalid") & _phones(doubts)
    if not failed.any():
        return read, failed
    there = [name for name in PHONES if name in names]
    plus = given.with_columns(pl.col(there).str.replace("^([1-9][0-9]{7,14})$", "+$1"))
    again = normalise_own(plus, country=account.country, timezone=account.timezone)
    unread = failed & again["issues"].list.contains("phone.invalid")
    mended = failed & ~unread
    return read.with_columns(again[name].zip_with(mended, read[name]) for name in (*PHONES, "issues")), unread


def _phones(doubts: pl.DataFrame) -> pl.Series:
    return _select(
        pl.any_horizontal(pl.lit(False), *(doubts[name] for name in PHONES if name in doubts.columns)), doubts
    )


def _errors(some: pl.DataFrame, read: pl.DataFrame, unread: pl.Series) -> list[pl.Series]:
    """Return the errors of rows with a phone that cannot be read, their columns, and the flags of the other rows."""
    originals = read["originals"].cast(pl.String)
    texts = {name: originals.str.json_path_match(f"$.{name}") for name in PHONES}
    error = _select(pl.coalesce(pl.format(NO_PHONE, text) for text in texts.values()), some)
    field_ = _select(pl.coalesce(pl.when(text.is_not_null()).then(pl.lit(name)) for name, text in texts.items()), some)
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, some.height)
    flags = read["issues"].list.eval(pl.element().filter(~pl.element().str.starts_with("address.")))
    return [
        error.zip_with(unread, nothing).alias(ERROR),
        field_.zip_with(unread, nothing).alias(FIELD),
        flags.alias(FLAGS),
    ]


def _column(frame: pl.DataFrame, name: str) -> pl.Series:
    if name in frame.columns:
        return frame[name].cast(pl.String)
    return pl.Series(name, [None], dtype=pl.String).new_from_index(0, frame.height)


def _indexes(frame: pl.DataFrame) -> pl.Series:
    return pl.int_range(frame.height, dtype=pl.UInt32, eager=True).alias(_ROW)


def _select(expression: pl.Expr, frame: pl.DataFrame | None = None) -> pl.Series:
    return (frame.select(expression.alias(_ROW)) if frame is not None else pl.select(expression)).to_series()


def inputs_of(rejects: Path) -> list[Path]:
    """List the input files of the run that wrote these rejects, from its summary."""
    summary = rejects.parent.parent / "runs" / f"{rejects.stem}.json"
    try:
        report = json.loads(summary.read_text("utf-8"))
        return [Path(one) for one in report.get("inputs", ())] if rejects.parent.name == "rejects" else []
    except (OSError, ValueError, AttributeError, TypeError):
        return []
