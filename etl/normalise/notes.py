"""Collect notes about rows: flags, suggestions, and originals that no column could take.

Notes are rare, so they are collected by row number and turned into columns once, at the end; until then the flags of a
row are bits. That keeps notes nearly free for the many rows without any.
"""

from __future__ import annotations

import json

import polars as pl

_MOST_FLAGS = 63


class Notes:
    """Collects notes about the rows of one frame; `columns` returns them as columns."""

    def __init__(self, height: int) -> None:
        self.height = height
        self._bits: dict[str, int] = {}
        self._flags = pl.repeat(0, height, dtype=pl.Int64, eager=True)
        self._originals = pl.Series("originals", [None], dtype=pl.String).new_from_index(0, height)
        self._suggestions = pl.Series("suggestions", [None], dtype=pl.String).new_from_index(0, height)

    def flag(self, name: str, rows: pl.Series) -> None:
        """Flag rows, given as row numbers or as a Boolean of full height."""
        rows = _numbers(rows)
        if len(rows) == 0:
            return
        bit = 1 << self._bits.setdefault(name, len(self._bits))
        assert len(self._bits) <= _MOST_FLAGS, "more kinds of flags than one integer has bits"
        self._flags = self._flags.scatter(rows, self._flags.gather(rows) | bit)

    def flag_lists(self, lists: pl.Series, *, prefix: str = "", of: pl.Series | None = None) -> None:
        """Add lists of flags, as the address splitter returns them: one per row, or per row number in `of`."""
        places = (lists.list.len() > 0).fill_null(False).arg_true()
        if len(places) == 0:
            return
        rows = places if of is None else of.gather(places)
        long = pl.DataFrame({"row": rows, "flag": lists.gather(places)}).explode("flag")
        for (flag,), part in long.group_by("flag", maintain_order=True):
            self.flag(f"{prefix}{flag}", part["row"].unique())

    def keep(self, own_name: str, original: pl.Series, rows: pl.Series) -> None:
        """Keep the source's text of these rows under the source's own name for the column."""
        self._originals = _with_pairs(self._originals, own_name, original, _numbers(rows))

    def suggest(self, field: str, proposal: pl.Series, rows: pl.Series) -> None:
        """Suggest values (a column of full height) for these rows. The first suggestion for a field is kept."""
        rows = _numbers(rows)
        if len(rows) == 0:
            return
        made = self._suggestions.gather(rows).str.contains(f"{_json(field)}: ", literal=True).fill_null(False)
        self._suggestions = _with_pairs(self._suggestions, field, proposal, rows.filter(~made))

    def columns(self) -> pl.DataFrame:
        """Return `issues` (list, never null, each flag once), `suggestions` and `originals` (JSON objects or null)."""
        return pl.DataFrame([self._issues(), _objects(self._suggestions), _objects(self._originals)])

    def _issues(self) -> pl.Series:
        distinct = self._flags.unique().sort()
        order = sorted(self._bits.items())
        lists = pl.Series(
            "issues",
            [[name for name, bit in order if value >> bit & 1] for value in distinct],
            dtype=pl.List(pl.String),
        )
        if len(distinct) == 1:
            return lists.new_from_index(0, self.height)
        places = self._flags.replace_strict(distinct, pl.int_range(len(distinct), dtype=pl.UInt32, eager=True))
        return lists.gather(places)


def _numbers(rows: pl.Series) -> pl.Series:
    if rows.dtype != pl.Boolean:
        return rows
    return rows.arg_true() if rows.any() else pl.Series(dtype=pl.UInt32)


def _objects(pairs: pl.Series) -> pl.Series:
    rows = pairs.is_not_null().arg_true()
    return pairs.scatter(rows, "{" + pairs.gather(rows) + "}") if len(rows) else pairs


def _with_pairs(pairs: pl.Series, key: str, values: pl.Series, rows: pl.Series) -> pl.Series:
    """Append a pair to JSON objects (without their braces) in these rows."""
    if len(rows) == 0:
        return pairs
    text = values.gather(rows).cast(pl.String)
    rows, text = rows.filter(text.is_not_null()), text.drop_nulls()
    before = pairs.gather(rows)
    pair = f"{_json(key)}: " + _quoted(text)
    return pairs.scatter(rows, pair.zip_with(before.is_null(), before + ", " + pair))


def _quoted(text: pl.Series) -> pl.Series:
    awkward = text.str.contains(r'["\\\x00-\x1f\x7f]')
    plain = '"' + text + '"'
    if not awkward.any():
        return plain
    # A struct of one field encodes to {"f":"…"}, from which the JSON string is cut.
    encoded = text.to_frame("f").select(pl.struct("f").struct.json_encode().str.slice(5).str.strip_suffix("}"))
    return plain.zip_with(~awkward, encoded.to_series())


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
