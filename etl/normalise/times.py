"""Convert times to UTC, naive ones in the time zone of the account, and ISO 8601 durations to minutes."""

from __future__ import annotations

import polars as pl

_UTC = pl.Datetime("us", "UTC")
_NAIVE = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")
_NAIVE_SHORT = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
_ZONED = r"(?:[Zz]|[+-][0-9]{2}:?(?:[0-9]{2})?)$"
_FOUR_FIGURES = r"^\s*[+-]?[0-9]{4}"
_TIME = (
    r"(?:(?: ?T ?|,? (?:om |à |um |at )?)([0-9]{1,2})(?:[:.uUhH]([0-9]{2})?(?::([0-9]{2}))?)?"
    r" ?([aApP]\.?[mM]\.?)?(?: ?(?:uur|u|h|Uhr))?)?$"
)
MONTHS = {
    1: "jan(?:uari|vier|uar|uary)?|jän(?:ner)?", 2: "feb(?:r(?:uari|uar|uary)?)?|f[ée]v(?:r(?:ier)?)?",
    3: "m(?:aart|ars|ärz|arch|rt|rz|är|ar)", 4: "apr(?:il)?|avr(?:il)?", 5: "mei|mai|may", 6: "jun(?:i|e)?|juin",
    7: "jul(?:i|y)?|juil(?:let)?", 8: "aug(?:ustus|ust)?|ao[ûu]t", 9: "sep(?:t(?:ember|embre)?)?",
    10: "o[kc]t(?:ober|obre)?", 11: "nov(?:ember|embre)?", 12: "d[eé][czk](?:ember|embre)?",
}  # fmt: skip
# The day first, as in all of Europe; `7/25/2023` can only be the other way round.
_DAY_FIRST = rf"^(?:[\p{{L}}]+,? )?([0-9]{{1,2}})([-/. ])([0-9]{{1,2}})[-/. ]((?:[0-9]{{2}}){{1,2}}),?{_TIME}"
_YEAR_FIRST = rf"^([0-9]{{4}})[-/. ]([0-9]{{1,2}})[-/. ]([0-9]{{1,2}}),?{_TIME}"
_COMPACT = r"^((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])$"
_SERIAL = r"^[1-7][0-9]{4}(?:[.,][0-9]+)?$"
_FIRST_DAY = -25_569
"""The day that a spreadsheet counts from, in days since 1970."""
_DURATION = (
    r"^([+-])?[Pp](?:([0-9]+(?:[.,][0-9]+)?)[Ww])?(?:([0-9]+(?:[.,][0-9]+)?)[Dd])?"
    r"(?:[Tt](?:([0-9]+(?:[.,][0-9]+)?)[Hh])?(?:([0-9]+(?:[.,][0-9]+)?)[Mm])?(?:([0-9]+(?:[.,][0-9]+)?)[Ss])?)?$"
)
_MINUTES = (10_080.0, 1_440.0, 60.0, 1.0, 1.0 / 60.0)


def to_utc(column: str | pl.Expr, timezone: str) -> pl.Expr:
    """Convert times to UTC; null where the text is not a time (`0000-00-00 00:00:00` is not).

    `yyyy-mm-dd hh:mm:ss`, also with `T`, fractions of a second, without seconds, or a date alone (its midnight), is
    read in `timezone`; an offset or `Z` takes precedence. In the repeated hour in autumn the first of the two is meant;
    a time in the skipped hour in spring is read as if the clock had not changed.
    """
    text = pl.col(column) if isinstance(column, str) else column
    # The parser takes `1-7-23` for a day of the year 1.
    text = pl.when(text.str.contains(_FOUR_FIGURES)).then(text)
    naive = pl.coalesce(text.str.to_datetime(form, time_unit="us", strict=False) for form in _NAIVE)
    short = pl.coalesce(
        *(text.str.to_datetime(form, time_unit="us", strict=False) for form in _NAIVE_SHORT),
        text.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")),
    )
    # The parser needs Z and offsets of hours alone spelled out.
    offset = (
        text.str.replace(r"[Zz]$", "+00:00")
        .str.replace(r"([+-][0-9]{2})$", "${1}:00")
        .str.replace(r"^([0-9-]{10}) ", "${1}T")
        .str.replace(r"^([0-9-]{10}T[0-9]{2}:[0-9]{2})([+-])", "${1}:00${2}")
    )
    zoned = pl.when(text.str.contains(_ZONED) & text.str.contains(":", literal=True)).then(
        offset.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", strict=False)
    )
    return _representable(pl.coalesce(localise(pl.coalesce(naive, short), timezone), zoned.dt.convert_time_zone("UTC")))


def written(text: pl.Series) -> pl.DataFrame:
    """Read dates as people write them, with or without a time: `1-7-2023 14:05`, `1 juli 2023`, `2023/7/1`, and the
    serial numbers of a spreadsheet.

    Returns `naive` (null for other text), `ambiguous`: the day and the month could be the other way round, or the
    century is not said, and `other`, the other way round.
    """
    frame = text.to_frame("x").with_columns(pl.col("x").str.replace_all(r"\s+", " ").str.replace(_COMPACT, "$1-$2-$3"))
    frame = frame.with_columns(_with_month_numbers(pl.col("x")))
    day_first = pl.col("x").str.extract_groups(_DAY_FIRST).struct
    year_first = pl.col("x").str.extract_groups(_YEAR_FIRST).struct
    frame = frame.select(
        "x",
        first=day_first.field("1").cast(pl.Int32),
        joint=day_first.field("2"),
        second=day_first.field("3").cast(pl.Int32),
        year=pl.coalesce(day_first.field("4"), year_first.field("1")),
        month=year_first.field("2").cast(pl.Int32),
        day=year_first.field("3").cast(pl.Int32),
        hour=pl.coalesce(day_first.field("5"), year_first.field("4")).cast(pl.Int32),
        minute=pl.coalesce(day_first.field("6"), year_first.field("5")).cast(pl.Int32),
        s=pl.coalesce(day_first.field("7"), year_first.field("6")).cast(pl.Int32),
        half=pl.coalesce(day_first.field("8"), year_first.field("7")).str.to_lowercase().str.head(1),
    )
    first, second, short = pl.col("first"), pl.col("second"), pl.col("year").str.len_chars() == 2
    swapped = (second > 12) & (first <= 12) & (pl.col("joint") == "/")
    either = (first <= 12) & (second <= 12) & (first != second) & (pl.col("joint") == "/")
    year = pl.col("year").cast(pl.Int32)
    century = pl.when(short).then(pl.when(year > 69).then(1900).otherwise(2000)).otherwise(0)
    hour = (
        pl.when(pl.col("half").is_null())
        .then("hour")
        .otherwise(pl.col("hour") % 12 + pl.when(pl.col("half") == "p").then(12).otherwise(0))
    )
    clock = [pl.coalesce(one, 0) for one in (hour, pl.col("minute"), pl.col("s"))]
    month = pl.coalesce("month", pl.when(swapped).then(first).otherwise(second))
    day = pl.coalesce("day", pl.when(swapped).then(second).otherwise(first))
    serial = pl.when(pl.col("x").str.contains(_SERIAL)).then(
        pl.col("x").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    )
    seconds = ((serial + _FIRST_DAY) * 86_400).round(0).cast(pl.Int64)
    return frame.select(
        naive=pl.coalesce(
            _put_together(year + century, month, day, *clock), pl.from_epoch(seconds, "s").cast(pl.Datetime("us"))
        ),
        ambiguous=(either | short).fill_null(False),
        other=pl.when(either).then(_put_together(year + century, day, month, *clock)),
    )


def _put_together(year: pl.Expr, *rest: pl.Expr) -> pl.Expr:
    """Put a date together as text, since one that there is not must become null."""
    parts = [year.cast(pl.String).str.zfill(4), *(part.cast(pl.String).str.zfill(2) for part in rest)]
    whole = pl.format("{}-{}-{} {}:{}:{}", *parts)
    return whole.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)


def _with_month_numbers(text: pl.Expr) -> pl.Expr:
    """Write `1 juli 2023` and `July 1, 2023` as `1 7 2023`."""
    for number, name in MONTHS.items():
        day = r"([0-9]{1,2})(?:e|er|ste|de|st|nd|rd|th|\.)?"
        day_first = rf"^((?:\p{{L}}+,? )?){day}[ -/](?i:{name})\.?[ ,/-]+([0-9]{{4}}|[0-9]{{2}}\b)"
        month_first = rf"^(?i:{name})\.? {day},? ([0-9]{{4}})"
        text = text.str.replace(day_first, f"${{1}}${{2}}-{number}-${{3}}")
        text = text.str.replace(month_first, f"${{1}}-{number}-${{2}}")
    return text


def localise(naive: pl.Expr, timezone: str) -> pl.Expr:
    """Convert naive times of a zone to UTC, those in a skipped hour included."""
    local = naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    hour = pl.duration(hours=1)
    # An hour earlier the clock had not changed yet.
    missing = (naive - hour).dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null") + hour
    return pl.coalesce(local.dt.convert_time_zone("UTC"), missing.dt.convert_time_zone("UTC")).cast(_UTC)


def times_to_utc(column: pl.Series, timezone: str) -> pl.Series:
    """Apply `to_utc` to a column of text or of times; fast where all text has the most common form."""
    if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone:
        return _select(column.dt.convert_time_zone("UTC").cast(_UTC), _representable(pl.col("x")))
    if isinstance(column.dtype, pl.Datetime | pl.Date):
        return _select(column.cast(pl.Datetime("us")), _representable(localise(pl.col("x"), timezone)))
    if column.null_count() == len(column):
        return pl.repeat(None, len(column), dtype=_UTC, eager=True).alias(column.name)
    naive = column.str.to_datetime(_NAIVE[0], time_unit="us", strict=False)
    early = (naive.dt.year() < 1000).fill_null(False)
    if early.any():
        naive = naive.set(early & ~column.str.contains(_FOUR_FIGURES).fill_null(False), None)
    local = naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    result = local.dt.convert_time_zone("UTC").cast(_UTC)
    # Other forms, and times in the hour skipped in spring.
    rest = (result.is_null() & column.is_not_null()).arg_true()
    if len(rest):
        result = result.scatter(rest, _select(column.gather(rest), to_utc("x", timezone)))
        rest = rest.filter(result.gather(rest).is_null())
    if len(rest):
        naive = written(column.gather(rest))["naive"]
        result = result.scatter(rest, _select(naive.alias("x"), localise(pl.col("x"), timezone)))
    return _select(result, _representable(pl.col("x")))


def ambiguous_dates(column: pl.Series) -> pl.Series:
    """Check which texts are dates that can be read in two ways; never null."""
    rows = _doubtful(column)
    found = pl.repeat(False, len(column), eager=True)
    return found.scatter(rows, written(column.gather(rows))["ambiguous"]) if len(rows) else found


def other_readings(column: pl.Series, timezone: str) -> pl.Series:
    """Return the dates that are meant if the month stands first (`3/1/2023`), as ISO 8601 in UTC; null for others."""
    rows = _doubtful(column)
    found = pl.Series(column.name, [None], dtype=pl.String).new_from_index(0, len(column))
    if len(rows) == 0:
        return found
    other = _select(written(column.gather(rows))["other"].alias("x"), localise(pl.col("x"), timezone))
    return found.scatter(rows, other.dt.to_string("%Y-%m-%dT%H:%M:%SZ"))


def _doubtful(column: pl.Series) -> pl.Series:
    """List the rows that may be a date of two readings."""
    if column.dtype != pl.String:
        return pl.Series(dtype=pl.UInt32)
    # Nearly all start with the year, and comparing is many times cheaper than matching.
    rows = (column.str.slice(4, 1) != "-").fill_null(False).arg_true()
    return rows.filter(column.gather(rows).str.contains(r"^(?:\p{L}+,? )?[0-9]{1,2}(?:[-/. ]|e )\S+?[-/. ]"))


def _representable(time: pl.Expr) -> pl.Expr:
    """Drop years before 1 and after 9999, such as `-2023`: the parser takes them, and hardly any reader does."""
    return pl.when(time.dt.year().is_between(1, 9999)).then(time)


def _select(column: pl.Series, expression: pl.Expr) -> pl.Series:
    return column.to_frame("x").select(expression.alias("x")).to_series().alias(column.name)


def duration_minutes(text: pl.Expr) -> pl.Expr:
    """Convert an ISO 8601 duration to minutes (`PT1H30M` is 90); null for other text, and for months and years, which
    have no fixed length."""
    groups = text.str.strip_chars().str.extract_groups(_DURATION).struct
    parts = [groups.field(str(place)).str.replace(",", ".", literal=True).cast(pl.Float64) for place in range(2, 7)]
    total = pl.sum_horizontal(part.fill_null(0.0) * minutes for part, minutes in zip(parts, _MINUTES, strict=True))
    said = pl.any_horizontal(part.is_not_null() for part in parts)
    sign = pl.when(groups.field("1") == "-").then(-1.0).otherwise(1.0)
    # Sixtieths of a minute leave a floating-point error; nobody needs a millionth of a minute.
    return pl.when(said).then((total * sign).round(6))
