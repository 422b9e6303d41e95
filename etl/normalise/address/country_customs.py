"""Group countries by the way they write an address."""

import polars as pl

NUMBER_FIRST = (
    "FR", "LU", "GB", "US", "IE", "CA", "AU", "NZ", "MC", "ZA", "IN", "SG", "MT", "GG", "JE", "IM", "GI", "GP", "MQ",
    "RE", "GF", "YT", "NC", "PF", "PM", "BL", "MF", "HK", "PH", "IL", "NG", "KE", "GH", "MU", "DZ", "MA", "TN", "SN",
    "PR",
)  # fmt: skip
"""Countries where `12 High Street` is the usual form, so that it gets no flag."""

GERMAN = ("DE", "AT", "CH", "LI")

COMPASS = ("US", "CA", "AU", "NZ", "GB", "IE", "")
"""Countries where a lone N, E, S or W in front of a name is a direction (`574 E 10th Street`), not a postfix."""


def number_first() -> pl.Expr:
    """True in the countries where the number usually comes first."""
    return pl.col("country").is_in(NUMBER_FIRST)


def belgian() -> pl.Expr:
    return pl.col("country") == "BE"


def german() -> pl.Expr:
    return pl.col("country").is_in(GERMAN)
