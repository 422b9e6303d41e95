"""Remove text in front of the address itself: a flat or a floor, a person or a department, `t.o.`."""

import polars as pl

from etl.normalise.address import flag, form, words
from etl.normalise.address.country_customs import number_first
from etl.normalise.address.stages import OPEN, flagged, grouped, named, part, rejoin, text, with_extra

_UNIT = rf"(?:{form.NAMED_UNIT}|{form.FLOOR})"
_TITLE = words.any_of(words.STREET_TITLE)
_RULES = (
    rf"^(?<front>{_UNIT}(?: [^0-9,]+)?)[,;] *(?<rest>.*[^0-9 ,].*[0-9].*|[0-9].* .*)$",
    rf"^(?<front>{form.CARE_OF}[ .:].*?)[,;] *(?<rest>[^0-9,;]*[^0-9,; ].*[0-9].*|[0-9].* .*)$",
    rf"^(?<front>{form.FOR_WHOM})[ .:]+(?<rest>(?:[^ 0-9]+|{_TITLE} [^0-9]+) [0-9].*)$",
    rf"^(?<front>{form.FOR_WHOM}[ .:].*?) (?<rest>[^ ]*{form.SUFFIX}[ ,].*[0-9].*)$",
    rf"^(?<front>{form.FOR_WHOM})[ .:]+(?<rest>[^0-9]+ [0-9].*)$",
)
_NUMBER_FIRST_RULE = (
    rf"^(?<front>{form.NAMED_UNIT}|[0-9]+(?:st|nd|rd|th) (?i:floor|fl\.?)) (?<rest>[0-9]+[A-Za-z]? [^0-9 ].*)$"
)
_RELATIVE_WORD = words.any_of(words.RELATIVE_FRONT)
_RELATIVE = rf"^(?<front>{_RELATIVE_WORD}) +(?<rest>[^0-9].*[0-9].*)$"
_PLACE = r"^[1-9][0-9]{3}(?: ?[A-Z]{2})?(?: \p{L}[^0-9]*)?$"
_BEHIND = rf"^{_UNIT}$"
"""A postcode and its town, or a part of a building, which follow an address and are none."""
_POSTCODE = (
    r"^(?<front>[1-9][0-9]{3} ?[A-Z]{2}(?:[ ,;]+\p{L}[^0-9,;]*[,;])?|[1-9][0-9]{3} \p{Lu}[^0-9,;]*[,;])[ ,;]*"
    r"(?<rest>[^0-9,; ].*[0-9].*|[0-9].*)$"
)
_TRIGGER = rf"^(?:[1-9][0-9]{{3}} ?\p{{L}}|{_UNIT}[ ,;]|{form.CARE_OF}[ .:]|{_RELATIVE_WORD} )"


def front(frame: pl.DataFrame) -> pl.DataFrame:
    """Move text in front of the address into `extra`."""
    parts = part(frame, pl.col("line").str.contains(_TRIGGER))
    if not parts.taken.height:
        return frame
    done = [parts.left]
    rest = parts.taken
    for rule in _RULES:
        place = pl.col("rest").str.contains(_PLACE) | pl.col("rest").str.contains(_BEHIND)
        found = part(grouped(rest, "line", rule), pl.col("front").is_not_null() & ~place)
        done.append(_moved(found.taken))
        rest = found.left.select(OPEN)
    coded = part(grouped(rest, "line", _POSTCODE), pl.col("front").is_not_null())
    done.append(_moved(coded.taken))
    rest = coded.left.select(OPEN)
    found = part(grouped(rest, "line", _NUMBER_FIRST_RULE), pl.col("front").is_not_null() & number_first())
    done.append(_moved(found.taken))
    beside = part(grouped(found.left.select(OPEN), "line", _RELATIVE), pl.col("front").is_not_null())
    done += [
        beside.taken.with_columns(
            pl.col("rest").alias("line"),
            with_extra(pl.col("front"))[0],
            flagged(flag.RELATIVE),
            named("relative"),
        ).select(OPEN),
        beside.left.select(OPEN),
    ]
    return rejoin(done, OPEN)


def _moved(found: pl.DataFrame) -> pl.DataFrame:
    return found.with_columns(pl.col("rest").alias("line"), *with_extra(text("front")), named("extra")).select(OPEN)
