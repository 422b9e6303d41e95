"""Normalise whole contacts: raw columns in, the columns of the contacts table and the flags of each row out."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.normalise import crosscheck, identifiers, money, names, times
from etl.normalise.address import Policy
from etl.normalise.address_block import RAW, SPLIT, AddressBlock, normalise_address_block
from etl.normalise.line_and_parts import LINE
from etl.normalise.notes import Notes
from etl.normalise.phone import normalise_phones, place_numbers
from etl.normalise.phone_text import hold_several, holds_more, holds_words
from etl.normalise.text import formula_rows, tidied
from etl.normalise.vat import VAT_WORDS, normalise_vat

__all__ = ["Policy", "normalise_address_block", "normalise_contacts"]

_NAMES = ("name", "display_name", "company_name", "first_name", "initials", "insertion", "last_name", "attention")
_TEXT = ("name", "company_name", "department", "attention", "title", "first_name", "city", "bank_name", "bank_number")
_INVOICE_TEXT = ("invoice_attention", "invoice_city")
_INVOICE = ("address_line", "postcode", "city", "country")
_FLOATS = ("latitude", "longitude", "invoice_latitude", "invoice_longitude")
_TIMES = ("created_at", "modified_at")
_TYPED = (*_FLOATS, *_TIMES, "payment_term_days", "discount_percentage")
_TIDY = (
    *_NAMES, *_TEXT, *_INVOICE_TEXT, *RAW, *(f"invoice_{name}" for name in _INVOICE), "gender", "email", "website",
    "fax", "phone", "mobile", "vat_number", "coc_number", *_TYPED,
)  # fmt: skip
# Phones start with a plus; codes and rules are our own words.
_NOT_FORMULA = frozenset(
    {"phone", "mobile", "fax", "gender", "country_code", "province_code", "invoice_country_code", "address_rule"}
)
# The intermediates of a slice this long stay within a few hundred megabytes, and it still has many duplicates.
_SLICE = 1 << 17


def normalise_contacts(
    frame: pl.DataFrame,
    *,
    country: str | None = None,
    timezone: str = "Europe/Amsterdam",
    own_names: Mapping[str, str] | None = None,
    policy: Policy = "usual",
    keep_read: bool = False,
) -> pl.DataFrame:
    """Replace every raw column of the frame by its normalised ones; rows and their order are unchanged.

    An address gives address_line to address_rule; a phone or a mobile gives both; a country, province or postcode
    gives country_code, province_code and postcode. Other columns pass through. Added are `issues` (a list, never null),
    `suggestions` and `originals` (JSON objects or null), the latter with each value that its column could not take,
    under the source's own name `own_names[column]`.

    `country` is the country of records that neither name nor prove one; naive times are in `timezone`. `keep_read` adds
    `phone_read`, `mobile_read` and `fax_read`, for `already_read` of `normalise_phones`.
    """
    parts = frame.iter_slices(_SLICE) if len(frame) else [frame]
    return pl.concat(
        _normalise(_Contact(part, own_names or {}, keep_read), country, timezone, policy) for part in parts
    )


def _normalise(contact: _Contact, country: str | None, timezone: str, policy: Policy) -> pl.DataFrame:
    contact.read_places(country, policy)
    contact.read_phones()
    contact.read_identifiers()
    contact.read_names()
    contact.read_values(timezone)
    return contact.laid_out()


class _Contact:
    """Normalise the columns of one slice; `out` collects the results in the order of reading."""

    def __init__(self, frame: pl.DataFrame, own_names: Mapping[str, str], keep_read: bool) -> None:
        frame = _with_raw_names(frame)
        self.received, self.own_names, self.keep_read = frame, own_names, keep_read
        self.notes = Notes(len(frame))
        typed = {name for name, dtype in frame.schema.items() if name in _TYPED and dtype != pl.String}
        names = [name for name in dict.fromkeys(_TIDY) if name in frame.columns]
        texts = tidied(frame.select(name for name in names if name not in typed))
        self.raw = {name: frame[name] if name in typed else texts[name] for name in names}
        self.out: dict[str, pl.Series] = {}
        self.country = self._nulls("country_code")
        self.reading = self.country

    def _nulls(self, name: str) -> pl.Series:
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, len(self.received))

    def _raw(self, name: str) -> pl.Series:
        return self.raw[name] if name in self.raw else self._nulls(name)

    def _keep(self, name: str, rows: pl.Series) -> None:
        self.notes.keep(self.own_names.get(name, name), self.received[name], rows)

    def _refuse(self, name: str, rows: pl.Series, flag: str | None = None) -> None:
        """Flag text that its column, null by now, cannot take, and keep it among the originals."""
        if rows.any():
            self.notes.flag(flag or f"{name}.invalid", rows)
            self._keep(name, rows)

    def read_places(self, default: str | None, policy: Policy) -> None:
        place = self._place(RAW, "")
        evidence = self._evidence(place)
        place.read_country(evidence, default, None)
        place.read_postcode()
        place.read_province()
        place.read_address(policy)
        self.country, self.reading = place.country_code, place.reading
        self.out |= {name: place.columns[name] for name in (LINE, *SPLIT) if name in place.columns}
        if any(name in self.raw for name in ("country", "postcode", "province")):
            self.out["postcode"] = place.columns["postcode"]
            self.out["country_code"], self.out["province_code"] = place.country_code, place.columns["province_code"]
        if any(f"invoice_{name}" in self.raw for name in _INVOICE):
            self._read_invoice_place(policy)

    def _place(self, columns: tuple[str, ...], prefix: str) -> AddressBlock:
        raw = pl.DataFrame([self.raw[prefix + name].alias(name) for name in columns if prefix + name in self.raw])
        received = self.received.select(
            pl.col(prefix + name).alias(name) for name in columns if prefix + name in self.raw
        )
        return AddressBlock(
            raw, received, self.notes, height=len(self.received), own_names=self.own_names, prefix=prefix
        )

    def _evidence(self, place: AddressBlock) -> pl.Series:
        """Return the country that postcode, province, phone or VAT number prove, for rows that name no known one."""
        found = place.evidence()
        if place.country_code.null_count() == 0:
            return found
        for name in ("phone", "mobile", "vat_number"):
            rows = (place.country_code.is_null() & found.is_null()).arg_true()
            if name not in self.raw or len(rows) == 0:
                continue
            text = self.raw[name].gather(rows)
            if name == "vat_number":
                proof = normalise_vat(text, self._nulls("").gather(rows))["country"]
            else:
                proof = crosscheck.country_of_phones(text)
            found = found.scatter(rows.filter(proof.is_not_null()), proof.drop_nulls())
        return found

    def _read_invoice_place(self, policy: Policy) -> None:
        place = self._place(_INVOICE, "invoice_")
        anything = pl.repeat(False, len(self.received), eager=True)
        for column in place.raw.iter_columns():
            anything |= column.is_not_null()
        place.read_country(place.evidence(), self.reading, anything)
        place.read_postcode()
        place.read_address(policy)
        kept = ("address_line", "street", "house_number", "house_number_postfix", "box")
        self.out |= {f"invoice_{name}": place.columns[name] for name in kept if name in place.columns}
        self.out["invoice_postcode"] = place.columns["postcode"]
        self.out["invoice_country_code"] = place.country_code

    def read_phones(self) -> None:
        if "fax" in self.raw:
            typed = pl.DataFrame({"raw": self.raw["fax"], "country_code": self.reading})
            fax = typed.hstack(normalise_phones(typed))
            self.notes.flag("fax.invalid", ~fax["valid"].fill_null(True))
            self._keep_beside("fax", fax)
            self.out["fax"] = fax["e164"].fill_null(self.raw["fax"])
            if self.keep_read:
                self.out["fax_read"] = fax.to_struct()
        if "phone" not in self.raw and "mobile" not in self.raw:
            return
        phone, mobile = self._read_numbers("phone", "mobile")
        crosscheck.check_phones(self.notes, self.country, [phone, mobile])
        placed = place_numbers(phone, mobile)
        self.out["phone"], self.out["mobile"] = placed["phone"], placed["mobile"]
        for name, here, there in (("phone", phone, mobile), ("mobile", mobile, phone)):
            if name in self.raw:
                # In the place of text that was refused: without its original it would pass for a correction of that.
                moved = here["e164"].is_not_null() & self.out[name].is_null() & there["e164"].is_null()
                rows = (moved & there["raw"].is_not_null()).arg_true()
                self._keep(name, rows.filter(~holds_more(here[rows])))

    def _read_numbers(self, *names: str) -> list[pl.DataFrame]:
        typed = [pl.DataFrame({"raw": self._raw(name), "country_code": self.reading}) for name in names]
        both = pl.concat(typed)
        read = both.hstack(normalise_phones(both))
        for n, name in enumerate(names):
            place = (n * self.notes.height, self.notes.height)
            typed[n] = read.slice(*place)
            if name in self.raw:
                self._refuse(name, ~typed[n]["valid"], "phone.invalid")
                self._keep_beside(name, typed[n])
                self.out |= {f"{name}_read": typed[n].to_struct()} if self.keep_read else {}
        return typed

    def _keep_beside(self, name: str, number: pl.DataFrame) -> None:
        """Keep text with words, an extension or a second number: E.164 cannot hold them."""
        several = hold_several(number["raw"], number["e164"])
        self._keep(name, holds_words(number) | several)
        self.notes.flag("fax.several" if name == "fax" else "phone.several", several)

    def read_identifiers(self) -> None:
        if "vat_number" in self.raw:
            found = normalise_vat(self.raw["vat_number"], self.reading)
            self.out["vat_number"] = found["vat_number"]
            self._keep_words("vat_number", VAT_WORDS)
            self.notes.flag("vat.invalid", ~found["valid"].fill_null(True))
            crosscheck.check_vat(self.notes, self.country, found["country"])
        if "coc_number" in self.raw:
            self._checked("coc_number", identifiers.normalise_coc(self.raw["coc_number"], self.reading), "coc.invalid")
            self._keep_words("coc_number", identifiers.COC_WORDS)
        if "email" in self.raw:
            self._checked("email", identifiers.normalise_emails(self.raw["email"]), "email.invalid")
            self._keep_words("email", identifiers.EMAIL_WORDS)
        if "website" in self.raw:
            self._checked("website", identifiers.normalise_websites(self.raw["website"]), "website.invalid")

    def _checked(self, name: str, found: pl.DataFrame, flag: str) -> None:
        self.out[name] = found["value"]
        self.notes.flag(flag, ~found["valid"].fill_null(True))

    def _keep_words(self, name: str, label: str) -> None:
        """Keep a text from which more was taken off than a label."""
        raw, value = self.raw[name], self.out[name]
        rows = (raw != value).fill_null(False).arg_true()
        if len(rows):
            letters = [
                text.gather(rows).str.replace_all(rf"{label}|[.,]0+$|[^\p{{L}}\p{{N}}]", "").str.to_lowercase()
                for text in (raw, value)
            ]
            self._keep(name, rows.filter(letters[0].str.len_chars() > letters[1].str.len_chars()))

    def read_names(self) -> None:
        self.out |= {name: self.raw[name] for name in (*_TEXT, *_INVOICE_TEXT) if name in self.raw}
        if "initials" in self.raw:
            self.out["initials"] = names.normalise_initials(self.raw["initials"])
        if "last_name" in self.raw:
            found = names.split_last_names(self.raw["last_name"], self._raw("insertion"), self.country)
            self.out["last_name"], self.out["insertion"] = found["last_name"], found["insertion"]
        elif "insertion" in self.raw:
            self.out["insertion"] = names.lower_case(self.raw["insertion"])
        if "gender" in self.raw or "title" in self.raw:
            self._read_gender()
        if any(name in self.raw for name in _NAMES):
            self.out["display_name"] = names.display_names(
                {name: self.out.get(name, self._raw(name)) for name in _NAMES}
            )

    def _read_gender(self) -> None:
        said = names.genders(self._raw("gender"))
        if "gender" in self.raw:
            self._refuse("gender", self.raw["gender"].is_not_null() & said.is_null())
        self.out["gender"] = said.zip_with(said.is_not_null(), names.genders(self._raw("title")))

    def read_values(self, timezone: str) -> None:
        for name in _TYPED:
            if name not in self.raw:
                continue
            raw = self.raw[name]
            if name in _TIMES:
                value = times.times_to_utc(raw, timezone)
            elif name in _FLOATS:
                value = money.to_float(raw)
            elif name == "discount_percentage":
                value = money.to_decimal(raw, precision=5, scale=2)
            else:
                value = money.to_whole(raw, pl.Int16)
            self.out[name] = value
            if name in _TIMES:
                doubtful = times.ambiguous_dates(raw) & value.is_not_null()
                self._refuse(name, doubtful, f"{name}.ambiguous")
                if doubtful.any():
                    self.notes.suggest(name, times.other_readings(raw, timezone), doubtful)
            if value.null_count() > raw.null_count():
                self._refuse(name, raw.is_not_null() & value.is_null())

    def laid_out(self) -> pl.DataFrame:
        passed = [column for column in self.received.iter_columns() if self._passes(column.name)]
        columns = {column.name: column for column in passed} | self.out
        laid_out = pl.DataFrame([column.alias(name) for name, column in columns.items()])
        texts = pl.col(pl.String).exclude(*_NOT_FORMULA)
        self.notes.flag("text.formula", formula_rows(laid_out.select(texts)))
        return pl.concat([laid_out, self.notes.columns()], how="horizontal")

    def _passes(self, name: str) -> bool:
        replaced = name in self.raw or name in self.out or name in SPLIT
        return not (replaced or name in ("issues", "suggestions", "originals"))


def _with_raw_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Accept code columns in place of names, so that normalised data can be normalised again."""
    pairs = {"country_code": "country", "province_code": "province", "invoice_country_code": "invoice_country"}
    codes = {code: raw for code, raw in pairs.items() if code in frame.columns and raw not in frame.columns}
    return frame.rename(codes)
