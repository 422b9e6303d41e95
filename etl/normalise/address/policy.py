"""Apply the policy for addresses with two readings."""

from typing import Literal

import polars as pl

from etl.normalise.address import flag

Policy = Literal["usual", "null", "reject"]
"""`usual` takes the country's usual reading; `null` leaves number, postfix and box empty and the whole line as street;
`reject` reads like `usual`, and the caller rejects the rows flagged `address.ambiguous`."""

ADDRESS_SCHEMA: dict[str, pl.DataType] = {
    "street": pl.String(),
    "house_number": pl.Int32(),
    "house_number_postfix": pl.String(),
    "box": pl.String(),
    "address_extra": pl.String(),
    "address_alternative": pl.String(),
    "address_rule": pl.String(),
    "address_issues": pl.List(pl.String()),
}


def applied(policy: Policy, addresses: pl.DataFrame, line: pl.Series) -> pl.DataFrame:
    """Apply a policy to addresses; `line` has the line that each was read from."""
    if policy != "null":
        return addresses
    doubtful = addresses.get_column("address_issues").list.contains(flag.NAMES[0])
    whole = line.str.replace_all(r"\s+", " ").str.strip_chars()
    emptied = ("house_number", "house_number_postfix", "box", "address_extra")
    return addresses.with_columns(
        pl.when(doubtful).then(whole).otherwise("street").alias("street"),
        *(pl.when(~doubtful).then(name).alias(name) for name in emptied),
    )
