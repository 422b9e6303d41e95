"""Normalise chamber of commerce numbers, e-mail addresses and websites. Invalid ones stay as they were typed."""

from __future__ import annotations

import polars as pl

from etl.normalise.vat import belgian_proof

_SCHEMA = {"value": pl.String, "valid": pl.Boolean}
_COC_WORD = (
    r"(?:kvk|k\.v\.k\.?|coc|hr|h\.r\.|kbo|bce|rpr|rpm|kamer van koophandel|chamber of commerce|handelsregister|"
    r"ondernemingsnummer|ondernemingsnr|num[eé]ro d['’]entreprise|n°? d['’]entreprise|dossiernummer|inschrijfnummer)"
)
_COC_LABEL = rf"(?i)^{_COC_WORD}[\s.\-]*(?:nr|nummer|number|no|n°)?[\s.:\-]*"
_COC_PUNCTUATION = r"[\s.\-/\u00a0]+"
_COC_DECIMALS = r"^([0-9]{7,10})[.,]0+$"
# With words beside the one number that it may be, such as the chamber's town.
_COC_AMONG = rf"(?i)^(?:\S* ?{_COC_WORD}[^0-9]*|)((?:BE ?)?[0-9](?:[ .]?[0-9]){{7,9}})(?:[ ,;(]+[^0-9]*)?$"

COC_WORDS = rf"(?i){_COC_WORD}|\b(?:nr|nummer|number|no|be)\b|[°]"
EMAIL_WORDS = r"(?i)mailto:"
"""Words beside such a number or an address that say nothing."""

_ATOM = r"[\p{L}\p{N}!#$%&'*+/=?^_`{|}~\-]"
# No {0,61} here: a bounded repetition of all Unicode letters is expensive to compile.
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}\-]*[\p{L}\p{N}])?"
_TOP = r"(?:\p{L}\p{L}+|[xX][nN]--[a-zA-Z0-9\-]+)"
_EMAIL = rf"^{_ATOM}+(?:\.{_ATOM}+)*@(?:{_LABEL}\.)+{_TOP}$"
# The form of nearly all addresses, many times cheaper to match; its domain is in lower case already.
_PLAIN_ATOM = r"[A-Za-z0-9_+\-\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]"
_PLAIN_EMAIL = rf"^{_PLAIN_ATOM}+(?:\.{_PLAIN_ATOM}+)*@(?:[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?\.)+[a-z]{{2,}}$"
_A = r"[A-Za-z0-9]"
_AMONG = rf"(?:^|[\s<(\[:\"',;])({_ATOM}+(?:\.{_ATOM}+)*@(?:{_LABEL}\.)+{_TOP})(?:$|[\s>)\]\"',;])"
_WEBSITE = rf"^(?i:(https?)://|//)?((?:[^\s/?#@]+@)?)((?:{_LABEL}\.)+{_TOP})((?::[0-9]+)?(?:[/?#]\S*)?)$"
_WEBSITE_ASCII = (
    rf"^(?i:(https?)://|//)?((?:[^\s/?#@]+@)?)((?:{_A}(?:[A-Za-z0-9\-]*{_A})?\.)+(?:[A-Za-z]{{2,63}}|(?i:xn--)[A-Za-z0-9\-]+))"
    r"((?::[0-9]+)?(?:[/?#]\S*)?)$"
)


def _nothing(height: int) -> pl.DataFrame:
    return pl.DataFrame({name: pl.repeat(None, height, dtype=kind, eager=True) for name, kind in _SCHEMA.items()})


def _with(found: pl.DataFrame, rows: pl.Series, odd: pl.DataFrame) -> pl.DataFrame:
    return found.with_columns(found[name].scatter(rows, odd[name]) for name in _SCHEMA)


def normalise_coc(coc: pl.Series, country: pl.Series) -> pl.DataFrame:
    """Return `value`, eight digits, and `valid`, null where there is no number or the country has another register.

    A Belgian company's number is its enterprise number of ten digits, and is checked as such.
    """
    plain = coc.str.contains("^[0-9]{8}$") & (coc != "00000000") & country.ne_missing("BE")
    found = pl.DataFrame({"value": coc, "valid": plain}).with_columns(pl.when("valid").then("valid"))
    rows = (~plain & coc.is_not_null()).fill_null(False).arg_true()
    if len(rows) == 0:
        return found
    part = pl.DataFrame({"raw": coc.gather(rows), "country": country.gather(rows)})
    text = pl.col("raw").str.replace(_COC_DECIMALS, "$1")
    among = text.str.extract(_COC_AMONG)
    bare = (
        pl.coalesce(among, text.str.replace(_COC_LABEL, ""))
        .str.replace_all(_COC_PUNCTUATION, "")
        .str.strip_prefix("BE")
    )
    at_home = (pl.col("country") == "BE").fill_null(False)
    # A spreadsheet takes the zero off the front.
    part = part.with_columns(
        bare=pl.when(at_home & bare.str.contains(r"^[1-9][0-9]{8}$")).then("0" + bare).otherwise(bare)
    )
    dutch = pl.col("bare").str.contains(r"^[0-9]{8}$") & (pl.col("bare") != "00000000") & ~at_home
    belgian = at_home & pl.col("bare").str.contains(r"^[01][0-9]{9}$") & belgian_proof(pl.col("bare"))
    elsewhere = pl.col("country").is_in(["NL", "BE"]).not_().fill_null(False)
    odd = part.select(
        value=pl.when(dutch | belgian).then("bare").otherwise("raw"),
        valid=pl.when(dutch | belgian).then(True).when(~elsewhere | pl.col("bare").str.contains("^0*$")).then(False),
    )
    return _with(found, rows, odd)


def normalise_emails(email: pl.Series) -> pl.DataFrame:
    """Return `value`, the address with its domain in lower case and the part before the @ as typed, and `valid`."""
    plain = email.str.contains(_PLAIN_EMAIL) & (email.str.len_bytes() < 64)
    found = pl.DataFrame({"value": email, "valid": plain})
    odd = (~plain).fill_null(False).arg_true()
    return _with(found, odd, _odd_emails(email.gather(odd))) if len(odd) else found


def _odd_emails(email: pl.Series) -> pl.DataFrame:
    bare = email.str.replace(r"^(?i:mailto:\s*)", "").str.replace(r"^<\s*([^<>\s]+)\s*>$", "$1")
    # The one address among words: a name in front, or a remark behind.
    one = bare.str.count_matches("@", literal=True) == 1
    among = bare.str.extract(_AMONG).str.replace(r"^(?i:mailto:)", "")
    bare = among.zip_with((one & among.is_not_null()).fill_null(False), bare)
    before, domain = bare.str.extract(r"^(.*@)"), bare.str.extract(r"@([^@]*)$")
    labels = bare.str.extract(r"@(.*)$").str.split(".").list.eval(pl.element().str.len_chars()).list.max()
    fits = bare.str.contains(_EMAIL) & (before.str.len_bytes() <= 65) & (labels <= 63) & (bare.str.len_bytes() <= 254)
    return pl.DataFrame({"value": (before + domain.str.to_lowercase()).zip_with(fits, email), "valid": fits})


def normalise_websites(website: pl.Series) -> pl.DataFrame:
    """Return `value`, with scheme and host in lower case and `https` where no scheme was typed, and `valid`."""
    rows = website.is_not_null().arg_true()
    if len(rows) == 0:
        return _nothing(len(website))
    part = pl.DataFrame({"raw": website.gather(rows)})
    # A pattern with all Unicode letters is slow, and few hosts need it.
    letters = part["raw"].str.contains(r"[^\x00-\x7f]").any()
    part = part.with_columns(groups=pl.col("raw").str.extract_groups(_WEBSITE if letters else _WEBSITE_ASCII))
    groups = pl.col("groups").struct
    part = part.with_columns(
        scheme=groups.field("1").str.to_lowercase().fill_null("https"),
        user=groups.field("2"),
        host=groups.field("3").str.to_lowercase(),
        path=groups.field("4"),
    )
    # "name@example.nl" in the website column is an e-mail address.
    valid = pl.col("host").is_not_null() & (pl.col("user") == "")
    written = pl.concat_str("scheme", pl.lit("://"), "host", "path")
    found = part.select(value=pl.when(valid).then(written).otherwise("raw"), valid=valid)
    return _with(_nothing(len(website)), rows, found)
