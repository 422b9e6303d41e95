"""What a spreadsheet makes of a cell that nobody touched: a number, a date, a word of another language."""

from __future__ import annotations

import polars as pl

from etl.tables.shown_cells import MOST_DIGITS

NUMBER = r"^[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
SHORTENED = r"[eE]"
TRUE_WORDS, FALSE_WORDS = "waar|vrai|wahr", "onwaar|faux|falsch"
"""What `true` and `false` are called in a spreadsheet that speaks another language."""
TRUE = f"^(?:true|{TRUE_WORDS}|1)$"
WORD = f"^(?:true|{TRUE_WORDS}|false|{FALSE_WORDS})$"
DAY = r"^([0-9]{1,2})[-/.]([0-9]{1,2})$"
DATE = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})"
ISO = r"^([0-9]{4})-([0-9]{2})-([0-9]{2})"


def is_untouched(cell: pl.Expr, original: pl.Expr) -> pl.Expr:
    """Whether a cell is its original, or what a spreadsheet makes of it: it takes zeros and a plus off and figures
    away, and adds none."""
    text, was = (" " + one.fill_null("") + " " for one in (cell, original))
    text, was = (one.str.replace_all(r"\s+|_x000[dD]_", " ").str.strip_chars() for one in (text, was))
    apart = text.str.strip_chars_start("'") == was.str.strip_chars_start("'")
    return (
        (text == was) | apart | _is_number(text, was) | _is_word(text, was) | _is_date(text, was) | _is_made(text, was)
    )


def _is_number(text: pl.Expr, was: pl.Expr) -> pl.Expr:
    both = text.str.contains(NUMBER) & was.str.contains(NUMBER)
    fewer = ~text.str.contains(r"^(?:\+|0[0-9])")
    one, other = _value(text), _value(was)
    exact = one == other
    figures = text.str.replace(r"[eE].*$", "").str.replace_all(r"[^0-9]", "").str.strip_chars_start("0").str.len_bytes()
    kept = pl.when(text.str.contains(SHORTENED)).then(figures).otherwise(pl.lit(MOST_DIGITS))
    long = was.str.replace_all(r"[^0-9]", "").str.len_bytes() > MOST_DIGITS
    near = (one - other).abs() <= other.abs() * pl.lit(10.0).pow(1 - kept.cast(pl.Float64)) * 0.5
    shortened = text.str.contains(SHORTENED) & ~was.str.contains(SHORTENED)
    return both & fewer & (exact | ((shortened | long) & near)).fill_null(False)


def _value(text: pl.Expr) -> pl.Expr:
    return text.str.replace(",", ".", literal=True).str.strip_chars_start("+").cast(pl.Float64, strict=False)


def _is_word(text: pl.Expr, was: pl.Expr) -> pl.Expr:
    one, other = text.str.to_lowercase(), was.str.to_lowercase()
    words = one.str.contains(WORD) & other.str.contains(WORD)
    return words & (one.str.contains(TRUE) == other.str.contains(TRUE))


def _is_date(text: pl.Expr, was: pl.Expr) -> pl.Expr:
    """Whether a date was made of a text such as 12-3, or a date is written in another order."""
    (year, *day), (was_year, *was_day) = _date(text), _date(was)
    short = [was.str.extract(DAY, part).cast(pl.Int32) for part in (1, 2)]
    return (_are(day, short) | ((year == was_year) & _are(day, was_day))).fill_null(False)


def _date(text: pl.Expr) -> list[pl.Expr]:
    parts = [(ISO, (1, 2, 3)), (DATE, (3, 2, 1))]
    found = [[text.str.extract(form, part) for part in order] for form, order in parts]
    return [pl.coalesce(pair).cast(pl.Int32) for pair in zip(*found, strict=True)]


def _are(day: list[pl.Expr], other: list[pl.Expr]) -> pl.Expr:
    (one, two), (first, second) = day, other
    return ((one == first) & (two == second)) | ((one == second) & (two == first))


def _is_made(text: pl.Expr, was: pl.Expr) -> pl.Expr:
    """Whether a formula was reckoned, or failed."""
    return was.str.contains(r"^[=+@-]") & text.str.contains(r"^#[A-Z/0!?]+") | (
        was.str.starts_with("=") & text.str.contains(NUMBER)
    )
