"""Put back what an earlier normalisation of a file could not take, or read from parts: it is read again as it was."""

from __future__ import annotations

import json
from itertools import product

import polars as pl

from etl.normalise import letters
from etl.normalise.counted_dates import COUNTED, DAY_COUNTED
from etl.normalise.country import country_codes
from etl.normalise.crosscheck import marked_country
from etl.normalise.line_and_parts import LINE, TYPED
from etl.normalise.names import genders
from etl.normalise.own_table import NO_VALUE, has_no_value
from etl.normalise.phone import normalise_phones
from etl.normalise.text import tidied, tidy

# The flags of a column that could not take its text, where it is not `<column>.invalid`.
_FLAGS_OF = {
    "country": ("country.unknown",),
    "province": ("province.unknown", "province.mismatch", "country.unknown"),
    "invoice_country": ("invoice_country.unknown",),
    "postcode": ("country.unknown",),
    "phone": ("phone.invalid",),
    "mobile": ("phone.invalid",),
}
_RESTORED = (
    *_FLAGS_OF, "gender", "latitude", "longitude", "invoice_latitude", "invoice_longitude", "created_at", "modified_at",
    "payment_term_days", "discount_percentage",
)  # fmt: skip

_CODED = ("country", "province", "invoice_country")

# The number is what a reading fills most often.
_LIKELY_FULL = ("street", "house_number_postfix", "box", "house_number")


def restored(frame: pl.DataFrame, extra: pl.Series, flags: pl.Series) -> pl.DataFrame:
    """Put back the originals that their columns could not take, where these are blank still."""
    came = frame
    for name in (name for name in _RESTORED if name in frame.columns):
        current = as_typed(frame, name)
        flagged = flags.list.set_intersection([*_FLAGS_OF.get(name, (f"{name}.invalid",))]).list.len() > 0
        blank = current.is_null()
        if name == "postcode" and "country" in frame.columns:
            # Its prefix proved the country that its name did not.
            blank = as_typed(came, "country").is_null()
        if name == "gender":
            blank |= current == genders(as_typed(frame, "title"))
        rows = (flagged & blank).arg_true()
        original = original_of(extra.gather(rows), name)
        if name in ("phone", "mobile"):
            # One that was read has moved to the other column.
            other = as_typed(frame, "mobile" if name == "phone" else "phone").gather(rows)
            here = country_codes(as_typed(frame, "country").gather(rows)).fill_null(marked_country(other))
            read = normalise_phones(pl.DataFrame({"raw": original, "country_code": here.cast(pl.String)}))
            original = original.set(same_figures(original, other) & read["valid"].fill_null(False), None)
        rows, original = rows.filter(original.is_not_null()), original.drop_nulls()
        if len(rows):
            frame = frame.with_columns(current.scatter(rows, original).alias(name))
    return frame


def with_no_values(frame: pl.DataFrame, extra: pl.Series, flags: pl.Series) -> pl.DataFrame:
    """Put back cells in which no value was left, such as `#N/A`, where these are blank still."""
    for name in (name for name in NO_VALUE if name in frame.columns):
        current = as_typed(frame, name)
        flagged = flags.list.set_intersection([*NO_VALUE[name]]).list.len() > 0
        rows = (flagged & current.is_null()).arg_true()
        for path in (f"$.{name}_also", f"$.{name}"):  # the former where a user's own `extra` has the name
            original = extra.gather(rows).str.json_path_match(path)
            nothing = original.is_not_null() & has_no_value(name, tidy(letters.meant(original)))
            current = current.scatter(rows.filter(nothing), original.filter(nothing))
        frame = frame.with_columns(current.alias(name)) if len(rows) else frame
    return frame


def filled_in(number: pl.Series, flags: pl.Series) -> pl.Series:
    """Find the rows that had no house number, or a doubtful one, and in which somebody filled in one since."""
    doubted = flags.list.contains(f"house_number{COUNTED}") & ~number.str.contains(DAY_COUNTED)
    return (number.is_not_null() & (flags.list.contains("address.no_number") | doubted)).fill_null(False)


def with_typed_parts(frame: pl.DataFrame, extra: pl.Series, flags: pl.Series) -> pl.DataFrame:
    """Put back the parts that a line was built from, in place of the line: they are read as they were.

    What joins to the line is what was typed. Nothing does where the line or a part was edited since.
    """
    if LINE not in frame.columns or "address_rule" not in frame.columns:
        return frame
    line, rule = as_typed(frame, LINE), as_typed(frame, "address_rule")
    doubtful = flags.list.contains("address.repaired") | flags.list.contains("address.no_number")
    filled = filled_in(as_typed(frame, "house_number"), flags)
    frame = _without_line(frame, filled)
    rows = (line.is_not_null() & rule.is_not_null() & ((rule == "parts") | doubtful) & ~filled).arg_true()
    if len(rows) == 0:
        return frame
    now = pl.DataFrame([as_typed(frame, part).gather(rows).alias(part) for part in TYPED])
    then = pl.DataFrame([original_of(extra.gather(rows), part).alias(part) for part in TYPED])
    written, then = then, then.with_columns(letters.meant(column) for column in then.iter_columns())
    lines = pl.DataFrame([line.gather(rows), doubtful.gather(rows).alias("doubtful")])
    # Of a cell without a value the line has nothing, unless it was written so itself.
    nothing = {part: has_no_value(part, tidy(then[part])) for part in TYPED}
    valued = then.with_columns(then[part].set(nothing[part], None) for part in TYPED)
    found = _typed(now, valued, lines)
    rest = (found.is_null() & pl.DataFrame(nothing).select(pl.any_horizontal(pl.all())).to_series()).arg_true()
    known = found.is_not_null()
    typed = found.struct.unnest()
    if len(rest):
        again = _typed(now[rest], then[rest], lines[rest])
        known = known.scatter(rest, again.is_not_null())
        typed = typed.with_columns(typed[part].scatter(rest, again.struct.field(part)) for part in TYPED)
    rows, typed, then, written = rows.filter(known), typed.filter(known), then.filter(known), written.filter(known)
    for part in TYPED:
        same = (tidy(then[part]) == typed[part]).fill_null(False)
        frame = frame.with_columns(
            as_typed(frame, part).scatter(rows, written[part].zip_with(same, typed[part])).alias(part)
        )
    return frame.with_columns(line.scatter(rows, None).alias(LINE))


def _typed(now: pl.DataFrame, then: pl.DataFrame, lines: pl.DataFrame) -> pl.Series:
    """Return the parts, as structs, that join to the line: those that are there now, or the originals; else null."""
    both = now.hstack(tidied(then).rename({part: f"typed_{part}" for part in TYPED})).hstack(lines)
    guesses = [
        (
            [_guess(part, now=stays[part], extra=extra) for part in TYPED],
            not all(stays[part] for part in TYPED if part != "box"),
        )
        for extra in (True, False)
        for stays in (dict(zip(_LIKELY_FULL, kept, strict=True)) for kept in product((True, False), repeat=len(TYPED)))
    ]
    # The reading fills a blank part only where it moves others.
    chosen = pl.coalesce(
        pl.when(joins(*guess) & (pl.col("doubtful") if blank else True)).then(pl.struct(guess))
        for guess, blank in guesses
    )
    return both.select(chosen.alias("typed"))["typed"]


def _without_line(frame: pl.DataFrame, filled: pl.Series) -> pl.DataFrame:
    """Drop the lines that are the parts without the number that has been filled in since, or with the doubtful one."""
    if not filled.any():
        return frame
    parts = pl.DataFrame([as_typed(frame, name).alias(name) for name in (LINE, *TYPED)])
    without = joins(*(pl.col(part) for part in TYPED if part != "house_number"))
    number = pl.col(LINE).str.extract(r"\b([0-9]{5})\b")
    doubted = joins(*(number if part == "house_number" else pl.col(part) for part in TYPED))
    stale = parts.select(without | doubted).to_series()
    return frame.with_columns(as_typed(frame, LINE).set(filled & stale, None).alias(LINE))


def _guess(part: str, *, now: bool, extra: bool) -> pl.Expr:
    """What was typed: the original in `extra`, unless that is of something else; or what is there now, or nothing."""
    other = pl.col(part) if now else pl.lit(None, pl.String)
    return (pl.coalesce(f"typed_{part}", other) if extra and part != "box" else other).alias(part)


def joins(*parts: pl.Expr) -> pl.Expr:
    """Check whether the parts, as `TYPED` names them, join to the column `LINE`."""
    box = parts[-1]
    joined = pl.concat_str(parts[:-1], separator=" ", ignore_nulls=True)
    worded = [
        pl.concat_str(joined, pl.lit(word) + box, separator=" ").str.strip_chars_start() for word in ("bus ", "bte ")
    ]
    return pl.any_horizontal(pl.col(LINE) == line for line in (joined, *worded)).fill_null(False)


def original_of(extra: pl.Series, name: str) -> pl.Series:
    """Return the originals under this name: the later one where a user's own `extra` has the name as well."""
    one, also = (extra.str.json_path_match(f"$.{key}") for key in (name, f"{name}_also"))
    # Of a name and a code that are both unknown, the code was read.
    return one.fill_null(also) if name in _CODED else also.fill_null(one)


def same_figures(original: pl.Series, number: pl.Series) -> pl.Series:
    """Check whether a text has the last figures of a number, as it has where the number was read from it."""
    figures = original.str.replace_all(r"[^0-9]", "")
    return (
        pl.select(pl.lit(figures).str.contains(pl.lit(number.str.tail(6)), literal=True)).to_series().fill_null(False)
    )


def as_typed(frame: pl.DataFrame, name: str) -> pl.Series:
    if name not in frame.columns:
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, frame.height)
    text = frame[name].cast(pl.String, strict=False)
    return text.set(text.str.strip_chars() == "", None)


def json_objects(texts: pl.Series) -> pl.Series:
    """Return the texts that are JSON objects; the others become null."""
    text = texts.cast(pl.String, strict=False)
    rows = text.str.starts_with("{").fill_null(False).arg_true()
    good = pl.Series([_object(one) is not None for one in text.gather(rows)], dtype=pl.Boolean)
    kept = rows.filter(good)
    return pl.Series(texts.name, [None], dtype=pl.String).new_from_index(0, len(text)).scatter(kept, text.gather(kept))


def _object(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
