"""Convert phone numbers to E.164, with their kind: the result of `phonenumbers` at the speed of a regular expression.

typed ──punctuation off──► digits ──+NN / 00NN / the country's code──► +NN… ──patterns──► mobile, landline, other
                                                                         └─none fits──► phonenumbers, once per
                                                                                        distinct (text, country)
"""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers
import polars as pl
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from etl.normalise import phone_text
from etl.normalise.by_distinct import by_distinct
from etl.normalise.phone_patterns import Dialling, calling_codes, combined, dialling, main_region
from etl.normalise.text import has_text

# White space and punctuation among digits: removed one by one, which is faster than with a pattern.
_SPACES = "\t\n\v\f\r \x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_PUNCTUATION = [*_SPACES, *"()./-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"]
_KINDS = {PhoneNumberType.MOBILE: "mobile", PhoneNumberType.FIXED_LINE: "landline"}
# No number of theirs is the beginning of a longer one.
_OF_ONE_LENGTH = ("NL", "BE")
_SECOND = {"second": pl.String}
_OUT = {"e164": pl.String, "kind": pl.String, "valid": pl.Boolean}


def normalise_phones(
    frame: pl.DataFrame, *, country: str | None = None, already_read: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return `e164` (null unless valid), `kind` (mobile, landline, other) and `valid` (null where there is no number).

    The frame has `raw` and `country_code` (the country that a number without a calling code is read in; `country` where
    it is null). A number that may be of either kind, as in the United States, is `other`. `already_read` holds, row by
    row, earlier input and output of the same numbers: where text and country are unchanged, it is reused.
    """
    raw, region = frame["raw"], frame["country_code"]
    if country is not None:
        region = region.fill_null(country)
    if already_read is None:
        nothing = [pl.Series(name, [None], dtype=kind).new_from_index(0, len(raw)) for name, kind in _OUT.items()]
        result, there = pl.DataFrame(nothing), raw.is_not_null()
    else:
        same = (already_read["raw"] == raw) & already_read["country_code"].eq_missing(region)
        result, there = already_read.select(*_OUT), raw.is_not_null() & ~same.fill_null(False)
    rows = there.arg_true()
    rows = rows.filter(has_text(raw.gather(rows)))
    if len(rows) == 0:
        return result
    return _scatter(result, rows, _read(raw.gather(rows), region.gather(rows)))


def _read(raw: pl.Series, region: pl.Series) -> pl.DataFrame:
    regions = set(region.unique().drop_nulls())
    number = _international(raw.str.replace_many(_PUNCTUATION, [""]), region, regions)
    loose = (~region.is_in(_OF_ONE_LENGTH).fill_null(False)).arg_true()
    odd = loose.filter(raw.gather(loose).str.contains(phone_text.ODD))
    number = number.scatter(odd, None) if len(odd) else number
    result = _match(number, regions)
    rows = (~result["valid"]).arg_true()
    return _read_others(result, raw, region, number, rows) if len(rows) else result


def _international(digits: pl.Series, region: pl.Series, regions: set[str]) -> pl.Series:
    """Put a plus and the calling code in front; null where the country is not read by patterns."""
    rules = {name: rule for name in regions if (rule := dialling(name)) and rule.dials_00}
    codes = {name: calling_codes()[name] for name in rules}
    frame = pl.DataFrame({"digits": digits, "region": region})
    code: pl.Expr = pl.lit(next(iter(codes.values()), None), dtype=pl.String)
    if len(regions) > 1 or region.null_count():
        code = pl.col("region").replace_strict(codes, default=None, return_dtype=pl.String)
    home = pl.col("digits").str.strip_prefix("0")
    without = [name for name, rule in rules.items() if not rule.trunk]
    if without:
        home = pl.when(pl.col("region").is_in(without)).then("digits").otherwise(home)
    frame = frame.with_columns(code=code)
    marked = pl.col("digits").str.starts_with("+")
    number = frame.select(pl.when(marked).then("digits").otherwise(pl.concat_str("code", home))).to_series()
    return _odd_starts(number, frame, rules)


def _odd_starts(number: pl.Series, frame: pl.DataFrame, rules: dict[str, Dialling]) -> pl.Series:
    """Convert numbers that start with `00`; leave those that may start with a bare calling code to the parser."""
    digits, region = frame["digits"], frame["region"]
    dialled_out = digits.str.starts_with("00")
    if dialled_out.any():
        rows = (dialled_out & (region.is_in(list(rules)) | region.is_null())).arg_true()
        number = number.scatter(rows, "+" + digits.gather(rows).str.slice(2))
    rows = (digits >= "1").fill_null(False).arg_true()
    if len(rows) == 0:
        return number
    # "31612345678" may be the country's calling code without its plus: the parser decides.
    part = frame[rows].select(pl.col("digits").str.starts_with(pl.col("code").str.slice(1)).fill_null(False))
    return number.scatter(rows.filter(part.to_series()), None)


def _match(number: pl.Series, regions: set[str]) -> pl.DataFrame:
    """Match every row against the patterns."""
    patterns = combined(frozenset(regions | _regions_of(number)))
    fits = {kind: _contains(patterns[kind]) for kind in ("general", "mobile", "fixed", "other", "guarded")}
    kind = (
        pl.when(pl.col("guarded") | ~pl.col("general"))
        .then(None)
        .when(pl.col("other") | (pl.col("fixed") & pl.col("mobile")))
        .then(pl.lit("other"))
        .when("mobile")
        .then(pl.lit("mobile"))
        .when("fixed")
        .then(pl.lit("landline"))
    )
    return (
        number.to_frame("number")
        .with_columns(**fits)
        .with_columns(kind=kind)
        .select(
            e164=pl.when(pl.col("kind").is_not_null()).then("number"),
            kind="kind",
            valid=pl.col("kind").is_not_null(),
        )
    )


def _contains(pattern: str) -> pl.Expr:
    return pl.col("number").str.contains(pattern).fill_null(False) if pattern else pl.lit(False)


def _regions_of(number: pl.Series) -> set[str]:
    """List the main countries of the calling codes in a column, so that only their patterns are built."""
    starts = number.to_frame("x").select(pl.col("x").str.slice(1, 3).unique().drop_nulls()).to_series()
    regions = set()
    for start in starts:
        for length in (1, 2, 3):
            if start[:length].isascii() and start[:length].isdigit():
                regions.add(main_region(int(start[:length])))
    return {region for region in regions if region}


def _read_others(
    result: pl.DataFrame, raw: pl.Series, region: pl.Series, number: pl.Series, rows: pl.Series
) -> pl.DataFrame:
    """Read the rows that no pattern matched: first without the trunk zero of `+31 (0)6`, then one by one."""
    regions = _regions_of(number.gather(rows))
    trunked = [region for region in regions if (rule := dialling(region)) and rule.trunk]
    if trunked:
        codes = "|".join(calling_codes()[region].removeprefix("+") for region in trunked)
        shortened = number.gather(rows).str.replace(rf"^\+({codes})0", "+$1")
        again = _match(shortened, set(trunked))
        taken = again["valid"].arg_true()
        result = _scatter(result, rows.gather(taken), again[taken])
        rows = rows.filter(~again["valid"])
    patterns = combined(frozenset(regions))
    undecided = (
        number.gather(rows)
        .to_frame("number")
        .select(_contains(patterns["guarded"]) | ~_contains(patterns["decided"]))
        .to_series()
    ) | raw.gather(rows).str.contains(phone_text.WORTH_A_LOOK)
    rows = rows.filter(undecided)
    if len(rows) == 0:
        return result
    pairs = pl.DataFrame({"raw": raw.gather(rows), "region": region.gather(rows)})
    found = by_distinct(
        pairs,
        lambda distinct: pl.DataFrame([read_number(*pair) for pair in distinct.iter_rows()], schema=_OUT, orient="row"),
    )
    return _scatter(result, rows, found)


def _scatter(result: pl.DataFrame, rows: pl.Series, values: pl.DataFrame) -> pl.DataFrame:
    return result.with_columns(result[name].scatter(rows, values[name]) for name in _OUT)


def place_numbers(phone: pl.DataFrame, mobile: pl.DataFrame) -> pl.DataFrame:
    """Return columns `phone` and `mobile` from two results of `normalise_phones`.

    A mobile number typed as phone moves to `mobile` if that is empty or holds a landline, and the other way round.
    """
    frame = pl.DataFrame(
        {"phone": phone["e164"], "phone_kind": phone["kind"], "mobile": mobile["e164"], "mobile_kind": mobile["kind"]}
    )
    out = (pl.col("phone_kind") == "mobile") & (pl.col("mobile").is_null() | (pl.col("mobile_kind") == "landline"))
    back = (pl.col("mobile_kind") == "landline") & (pl.col("phone").is_null() | (pl.col("phone_kind") == "mobile"))
    return frame.select(
        phone=pl.when(back).then("mobile").when(out).then(None).otherwise("phone"),
        mobile=pl.when(out).then("phone").when(back).then(None).otherwise("mobile"),
    )


def read_number(text: str, region: str | None) -> tuple[str | None, str | None, bool]:
    """Return E.164, kind and validity of one number, by the library's own parser."""
    for candidate in _candidates(text):
        try:
            number = phonenumbers.parse(candidate, region)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            return written, _KINDS.get(phonenumbers.number_type(number), "other"), True
    return None, None, False


def _candidates(text: str) -> Iterator[str]:
    for candidate in phone_text.candidates(text):
        yield candidate
        start = candidate.lstrip(" '(")
        if start.startswith("00"):
            # The parser reads `00` only in countries that dial it, and not without a country.
            yield "+" + start[2:].lstrip(" )")


def region_of(e164: str) -> str | None:
    """Return the country that a valid number belongs to."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except NumberParseException:
        return None


def second_numbers(raw: pl.Series, first: pl.Series, kind: str) -> pl.Series:
    """Return the number of a kind that a text holds beside the first one (E.164), in the country of that; else null."""
    pairs = pl.DataFrame({"raw": raw, "first": first})

    def read(distinct: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame({"second": [_second(text, e164, kind) for text, e164 in distinct.iter_rows()]}, _SECOND)

    return by_distinct(pairs, read).to_series()


def _second(raw: str | None, first: str, kind: str) -> str | None:
    region = region_of(first)
    for part in phone_text.parts(raw or ""):
        e164, found, _ = read_number(part, region)
        if e164 not in (None, first) and found == kind:
            return e164
    return None
