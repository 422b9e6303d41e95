"""Normalise Dutch names: the tussenvoegsel, initials, display names, and the gender of a title."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

from etl.normalise.country import load
from etl.normalise.text import fold

# Words between first and family name, and those that may follow one of them.
_OPENING = (
    r"van|v\.? ?d\.?|v\.|v/d|von|vom|aan|bij|in|onder|op|over|uit|uijt|voor|tot|thoe|tho|te|ten|ter|de|den|der|het|"
    r"['’`]t|t'|['’]s|la|le|les|du|des|da|del|della|di|do|dos|das|el|al|zu|zum|zur|af|auf|ver"
)
_FOLLOWING = r"de|den|der|d\.|d|het|['’`]t|['’]s|ter|ten|te|la|le|les|l'|gen|en|dem|die|van|von|zu|los|las"
_PREFIX = rf"(?:{_OPENING})(?: (?:{_FOLLOWING}))*"
_LEADING = rf"^((?i:{_PREFIX}) |(?i:d['’`]|l['’`]|(?:van |in |op |aan )?['’`]t )\s*)(\S.*)$"
_TRAILING = rf"^([^,]+), ?((?i:{_PREFIX}|d['’`]|(?:van |in |op |aan )?['’`]t))$"
_WHOLE = rf"^(?i:{_PREFIX})$"
# Behind a name without a comma only those that are nothing else.
_BEHIND = (
    r"^(\p{Lu}\S*(?: \p{Lu}\S*)*) ((?:van|v\.? ?d\.?|v/d|van (?:de|den|der|het|['’`]t)|de|den|der|ter|ten|te|['’`]t|"
    r"(?:op|in|uit|aan|bij) (?:de|den|der|het|['’`]t)|op)\.?)$"
)
# Outside the Netherlands and Flanders "de", "le" or "von" belong to the name; these are Dutch in any country.
_UNMISTAKABLE = (
    r"^(?:van|van de|van den|van der|van het|van ['’]t|v\.d\.|v/d|op den|op de|ter|ten|te|uit den|in ['’]t|"
    r"aan de|aan den|bij de)$"
)
_DUTCH_SPEAKING = ("NL", "SR", "AW", "CW", "SX", "BQ")
# Academic and church titles are ignored in front of or after another title: they have no gender.
_LEARNED = r"\b(?:drs|dr|ing|ir|prof|ds|msc|bsc|ba|ma|mba|phd|llm|em|rev|past|wethouder|burgemeester)\b"


@cache
def _words() -> dict[str, str]:
    """Map the key of each word to its gender."""
    return {fold(word): meaning for meaning, words in load("gender_words.json").items() for word in words}


def gender(text: pl.Expr) -> pl.Expr:
    """Read `male`, `female` or `unknown` from a word or a title, in Dutch, English, French, German or Frisian.

    Null for titles without a gender: `drs.`, and `mr.` in lower case, the lawyer's title.
    """
    lawyer = text.str.contains(r"^\s*mr\.?(?:\s*(?:drs|dr|ing|ir)\.?)*\s*$")
    bare = (
        text.str.to_lowercase()
        .str.replace_all(_LEARNED, "")
        .str.replace_all("&", " en ", literal=True)
        # The lawyer's title after another one.
        .str.replace(r"(\w[. ]+)mr\b[. ]*$", "$1")
        .str.normalize("NFKD")
        .str.replace_all(r"[^a-z0-9]", "")
    )
    return pl.when(lawyer.not_()).then(bare.replace_strict(_words(), default=None, return_dtype=pl.String))


def genders(column: pl.Series) -> pl.Series:
    """Apply `gender` to a column; each distinct text is read once."""
    distinct = column.unique().drop_nulls()
    if len(distinct) == 0:
        return column.cast(pl.String)
    said = distinct.to_frame("x").select(gender(pl.col("x"))).to_series()
    return column.replace_strict(distinct, said, default=None, return_dtype=pl.String)


def lower_case(insertion: pl.Series) -> pl.Series:
    distinct = insertion.unique().drop_nulls()
    return _replaced(insertion, distinct, distinct.str.to_lowercase())


def _replaced(column: pl.Series, old: pl.Series, new: pl.Series) -> pl.Series:
    """Replace the texts that changed."""
    changed = old != new
    return column.replace(old.filter(changed), new.filter(changed)) if changed.any() else column


def split_last_names(last_name: pl.Series, insertion: pl.Series, country: pl.Series) -> pl.DataFrame:
    """Return `last_name` and `insertion`, splitting the tussenvoegsel off the family name where there is none yet.

    Both `van den Berg` and `Berg, van den` are split. In Belgium a capital makes it part of the name (`Van Damme`); in
    other countries only an unmistakably Dutch one is split off. One that is already in `insertion` and repeated in the
    name is removed from the name.
    """
    names = pl.DataFrame({"last_name": last_name, "insertion": lower_case(insertion)})
    rows = last_name.str.contains(r"[ '’`,]").fill_null(False).arg_true()
    if len(rows) == 0:
        return names
    part = names[rows].with_columns(country=country.gather(rows))
    # Materialised as columns: polars evaluates an expression that occurs in two places twice.
    text = pl.when(~pl.col("last_name").str.contains(_WHOLE)).then("last_name")
    part = part.with_columns(
        lead=text.str.extract_groups(_LEADING),
        trail=text.str.extract_groups(_TRAILING),
        behind=text.str.extract_groups(_BEHIND),
    )
    lead, trail, behind = pl.col("lead").struct, pl.col("trail").struct, pl.col("behind").struct
    part = part.with_columns(
        found=pl.coalesce(lead.field("1").str.strip_chars(), trail.field("2"), behind.field("2")),
        name=pl.coalesce(lead.field("2"), trail.field("1").str.strip_chars(), behind.field("1")),
    ).with_columns(low=pl.col("found").str.to_lowercase())
    # Typed on both sides (`De Jong, de`).
    both = pl.col("name").str.to_lowercase().str.ends_with(pl.concat_str(pl.lit(" "), "low"))
    shorter = pl.col("name").str.head(pl.col("name").str.len_chars() - pl.col("low").str.len_chars() - 1)
    part = part.with_columns(pl.when(both).then(shorter.str.strip_chars_end(" ,")).otherwise("name").alias("name"))
    low = pl.col("low")
    dutch = pl.col("country").is_in(_DUTCH_SPEAKING) | pl.col("country").is_null()
    flemish = (pl.col("country") == "BE") & (low == pl.col("found"))
    abroad = low.str.contains(_UNMISTAKABLE) & (low == pl.col("found"))
    whole = pl.col("found").str.contains(r"^\p{Lu}['’`]$")  # D'Hondt is a name, d'Hondt has a tussenvoegsel
    taken = (
        pl.col("found").is_not_null()
        & (pl.col("name") != "")
        & ~whole
        & ((pl.col("insertion").is_null() & (dutch | flemish | abroad)) | (pl.col("insertion") == low))
    )
    part = part.select(
        last_name=pl.when(taken).then("name").otherwise("last_name"),
        insertion=pl.when(taken).then(low).otherwise("insertion"),
    )
    return names.with_columns(names[name].scatter(rows, part[name]) for name in ("last_name", "insertion"))


def normalise_initials(initials: pl.Series) -> pl.Series:
    """Write `JP`, `J P` and `j.p` as `J.P.`; a single letter, names and abbreviations (`Jan`, `Th.`) are kept."""
    distinct = initials.unique().drop_nulls()
    distinct = distinct.filter(~distinct.str.contains(r"^(?:[A-Z]\.)+$"))
    if len(distinct) == 0:
        return initials
    letters = pl.col("x").str.replace_all(r"[^\p{L}]", "").str.to_uppercase()
    dotted = letters.str.replace_all(r"(\p{L})", "${1}.")
    several = pl.col("x").str.contains(r"^(?:\p{Lu}{2,5}|\p{Ll}{2}|\p{L}[. ]+(?:\p{L}[. ]+)*\p{L}\.?)$")
    written = distinct.to_frame("x").select(pl.when(several).then(dotted).otherwise("x")).to_series()
    return _replaced(initials, distinct, written)


def display_names(names: Mapping[str, pl.Series]) -> pl.Series:
    """Choose a name to show: the display name, the name or the organisation's; else first name or initials,
    tussenvoegsel and family name; else `attention`. Needs all the name columns."""
    columns = pl.DataFrame(dict(names))
    chosen = columns.select(pl.coalesce("display_name", "name", "company_name")).to_series()
    rows = chosen.is_null().arg_true()
    if len(rows) == 0:
        return chosen
    parts = [pl.coalesce("first_name", "initials"), pl.col("insertion"), pl.col("last_name")]
    people = columns.select("first_name", "initials", "insertion", "last_name", "attention")[rows]
    person = people.select(pl.concat_str(parts, separator=" ", ignore_nulls=True)).to_series()
    apart = person.str.contains(r"['’] ").arg_true()
    if len(apart):
        # a name follows d' without a space
        joined = person.gather(apart).str.replace(r"\b([dDlL]['’]) (\p{L})", "$1$2")
        person = person.scatter(apart, joined)
    return chosen.scatter(rows, person.set(person == "", None).fill_null(people["attention"]))
