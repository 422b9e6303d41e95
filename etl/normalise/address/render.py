"""Write a split address as one line, in the spelling of its country."""

import polars as pl

from etl.normalise.address import flag, form


def render(addresses: pl.DataFrame) -> pl.Series:
    """Build the line of each row of the columns of `ADDRESS_SCHEMA`, so that splitting it again gives the same columns.

    The number comes first where that is the custom and it was typed so; a box gets its word (`bte` behind a French
    street, else `bus`), a postfix that starts with a figure a hyphen, a name that ends with one a `nr.`; extra text
    follows a comma.
    """
    street, number, postfix, box, extra = (
        pl.col(name).fill_null("") for name in ("street", "_number", "house_number_postfix", "box", "address_extra")
    )
    issues = pl.col("address_issues")
    in_front = (pl.col("address_rule") == "number_first") & ~issues.list.contains(flag.NAMES[7])
    relative = extra.str.contains(rf"^{form.RELATIVE}$") & issues.list.contains(flag.NAMES[5])
    joint = (
        pl.when((postfix == "") | (number == ""))
        .then(pl.lit(""))
        .when(postfix.str.contains("^[A-Za-z]{3,4}$") & ~postfix.str.contains(rf"^(?:{form.POSITION}|{form.UNIT})$"))
        .then(pl.lit(""))
        .when(postfix.str.contains("^[0-9]") & ~postfix.str.contains(rf"^{form.HALF}$"))
        .then(pl.lit("-"))
        .otherwise(pl.lit(" "))
    )
    word = pl.when(street.str.contains(rf"^{form.STREET_FIRST}[ '’]")).then(pl.lit(" bte ")).otherwise(pl.lit(" bus "))
    boxed = pl.when(box == "").then(pl.lit("")).otherwise(word + box)
    announced = pl.when(street.str.contains("[0-9]$") & (number != "")).then(pl.lit(" nr. ")).otherwise(pl.lit(" "))
    numbered = number + joint + postfix
    address = (
        pl.when(in_front)
        .then(numbered + " " + street + boxed)
        .when(relative)
        .then(street + " " + extra + " " + numbered + boxed)
        .otherwise(street + announced + numbered + boxed)
        .str.strip_chars(" ")
    )
    behind = pl.when((extra == "") | relative).then(pl.lit("")).otherwise(", " + extra)
    line = address + behind
    return (
        addresses.with_columns(pl.col("house_number").cast(pl.String).alias("_number"))
        .select(pl.when(line != "").then(line).alias("address_line"))
        .to_series()
    )
