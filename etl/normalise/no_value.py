"""Tell texts in which no value is left: what a spreadsheet or a database writes for nothing, and figures that it lost.

#N/A  #VERW!  n.v.t.  -  null    stand for nothing
3,16123E+10                      a number whose last figures are lost
12-mrt, 2026-03-12 00:00:00      a house number that was taken for a date
"""

from __future__ import annotations

import polars as pl

from etl.normalise.times import MONTHS

_WORDS = (
    "na", "n/a", "n.a.", "n.a", "n/b", "n.b.", "n.b", "nb", "n/v", "n.v.t.", "n.v.t", "nvt", "nvt.", "n.n.b.", "nnb",
    "n.t.b.", "ntb", "n/d", "n.d.", "n.d", "s.o.", "s/o", "k.a.", "k.a", "entf.", "null", "(null)", "<null>", "[null]",
    "\\n", "none", "nil", "nan", "<na>", "<nan>", "undefined", "false", "onwaar", "onbekend", "unbekannt", "unknown",
    "inconnu", "inconnue", "niet bekend", "non connu", "niet van toepassing", "niet beschikbaar", "not applicable",
    "not available", "sans objet", "non applicable", "geen", "aucun", "aucune", "keine", "kein", "keiner", "leeg",
    "(leeg)", "(blank)", "(empty)", "(leer)", "(vide)", "<leeg>", "<blank>", "<empty>",
)  # fmt: skip
_DASHES = ("-", "--", "---", "–", "—", "−", "/", ".", "_")
_MARKS = (*_DASHES, "?", "??", "???", "----", "-----", "*", "**", "***", "..", "...", "//", "__")
# What a number of these columns may be, too: a letter or two behind a number, or a name for a house.
_OF_PARTS = ("na", "nb", "/", "//", "nil")
_SPELLED = (each for word in _WORDS for each in (word, word.upper(), word.capitalize()))
_NOTHING = [*dict.fromkeys(_SPELLED), "NaN", *_MARKS]
# `#REF!`, `#NAAM?`, `#¡VALOR!`, `Err:502`, and `#####` of a column that is too narrow.
_ERROR = (
    r"^#(?:[¡¿]?\p{Lu}[\p{Lu}_ ]*(?:/0)?[!?]|N/A|N/B|N/D|N/V|NV|NB|N\.A\.|N\.V\.|I/T|G/E|GETTING_DATA|#+)$|"
    r"^(?:Err|Fout|Erreur|Fehler):[0-9]{3}$"
)
_NAMES = ("Null", "Nan", "Na", "Nil", "Nb", "Leeg", "Geen", "Kein", "Keine")
"""Words for nothing that are names, too, when they are written as one."""

_POWERS = r"^([0-9])(?:[.,]([0-9]+))?[eE]([+\-]?)([0-9]{1,3})$"
_DECIMALS = r"^([0-9]+)[.,]0+$"
_POWER = r"^[0-9][.,][0-9]+[eE][+\-]?[0-9]{1,3}$|^[0-9][eE]\+[0-9]{2,3}$"
_WRITTEN_AS_NUMBER = rf"{_DECIMALS}|{_POWER}"

_ANY_MONTH = "|".join(MONTHS.values())
_ISO = r"^((?:19|20)[0-9]{2})-([01][0-9])-([0-3][0-9])(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?$"
_WRITTEN = r"^([0-3]?[0-9])[-/.]([01]?[0-9])[-/.]((?:19|20)[0-9]{2})(?: 0?0:00(?::00)?)?$"
_DAY_MONTH = rf"^(?i)([0-3]?[0-9])(?:[-/ ]|\. ?)({_ANY_MONTH})\.?(?:[-/ ][0-9]{{2,4}})?$"
_MONTH_YEAR = rf"^(?i)({_ANY_MONTH})\.?[-/ ]?([0-9]{{1,2}}|(?:19|20)[0-9]{{2}})$"
_LAST_DAY = 31
"""Two figures beyond it are a year: `3-75` became March 1975."""


def stands_for_nothing(text: pl.Series) -> pl.Series:
    """Check which tidy texts are an error of a spreadsheet or a word for nothing; never null."""
    found = text.is_in(_NOTHING).fill_null(False)
    rows = ((text >= "#") & (text < "$") | text.str.contains(":", literal=True)).fill_null(False).arg_true()
    errors = text.gather(rows).str.contains(_ERROR)
    return found.scatter(rows, found.gather(rows) | errors) if len(rows) else found


def is_dash(text: pl.Series) -> pl.Series:
    """Check which texts are a mere mark, as people fill in what there need not be."""
    return text.is_in(_DASHES).fill_null(False)


def may_be_part(text: pl.Series) -> pl.Series:
    """Check which words for nothing may be a part of an address, such as `12 NB`."""
    return text.str.to_lowercase().is_in(_OF_PARTS).fill_null(False)


def may_be_name(text: pl.Series) -> pl.Series:
    """Check which words for nothing may be somebody's name: `Null`, but not `NULL`."""
    return text.is_in(_NAMES).fill_null(False)


def whole_figures(text: pl.Series) -> pl.Series:
    """Return the figures of `8011.0` or `6.4E1`, where none is lost; else null."""
    made = pl.Series(text.name, [None], dtype=pl.String).new_from_index(0, len(text))
    rows = text.str.contains(_WRITTEN_AS_NUMBER).fill_null(False).arg_true()
    if len(rows) == 0:
        return made
    parts = text.gather(rows).to_frame("x")
    decimals, power = pl.col("2").fill_null(""), pl.col("4").cast(pl.Int32)
    whole = (pl.col("3") != "-") & (decimals.str.len_chars() >= power) & decimals.str.slice(power).str.contains("^0*$")
    found = parts.select(pl.col("x").str.extract_groups(_POWERS), plain=pl.col("x").str.extract(_DECIMALS)).unnest("x")
    return made.scatter(
        rows,
        found.select(pl.coalesce("plain", pl.when(whole).then(pl.col("1") + decimals.str.head(power)))).to_series(),
    )


def lost_figures(text: pl.Series) -> pl.Series:
    """Check which texts are a number with a power of ten of which figures are lost; never null."""
    return text.str.contains(_POWER).fill_null(False) & whole_figures(text).is_null()


def meant_by_dates(text: pl.Series) -> pl.Series:
    """Return for texts that are a date the house number that probably stood there (`12-3`), else null."""
    rows = text.str.contains(r"^[0-9]{1,4}[-/. ].*[0-9\p{L}]|^\p{L}{3,9}\.?[-/ ]?[0-9]").fill_null(False).arg_true()
    made = pl.Series("number", [None], dtype=pl.String).new_from_index(0, len(text))
    if len(rows) == 0:
        return made
    x = pl.col("x")
    iso, written = x.str.extract_groups(_ISO).struct, x.str.extract_groups(_WRITTEN).struct
    named, of_year = x.str.extract_groups(_DAY_MONTH).struct, x.str.extract_groups(_MONTH_YEAR).struct
    frame = (
        text.gather(rows)
        .to_frame("x")
        .select(
            year=pl.coalesce(iso.field("1"), written.field("3")).cast(pl.Int32),
            month=pl.coalesce(iso.field("2"), written.field("2")).cast(pl.Int32),
            day=pl.coalesce(iso.field("3"), written.field("1")).cast(pl.Int32),
            named_day=named.field("1").cast(pl.Int32),
            named_month=_month(named.field("2")),
            behind=of_year.field("2").str.tail(2).cast(pl.Int32),
            month_before=_month(of_year.field("1")),
        )
    )
    year = pl.col("year") % 100
    of_whole = (
        pl.when((pl.col("day") == 1) & (year > _LAST_DAY))
        .then(pl.format("{}-{}", "month", year))
        .when(pl.col("month").is_between(1, 12) & pl.col("day").is_between(1, 31))
        .then(pl.format("{}-{}", "day", "month"))
    )
    of_day = pl.format("{}-{}", "named_day", "named_month")
    of_month = (
        pl.when(pl.col("behind") > _LAST_DAY)
        .then(pl.format("{}-{}", "month_before", "behind"))
        .otherwise(pl.format("{}-{}", "behind", "month_before"))
    )
    return made.scatter(rows, frame.select(pl.coalesce(of_whole, of_day, of_month)).to_series())


def _month(name: pl.Expr) -> pl.Expr:
    found: pl.Expr = pl.lit(None, dtype=pl.Int32)
    for number, pattern in MONTHS.items():
        found = (
            pl.when(name.str.contains(rf"^(?i)(?:{pattern})$")).then(pl.lit(number, dtype=pl.Int32)).otherwise(found)
        )
    return found
