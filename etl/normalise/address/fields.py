"""Repair addresses with separate fields whose parts were typed into the wrong field."""

import polars as pl

from etl.normalise.address import flag, form
from etl.normalise.address.line import split
from etl.normalise.address.policy import ADDRESS_SCHEMA, Policy, applied
from etl.normalise.address.stages import part
from etl.normalise.text import tidied

_PARTS = ("street", "house_number", "house_number_postfix")
_PLAIN_STREET = r"^[^0-9,;:/()#]*[^0-9,;:/()#. ]\.?$"
_ANNOUNCES = rf"(?:^|[ .])(?:{form.NUMBER_WORD}|{form.RELATIVE}|{form.BELGIAN_BOX_WORD})[ .:]*$|^{form.CARE_OF}[ .]"
_USUAL_POSTFIX = r"^(?:[A-Za-z]{1,2}|[IVX]{1,5}|[0-9]{1,5}|(?i:bis|ter|hs|huis|boven|beneden|rood|zwart))$"
_POSTFIX = rf"^{form.POSTFIX}"
_BOX = rf"^{form.BOX_WORD}[ .:]*{form.NUMBER_MARK}?(?<name>{form.BOX_NAME})$"
_BELGIAN_BOX = rf"^(?:{form.BELGIAN_BOX_WORD}[ .:]*{form.NUMBER_MARK}?|/ ?)(?<name>{form.BOX_NAME})$"
_DECIMALS = r"^([0-9]+)[.,]0+$"


def repair(frame: pl.DataFrame, *, policy: Policy = "usual", tidy: bool = False) -> pl.DataFrame:
    """Read `street, house_number, house_number_postfix` (all text, as typed) by the custom of `country_code`.

    Returns `address_line` (the joined parts, null where there are none) and the columns of `ADDRESS_SCHEMA`, in the
    order of the frame. Parts in the right field are not flagged, even if their line is ambiguous: street `Wijk 1`,
    number `20` leaves no doubt. A box in the postfix (`bus 3`) is moved to `box` without a flag, since such an API has
    no other field for it. A number that cannot be read leaves `house_number` null, with `address.no_number`; its text
    is then in `address_line` only. `tidy` means that the parts are tidy already.
    """
    parts = frame.select(_PARTS) if tidy else tidied(frame.select(_PARTS))
    line = parts.select(pl.concat_str(_PARTS, separator=" ", ignore_nulls=True)).to_series()
    typed = parts.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("id"),
        *_PARTS,
        frame.get_column("country_code").cast(pl.String),
        line.set(line == "", None).alias("address_line"),
    )
    boxed = _with_boxes(typed)
    clean = boxed.select(_clean()).to_series()
    if clean.all():
        read = _kept(boxed)
    else:
        read = pl.concat([_kept(boxed.filter(clean)), _read(boxed.filter(~clean).select(typed.columns))]).sort("id")
    line = read.get_column("address_line")
    return pl.concat([line.to_frame(), applied(policy, read.select(*ADDRESS_SCHEMA), line)], how="horizontal")


def _with_boxes(typed: pl.DataFrame) -> pl.DataFrame:
    """Add the `box` found in the postfix, and whether the postfix is valid or empty."""
    text = pl.col("house_number_postfix")
    fits = typed.select(text.str.contains(_USUAL_POSTFIX).fill_null(True)).to_series()
    box = pl.repeat(None, typed.height, dtype=pl.String, eager=True)
    rows = (~fits).arg_true()
    if len(rows):
        belgian = pl.when(pl.col("country_code") == "BE").then(text.str.extract(_BELGIAN_BOX))
        boxed = belgian.otherwise(text.str.extract(_BOX))
        odd = typed[rows].select(
            pl.when(text.str.len_chars() > 1).then(boxed).alias("box"), fits=text.str.contains(_POSTFIX)
        )
        box, fits = box.scatter(rows, odd["box"]), fits.scatter(rows, odd["fits"] | odd["box"].is_not_null())
    return typed.with_columns(box=box, postfix_fits=fits)


def _clean() -> pl.Expr:
    """True where each part is in its own field, and where there is none."""
    street, number = pl.col("street"), pl.col("house_number")
    return (
        number.str.contains("^[0-9]{1,6}$")
        & street.str.contains(_PLAIN_STREET)
        & ~street.str.contains(_ANNOUNCES)
        & pl.col("postfix_fits")
    ).fill_null(False) | pl.col("address_line").is_null()


def _joined(*names: str) -> pl.Expr:
    line = pl.concat_str(*names, separator=" ", ignore_nulls=True)
    return pl.when(line != "").then(line)


def _kept(rows: pl.DataFrame) -> pl.DataFrame:
    """Take clean parts as they are."""
    nothing = pl.lit(None, pl.String)
    po_box = flag.where(pl.col("street").str.contains(rf"^{form.PO_BOX}$"), flag.PO_BOX)
    kept = rows.select(
        "id",
        "address_line",
        "street",
        pl.col("house_number").cast(pl.Int32),
        pl.when(pl.col("box").is_null()).then("house_number_postfix").alias("house_number_postfix"),
        "box",
        nothing.alias("address_extra"),
        nothing.alias("address_alternative"),
        pl.when(pl.col("address_line").is_not_null()).then(pl.lit("parts")).alias("address_rule"),
        po_box.alias("mask"),
    )
    return _with_issues(kept)


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    """Join the parts, read the line, and compare the result with the typed parts.

    A number repeated at the end of the street is dropped, unless it belongs to the name (`Wijk 1`, number `1`).
    """
    typed = rows.rename({name: f"typed_{name}" for name in _PARTS}).with_columns(
        pl.col("typed_house_number").str.replace(_DECIMALS, "$1").alias("digits")
    )
    whole = _reading(typed, _joined("typed_street", "digits", "typed_house_number_postfix"))
    twice = part(whole, _typed_twice() & ~_confirmed())
    after_number = pl.when(pl.col("typed_street").str.ends_with(pl.concat_str(pl.lit(" "), "digits")))
    rest = after_number.then("typed_house_number_postfix").alias("rest")
    shorter = _reading(twice.taken.select(typed.columns).with_columns(rest), _joined("typed_street", "rest"))
    once = _judged(twice.left, against=pl.col("house_number") != _leading())
    return _with_issues(pl.concat([once, _judged(shorter, against=pl.lit(False))]))


def _reading(typed: pl.DataFrame, line: pl.Expr) -> pl.DataFrame:
    return pl.concat([typed, split(typed.select(line.alias("address_line"), "country_code"))], how="horizontal")


def _typed_twice() -> pl.Expr:
    """True where the street ends with the number, with or without its postfix."""
    postfix = "typed_house_number_postfix"
    ends = [pl.concat_str(pl.lit(" "), "digits")]
    ends += [pl.concat_str(pl.lit(" "), "digits", pl.lit(joint), postfix) for joint in ("", " ", "-")]
    return pl.any_horizontal(pl.col("typed_street").str.ends_with(end).fill_null(False) for end in ends)


def _leading() -> pl.Expr:
    """The leading digits of the typed number: 12 of `12a`."""
    return pl.col("typed_house_number").str.extract("^([0-9]{1,6})").cast(pl.Int32)


def _confirmed() -> pl.Expr:
    """True where the line reads back as the typed parts; a box may come from the postfix."""
    postfix = pl.col("house_number_postfix")
    return (
        pl.col("street").eq_missing(pl.col("typed_street"))
        & pl.col("house_number").eq_missing(_leading())
        & pl.col("typed_house_number").str.contains("^[0-9]{1,6}$").fill_null(False)
        & (postfix.eq_missing(pl.col("typed_house_number_postfix")) | (pl.col("box").is_not_null() & postfix.is_null()))
    )


def _judged(rows: pl.DataFrame, *, against: pl.Expr) -> pl.DataFrame:
    """Decide whether each reading confirms the typed parts, repairs them, contradicts them, or finds no number.

    A figure followed by words (`Markt 12 Hoven`) is part of the name if the number is in its own field.
    """
    typed_street, typed_postfix, leading = pl.col("typed_street"), pl.col("typed_house_number_postfix"), _leading()
    confirmed = _confirmed()
    unread = pl.col("house_number").is_null()
    against = ~confirmed & ~unread & against.fill_null(False)
    issues = pl.col("address_issues")
    mask = pl.lit(0, flag.TYPE)
    for bit, name in enumerate(flag.NAMES):
        mask = mask | flag.where(issues.list.contains(name), 1 << bit)
    as_typed = confirmed | against | unread
    named = against & pl.col("address_extra").is_not_null()
    return rows.select(
        "id",
        "address_line",
        pl.when(as_typed).then(typed_street).otherwise("street").alias("street"),
        pl.when(against).then(leading).otherwise("house_number").alias("house_number"),
        pl.when(against | unread).then(typed_postfix).otherwise("house_number_postfix").alias("house_number_postfix"),
        pl.when(~against).then("box").alias("box"),
        pl.when(~against).then("address_extra").alias("address_extra"),
        pl.when(against & ~named)
        .then(pl.format("street={}; house_number={}", "street", "house_number"))
        .when(~confirmed & ~against)
        .then("address_alternative")
        .alias("address_alternative"),
        pl.when(confirmed | against).then(pl.lit("parts")).otherwise("address_rule").alias("address_rule"),
        pl.when(confirmed)
        .then(mask & ~flag.bit(flag.AMBIGUOUS | flag.NO_STREET))
        .when(unread)
        .then(mask)
        .when(named)
        .then(flag.bit(0))
        .when(against)
        .then(flag.bit(flag.AMBIGUOUS))
        .otherwise(mask | flag.bit(flag.REPAIRED))
        .alias("mask"),
    )


def _with_issues(rows: pl.DataFrame) -> pl.DataFrame:
    """Replace the bits of the flags by their names."""
    return rows.drop("mask").with_columns(flag.names(rows.get_column("mask")).alias("address_issues"))
