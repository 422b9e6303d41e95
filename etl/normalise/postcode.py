"""Write postcodes in the form of their country, without a country prefix; Dutch ones without a space."""

from __future__ import annotations

import polars as pl

# The shape in upper case without spaces, dots and hyphens, and the replacement that writes its groups. Postcodes of a
# country that is not listed are only tidied.
_D3, _D4, _D5, _D6 = (f"^([0-9]{{{n}}})$" for n in (3, 4, 5, 6))
_D3_2 = r"^([0-9]{3})([0-9]{2})$"
_SHAPES: dict[str, tuple[str, str]] = {
    "NL": (r"^([1-9][0-9]{3}(?:[A-RT-Z][A-Z]|S[BCE-RT-Z]))$", "$1"),
    "BE": (r"^([1-9][0-9]{3})$", "$1"),
    "LU": (r"^([0-9]{4})$", "$1"),
    "DE": (r"^(0[1-9][0-9]{3}|[1-9][0-9]{4})$", "$1"),
    "FR": (r"^((?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3})$", "$1"),
    "GB": (r"^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})$", "$1 $2"),
    "IE": (r"^([A-Z][0-9][0-9W])([A-Z0-9]{4})$", "$1 $2"),
    "CA": (r"^([A-Z][0-9][A-Z])([0-9][A-Z][0-9])$", "$1 $2"),
    "US": (r"^([0-9]{5})([0-9]{4})?$", "$1-$2"),
    "PL": (r"^([0-9]{2})([0-9]{3})$", "$1-$2"),
    "PT": (r"^([0-9]{4})([0-9]{3})$", "$1-$2"),
    "MT": (r"^([A-Z]{3})([0-9]{4})$", "$1 $2"),
    **dict.fromkeys(("AT", "CH", "LI", "HU", "BG", "SI", "CY", "AU", "ZA"), (r"^([1-9][0-9]{3})$", "$1")),
    **dict.fromkeys(("DK", "NO", "LV", "GE", "AM", "MK"), (_D4, "$1")),
    **dict.fromkeys(("IT", "ES", "FI", "EE", "HR", "TR", "LT", "UA", "BA", "ME", "RS", "MC", "MA"), (_D5, "$1")),
    **dict.fromkeys(("RO", "RU", "CN", "IN", "SG"), (_D6, "$1")),
    **dict.fromkeys(("SE", "CZ", "SK", "GR"), (_D3_2, "$1 $2")),
    "IS": (_D3, "$1"),
}
# Prefixes that occur before a hyphen, a space or the digits themselves.
_PREFIXES: dict[str, str] = {
    "NL": "NL|NLD", "BE": "BE|B|BEL", "LU": "LU|L|LUX", "DE": "DE|D|DEU", "FR": "FR|F|FRA", "AT": "AT|A|AUT",
    "CH": "CH|CHE", "IT": "IT|I", "ES": "ES|E", "DK": "DK", "SE": "SE|S", "NO": "NO|N", "FI": "FI|FIN", "PL": "PL",
    "PT": "PT|P", "CZ": "CZ", "SK": "SK", "GR": "GR|EL", "HU": "HU|H", "LV": "LV", "LT": "LT", "EE": "EE|EST",
    "SI": "SI|SLO", "HR": "HR", "RO": "RO|R", "BG": "BG", "CY": "CY", "RS": "RS|SRB", "LI": "LI|FL", "IS": "IS",
}  # fmt: skip
# Shapes that prove a country: those that no other country uses, and prefixes of neighbouring countries.
_USUAL = r"^(?:[1-9][0-9]{3}(?: ?(?:[A-RT-Z][A-Z]|S[BCE-RT-Z]))?|[1-9][0-9]{4}|0[1-9][0-9]{3})$"
_PROOFS: tuple[tuple[str, str], ...] = (
    ("NL", r"^(?:NLD?)?[1-9][0-9]{3}(?:[A-RT-Z][A-Z]|S[BCE-RT-Z])$"),
    ("GB", r"^(?:[A-PR-UWYZ][0-9]{1,2}|[A-PR-UWYZ][A-HK-Y][0-9]{1,2}|[A-Z]{1,2}[0-9][A-Z])[0-9][ABD-HJLNP-UW-Z]{2}$"),
    ("CA", r"^[ABCEGHJ-NPRSTVXY][0-9][A-Z][0-9][A-Z][0-9]$"),
    ("BE", r"^(?:BE?|BEL)[1-9][0-9]{3}$"),
    ("LU", r"^(?:LU?|LUX)[0-9]{4}$"),
    ("DE", r"^(?:DE?|DEU)[0-9]{5}$"),
    ("FR", r"^(?:FR?|FRA)[0-9]{5}$"),
    ("AT", r"^(?:AT?|AUT)[1-9][0-9]{3}$"),
    ("CH", r"^CHE?[1-9][0-9]{3}$"),
    ("IT", r"^IT?[0-9]{5}$"),
    ("ES", r"^ES?[0-9]{5}$"),
    ("DK", r"^DK[0-9]{4}$"),
    ("SE", r"^SE?[0-9]{5}$"),
)  # fmt: skip


def _bare(column: pl.Expr) -> pl.Expr:
    return column.str.to_uppercase().str.replace_all(r"[ .\-\u2010-\u2014]", "")


def proven_country(postcode: pl.Series) -> pl.Series:
    """Return the country that a postcode proves by its shape or prefix (`1234 AB`, `B-9000`), else null."""
    bare = _bare(pl.col("x"))
    chain: pl.Expr = pl.lit(None, dtype=pl.String)
    for country, shape in reversed(_PROOFS):
        chain = pl.when(bare.str.contains(shape)).then(pl.lit(country)).otherwise(chain)
    return postcode.to_frame("x").select(chain.alias("country")).to_series()


def normalise_postcodes(postcode: pl.Series, country: pl.Series) -> pl.DataFrame:
    """Return `postcode` in the country's form and `valid`: false where the country has no such postcode (the text then
    stays), null where the country or its rules are unknown. Both inputs are tidy."""
    frame = pl.DataFrame({"raw": postcode, "country": country}).with_row_index("row")
    # The forms of nearly all rows, distinguished by length; only the few others take the slow path.
    frame = frame.with_columns(length=pl.col("raw").str.len_bytes())
    lengths = {"NL": pl.col("length") > 5, "BE": pl.col("length") == 4, "DE": pl.col("length") == 5}
    fits = pl.any_horizontal((pl.col("country") == code) & length for code, length in lengths.items())
    usual = frame.select(pl.when(fits & pl.col("raw").str.contains(_USUAL)).then("raw")).to_series()
    spaced = (usual.str.len_bytes() == 7).arg_true()
    usual = usual.scatter(spaced, usual.gather(spaced).str.replace(" ", "", literal=True)) if len(spaced) else usual
    valid = usual.is_not_null()
    rest = frame.filter(usual.is_null() & frame["raw"].is_not_null())
    result = usual
    verdict = valid.set(postcode.is_null(), None)
    if len(rest):
        found = pl.concat([_of_country(code, part) for (code,), part in rest.group_by("country")])
        result = usual.scatter(found["row"], found["postcode"])
        verdict = verdict.scatter(found["row"], found["valid"])
    return pl.DataFrame({"postcode": result, "valid": verdict})


def _of_country(code: object, part: pl.DataFrame) -> pl.DataFrame:
    shape = _SHAPES.get(str(code))
    if shape is None:
        # Without a country or its rules, validity is unknown.
        return part.select("row", postcode="raw", valid=pl.lit(None, dtype=pl.Boolean))
    pattern, writing = shape[0], shape[1].replace("$1", "${1}").replace("$2", "${2}")
    bare = _bare(pl.col("raw"))
    prefix = _PREFIXES.get(str(code))
    without = bare.str.replace(f"^(?:{prefix})([0-9])", "$1") if prefix else bare
    written = pl.when(pl.col("bare").str.contains(pattern)).then(
        pl.col("bare").str.replace(pattern, writing).str.strip_chars_end("-")
    )
    return (
        part.select("row", "raw", bare=without)
        .select("row", "raw", written=written)
        .select("row", postcode=pl.coalesce("written", "raw"), valid=pl.col("written").is_not_null())
    )
