"""What is said about rows beside their values: flags, suggestions, and originals that found no column.

Notes are rare, so they are gathered as row numbers and laid out once, at the end; the flags of a row are bits
until then. Both are what keeps remarks nearly free for the many rows without any.
"""

from __future__ import annotations

import json

import polars as pl

_MOST_FLAGS = 63


class Notes:
    """Collects remarks on the rows of one frame; `columns` lays them out beside it."""

    def __init__(self, height: int) -> None:
        self.height = height
        self._bits: dict[str, int] = {}
        self._flags = pl.repeat(0, height, dtype=pl.Int64, eager=True)
        self._originals = pl.Series("originals", [None], dtype=pl.String).new_from_index(0, height)
        self._suggestions = pl.Series("suggestions", [None], dtype=pl.String).new_from_index(0, height)

    def flag(self, name: str, rows: pl.Series) -> None:
        """Marks rows, given as numbers or as a Boolean of full height."""
        rows = _numbers(rows)
        if len(rows) == 0:
            return
        bit = 1 << self._bits.setdefault(name, len(self._bits))
        assert len(self._bits) <= _MOST_FLAGS, "more kinds of flags than one integer has bits"
        self._flags = self._flags.scatter(rows, self._flags.gather(rows) | bit)

    def flag_lists(self, lists: pl.Series, *, prefix: str = "", of: pl.Series | None = None) -> None:
        """Takes over lists of flags, as the address splitter gives them: one per row, or per row number in `of`."""
        places = (lists.list.len() > 0).fill_null(False).arg_true()
        if len(places) == 0:
            return
        rows = places if of is None else of.gather(places)
        long = pl.DataFrame({"row": rows, "flag": lists.gather(places)}).explode("flag")
        for (flag,), part in long.group_by("flag", maintain_order=True):
            self.flag(f"{prefix}{flag}", part["row"].unique())

    def keep(self, own_name: str, original: pl.Series, rows: pl.Series) -> None:
        """Keeps the source's text of these rows under the source's own name for the column."""
        self._originals = _with_pairs(self._originals, own_name, original, _numbers(rows))

    def suggest(self, field: str, proposal: pl.Series, rows: pl.Series) -> None:
        """Proposes values (a column of full height) for these rows. The first proposal for a field stands."""
        rows = _numbers(rows)
        if len(rows) == 0:
            return
        made = self._suggestions.gather(rows).str.contains(f"{_json(field)}: ", literal=True).fill_null(False)
        self._suggestions = _with_pairs(self._suggestions, field, proposal, rows.filter(~made))

    def columns(self) -> pl.DataFrame:
        """`issues` (list, never null, each flag once), `suggestions` and `originals` (JSON objects or null)."""
        return pl.DataFrame([self._issues(), _objects(self._suggestions), _objects(self._originals)])

    def _issues(self) -> pl.Series:
        met = self._flags.unique().sort()
        order = sorted(self._bits.items())
        lists = pl.Series(
            "issues", [[name for name, bit in order if value >> bit & 1] for value in met], dtype=pl.List(pl.String)
        )
        if len(met) == 1:
            return lists.new_from_index(0, self.height)
        places = self._flags.replace_strict(met, pl.int_range(len(met), dtype=pl.UInt32, eager=True))
        return lists.gather(places)


def _numbers(rows: pl.Series) -> pl.Series:
    if rows.dtype != pl.Boolean:
        return rows
    return rows.arg_true() if rows.any() else pl.Series(dtype=pl.UInt32)


def _objects(pairs: pl.Series) -> pl.Series:
    rows = pairs.is_not_null().arg_true()
    return pairs.scatter(rows, "{" + pairs.gather(rows) + "}") if len(rows) else pairs


def _with_pairs(pairs: pl.Series, key: str, values: pl.Series, rows: pl.Series) -> pl.Series:
    """The pairs of JSON objects (without their braces), with one more for these rows."""
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
    # A struct of one field encodes to {"f":"…"}: cut down, it is a JSON string.
    encoded = text.to_frame("f").select(pl.struct("f").struct.json_encode().str.slice(5).str.strip_suffix("}"))
    return plain.zip_with(~awkward, encoded.to_series())


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
