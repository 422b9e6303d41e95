"""Read Belgian letter boxes (`bus`, `bte`, `boîte`) anywhere in the line."""

import polars as pl

from etl.normalise.address import form
from etl.normalise.address.country_customs import belgian
from etl.normalise.address.stages import OPEN, grouped, named, part, rejoin


def _rules(word: str) -> tuple[str, ...]:
    mark = rf"{word}(?:[ .:]+{form.NUMBER_MARK}?|{form.NUMBER_MARK})"
    name = rf"(?:{mark}(?<spaced>{form.BOX_NAME})|{word}(?<glued>[0-9]{{1,5}}[A-Za-z]?(?:[-/.][0-9A-Za-z]{{1,4}})*))"
    numbered = name.replace(form.BOX_NAME, form.NUMBERED_BOX)
    return (
        rf"^(?<before>.*[0-9][A-Za-z]?|.*[0-9].*[ ,;/(-]){name}(?:[ ,;)-]+(?<after>.*))?$",
        rf"^(?<before>){numbered}(?:[ ;)-]*,[ ,;)-]*|[ ;)-]+)(?<after>.*\p{{L}}{{3}}.*[0-9].*|[0-9].*\p{{L}}{{3}}.*)$",
        rf"^(?<before>[^0-9]*[^0-9 ,(]{{4}}[ ,(]+){name}[ ,;)]+(?<after>[0-9].*)$",
    )


_EVERYWHERE = _rules(form.BOX_WORD)
_BELGIAN = _rules(form.BELGIAN_BOX_WORD)
_TRIGGER = rf"(?:^|[ ,;/(0-9A-Za-z-]){form.BELGIAN_BOX_WORD}[ .:]*{form.NUMBER_MARK}?[0-9A-Za-z]{{1,8}}"

_SMALL_WORD = "^(?i:de|la|le|du|en|et|te|op|in|al)$"
"""A word of a name behind an initial: `B. de Saedeleerstraat`."""


def box(frame: pl.DataFrame) -> pl.DataFrame:
    """Move a box out of the line; text behind it stays in the line, after a comma."""
    parts = part(frame, pl.col("line").str.contains(_TRIGGER))
    if not parts.taken.height:
        return frame
    countries = part(parts.taken, belgian())
    done = [parts.left]
    for rows, rules in ((countries.taken, _BELGIAN), (countries.left, _EVERYWHERE)):
        rest = rows
        for rule in rules:
            if not rest.height:
                break
            name = pl.coalesce("spaced", "glued")
            found = part(grouped(rest, "line", rule), name.is_not_null() & ~name.str.contains(_SMALL_WORD))
            done.append(_moved(found.taken).select(OPEN))
            rest = found.left.select(OPEN)
        done.append(rest)
    return rejoin(done, OPEN)


def _moved(found: pl.DataFrame) -> pl.DataFrame:
    before = pl.col("before").str.strip_chars(" ,;/(-")
    after = pl.col("after").fill_null("").str.strip_chars(" ,;")
    separator = pl.when((before == "") | (after == "")).then(pl.lit("")).otherwise(pl.lit(", "))
    return found.with_columns(
        pl.concat_str(before, separator, after).alias("line"),
        pl.coalesce("spaced", "glued").alias("box"),
        named("box"),
    )
