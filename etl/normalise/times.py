"""Convert times to UTC, naive ones in the time zone of the account, and ISO 8601 durations to minutes."""

from __future__ import annotations

import polars as pl

_UTC = pl.Datetime("us", "UTC")
_NAIVE = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")
_NAIVE_SHORT = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
_ZONED = r"(?:[Zz]|[+-][0-9]{2}:?(?:[0-9]{2})?)$"
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


def localise(naive: pl.Expr, timezone: str) -> pl.Expr:
    """Convert naive times of a zone to UTC, those in a skipped hour included."""
    local = naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    hour = pl.duration(hours=1)
    # An hour earlier the clock had not changed yet.
    missing = (naive - hour).dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null") + hour
    return pl.coalesce(local.dt.convert_time_zone("UTC"), missing.dt.convert_time_zone("UTC")).cast(_UTC)


def times_to_utc(column: pl.Series, timezone: str) -> pl.Series:
    """Apply `to_utc` to a column of text or of times; fast where all text has the most common form."""
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone:
            return column.dt.convert_time_zone("UTC").cast(_UTC)
        return _select(column.cast(pl.Datetime("us")), localise(pl.col("x"), timezone))
    if column.dtype == pl.Date:
        return _select(column.cast(pl.Datetime("us")), localise(pl.col("x"), timezone))
    if column.null_count() == len(column):
        return pl.repeat(None, len(column), dtype=_UTC, eager=True).alias(column.name)
    naive = column.str.to_datetime(_NAIVE[0], time_unit="us", strict=False)
    local = naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    result = local.dt.convert_time_zone("UTC").cast(_UTC)
    # Other forms, and times in the hour skipped in spring.
    rest = (result.is_null() & column.is_not_null()).arg_true()
    if len(rest):
        result = result.scatter(rest, _select(column.gather(rest), to_utc("x", timezone)))
    return _select(result, _representable(pl.col("x")))


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
