"""Keep what a file holds beside its contacts: columns that the reading derives itself, and an earlier normalisation.

    file ─ prepare ─> frame ─ normalise_own ─> done ─ reconcile ─> written

Originals of an earlier normalisation go back into their blank columns, so that a second one finds the same and says the
same. What the file says of a derived column fills it where it is empty; else it stands in `extra`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import polars as pl

from etl.normalise import letters
from etl.normalise.address.rules import ALTERNATIVE, RULES
from etl.normalise.country import country_codes
from etl.normalise.line_and_parts import LINE, TYPED
from etl.normalise.notes import Notes
from etl.normalise.own_table import ENCODING, NO_VALUE, PLACEHOLDER
from etl.normalise.province import provinces
from etl.tables.flat import flat_text, json_text
from etl.tables.known_columns import DERIVED, OURS
from etl.tables.restored import (
    as_typed,
    filled_in,
    json_objects,
    original_of,
    restored,
    same_figures,
    with_no_values,
    with_typed_parts,
)

_OF_ADDRESS = tuple(name for name in DERIVED if name.startswith("address_"))
CODES = {"country": "country_code", "province": "province_code", "invoice_country": "invoice_country_code"}
_COUNTRIES = ("country", "invoice_country")
_INVOICE = ("invoice_street", "invoice_house_number", "invoice_house_number_postfix", "invoice_box")
_READ = (
    "street", "house_number_postfix", "box", "last_name", "insertion", "initials", "display_name", "country",
    "invoice_country",
)  # fmt: skip
_FLAG = r'"[a-z_]+\.[a-z_]+"'
_OUR_ISSUES = rf"^\[(?:{_FLAG}(?:, ?{_FLAG})*)?\]$"
# What an earlier normalisation made stands for nothing where the address reads otherwise by now.
_OUR_RULE = rf"^(?:{'|'.join(RULES)})$"
_MADE = {"address_rule": _OUR_RULE, "address_alternative": ALTERNATIVE}
# Flags of a value that stands in its column by now, with the column.
_STAYING = {
    "country.inferred": "country_code", "invoice_country.inferred": "invoice_country_code",
    "created_at.ambiguous": "created_at", "modified_at.ambiguous": "modified_at", "fax.several": "fax",
    "email.several": "email", "text.encoding": "extra",
}  # fmt: skip


def is_normalised(frame: pl.DataFrame) -> bool:
    """Whether a table holds flags of ours, as text or as a list: then what it says of derived columns is ours, too."""
    if "issues" not in frame.columns:
        return False
    said = flat_text(frame.select("issues")).to_series().cast(pl.String)
    return bool(said.drop_nulls().str.contains(_OUR_ISSUES).all())


@dataclass(frozen=True)
class Prepared:
    """`frame` is to be normalised; `received` is the table as it came, and `ours` its rows with flags of ours."""

    frame: pl.DataFrame
    received: pl.DataFrame
    ours: pl.Series
    flags: pl.Series
    notes: Notes

    def read_before(self) -> pl.DataFrame:
        """Return what an earlier normalisation read into its columns from others, or proved; else null."""
        received = self.received
        read = {name: as_typed(received, CODES.get(name, name)) for name in _READ if name in self.frame.columns}
        unread = as_typed(received, LINE).is_null()
        for name in (name for name in TYPED if name in read):
            # An original that was not flagged was read as it is.
            text = as_typed(self.frame, name)
            mended = self.flags.list.set_intersection([*NO_VALUE[name]]).list.len() > 0
            mended |= letters.meant(text).ne_missing(text)
            # Parts that were read have their line.
            read[name] = read[name].zip_with(mended, text).set(unread, None)
        doubted = self.flags.list.contains(ENCODING)
        for name, text in read.items():
            # Letters that are proven to be others would have been mended.
            read[name] = text.set(~doubted & letters.meant(text).ne_missing(text), None)
        for name in (name for name in _COUNTRIES if name in read):
            read[name] = read[name].set(country_codes(read[name]).ne_missing(read[name]), None)
        doubtful = self.flags.list.contains(PLACEHOLDER)
        known = {"known": self.ours, "doubtful": doubtful, "counted": self.flags}
        return pl.DataFrame({**read, **known}).with_columns(pl.when("known").then(pl.col(*read)) if read else [])


def prepare(received: pl.DataFrame) -> Prepared:
    """Take apart what is to be normalised and what was said before."""
    if received.schema.get("issues") == pl.List(pl.String):
        received = received.with_columns(json_text("issues"))
    said = as_typed(received, "issues")
    ours = said.str.contains(_OUR_ISSUES).fill_null(False)
    flags = said.set(~ours, "[]").fill_null("[]").str.json_decode(pl.List(pl.String))
    notes = Notes(received.height)
    frame = _with_one_name(received, notes)
    if ours.any() and "extra" in received.columns:
        extra = json_objects(received["extra"])
        frame = restored(frame, extra, flags)
        frame = with_typed_parts(frame, extra, flags)
        frame = with_no_values(frame, extra, flags)
    return Prepared(frame.drop(OURS, strict=False), received, ours, flags, notes)


def _with_one_name(frame: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Read a country or province from its name, else from its code; a name that is not known is kept."""
    for name, code in CODES.items():
        if code not in frame.columns:
            continue
        if name not in frame.columns:
            frame = frame.rename({code: name})
            continue
        text, coded = as_typed(frame, name), as_typed(frame, code)
        read, meant = _places(name, text, coded), _places(name, coded, coded)
        used = coded.is_not_null() & (text.is_null() | (read.is_null() & meant.is_not_null()))
        notes.keep(name, text, used & text.is_not_null())
        notes.keep(code, coded, coded.is_not_null() & ~used & (meant.is_null() | meant.ne_missing(read)))
        frame = frame.with_columns(coded.zip_with(used, text).alias(name)).drop(code)
    return frame


def _places(name: str, text: pl.Series, code: pl.Series) -> pl.Series:
    if name == "province":
        return provinces(text, code.str.head(2).str.to_uppercase())["province_code"]
    return country_codes(text)


def reconcile(prepared: Prepared, done: pl.DataFrame) -> pl.DataFrame:
    """Add to the normalised contacts what the file said of derived columns, of flags, and in `extra`."""
    received, notes, ours = prepared.received, prepared.notes, prepared.ours
    same = _same_address(prepared, done)
    for name in _OF_ADDRESS:
        if name not in received.columns:
            continue
        given, made = as_typed(received, name), as_typed(done, name)
        filled = same | (made.is_null() & ~ours) if name == "address_extra" else same
        aside = given.is_not_null() & (given != made).fill_null(True) & ~filled
        if name in _MADE:
            # What was made has the line that it was made of.
            made_before = ours & as_typed(received, LINE).is_not_null()
            aside &= ~(made_before & given.str.contains(_MADE[name]).fill_null(False))
        notes.keep(name, given, aside)
        done = done.with_columns(made.zip_with(~filled, given).alias(name))
    notes.keep("issues", as_typed(received, "issues"), ~ours)
    suggested = as_typed(received, "suggestions")
    notes.keep("suggestions", suggested, ~(ours & suggested.str.starts_with("{").fill_null(False)))
    notes.keep("originals", as_typed(received, "originals"), pl.repeat(True, done.height, eager=True))
    for name in _INVOICE:
        given = as_typed(received, name)
        notes.keep(name, given, given.is_not_null() & given.ne_missing(as_typed(done, name)))
    done = done.with_columns(_issues(prepared, done, same))
    if ours.any():
        unchanged = ours & (done["issues"].list.sort() == prepared.flags.list.sort())
        said = as_typed(received, "suggestions")
        done = done.with_columns(said.zip_with(unchanged, done["suggestions"]).alias("suggestions"))
    return _with_extra(done, received, notes.columns()["originals"])


def _same_address(prepared: Prepared, done: pl.DataFrame) -> pl.Series:
    """Find the rows whose address was split before and reads the same: what was said of it then still holds."""
    received = prepared.received
    rule = as_typed(received, "address_rule")
    same = prepared.ours & (rule.str.contains(_OUR_RULE) | as_typed(done, LINE).is_null()).fill_null(False)
    same &= ~filled_in(as_typed(received, "house_number"), prepared.flags)
    for name in TYPED:
        same &= as_typed(received, name).eq_missing(as_typed(done, name))
    return same


def _issues(prepared: Prepared, done: pl.DataFrame, same: pl.Series) -> pl.Series:
    if not prepared.ours.any():
        return done["issues"]
    flags = pl.DataFrame({"made": done["issues"], "said": prepared.flags, "same": same})
    of_address = pl.element().str.starts_with("address.")
    kept = [flags.select(pl.when("same").then(pl.col("said").list.eval(pl.element().filter(of_address)))).to_series()]
    for name, column in _STAYING.items():
        stays = prepared.flags.list.contains(name) & as_typed(prepared.received, column).is_not_null()
        kept.append(pl.select(pl.when(stays).then(pl.lit([name], dtype=pl.List(pl.String)))).to_series())
    kept += [_phone_stays(prepared), _several_stays(prepared)]
    made = pl.when("same").then(pl.col("made").list.eval(pl.element().filter(~of_address))).otherwise("made")
    flags = flags.select(
        pl.concat_list(made, *(pl.lit(one).fill_null([]) for one in kept)).list.unique().list.sort().alias("issues")
    )
    return flags["issues"]


def _phone_stays(prepared: Prepared) -> pl.Series:
    """Return the flag of a number that could not be read, and in whose column the other number stands by now."""
    received = prepared.received
    phones = {name: as_typed(received, name) for name in ("phone", "mobile")}
    extra = json_objects(as_typed(received, "extra"))
    stays = pl.repeat(False, received.height, eager=True)
    flagged = prepared.flags.list.contains("phone.invalid") & (phones["phone"].is_null() != phones["mobile"].is_null())
    originals = {name: original_of(extra, name) for name in phones}
    for name, other in (("phone", "mobile"), ("mobile", "phone")):
        stays |= flagged & originals[name].is_not_null() & same_figures(originals[other], phones[name])
    return pl.select(pl.when(stays).then(pl.lit(["phone.invalid"], dtype=pl.List(pl.String)))).to_series()


def _several_stays(prepared: Prepared) -> pl.Series:
    extra = json_objects(as_typed(prepared.received, "extra"))
    held = pl.repeat(False, len(extra), eager=True)
    for name in ("phone", "mobile"):
        held |= extra.str.json_path_match(f"$.{name}").is_not_null().fill_null(False)
    stays = held & prepared.flags.list.contains("phone.several")
    return pl.select(pl.when(stays).then(pl.lit(["phone.several"], dtype=pl.List(pl.String)))).to_series()


def _with_extra(done: pl.DataFrame, received: pl.DataFrame, aside: pl.Series) -> pl.DataFrame:
    """Put originals into `extra`, beside those of an earlier normalisation and a user's own text."""
    theirs = as_typed(received, "extra")
    objects = json_objects(theirs)
    own = Notes(done.height)
    own.keep("extra", theirs, theirs.is_not_null() & objects.is_null())
    extra = _merged(objects, _merged(own.columns()["originals"], _merged(done["originals"], aside)))
    return done.drop("originals").with_columns(extra.alias("extra"))


def _merged(earlier: pl.Series, later: pl.Series) -> pl.Series:
    """Merge two columns of JSON objects; of two values under one name both are kept."""
    both = (earlier.is_not_null() & later.is_not_null()).arg_true()
    merged = earlier.zip_with(earlier.is_not_null(), later)
    if len(both) == 0:
        return merged
    texts = [_joined(*pair) for pair in zip(earlier.gather(both), later.gather(both), strict=True)]
    return merged.scatter(both, pl.Series(texts, dtype=pl.String))


def _joined(earlier: str, later: str) -> str:
    values = json.loads(earlier)
    new = {name: value for name, value in json.loads(later).items() if values.get(name) != value}
    if not new:
        return earlier
    added = {f"{name}_also" if name in values else name: value for name, value in new.items()}
    return json.dumps(values | added, ensure_ascii=False)
