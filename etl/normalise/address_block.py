"""Read an address with its postcode, city, country and province together, since each helps to read the others.

country ──► code ─┐ (blank: proven by postcode, province, phone or VAT number, else the default)
                  ├──► postcode ──► province (blank: the province of the postcode)
province ─────────┘
country + line, or street and number ──► the parts
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.normalise.address import Policy, split
from etl.normalise.country import country_codes
from etl.normalise.line_and_parts import LINE, TYPED, read_line_or_parts, read_parts
from etl.normalise.notes import Notes
from etl.normalise.postcode import normalise_postcodes, proven_country
from etl.normalise.province import province_of_postcode, provinces
from etl.normalise.text import tidied, tidy

SPLIT = {
    "street": pl.String,
    "house_number": pl.Int32,
    "house_number_postfix": pl.String,
    "box": pl.String,
    "address_extra": pl.String,
    "address_alternative": pl.String,
    "address_rule": pl.String,
}
RAW = (LINE, *TYPED, "postcode", "city", "country", "province")


class AddressBlock:
    """Normalise one block of address columns of a frame.

    `raw` is tidy and has any of the columns `RAW`; `received` has the same as received, for originals. `reading` is the
    country by whose rules text is read, even where `country_code` must stay null.
    """

    def __init__(
        self,
        raw: pl.DataFrame,
        received: pl.DataFrame,
        notes: Notes,
        *,
        height: int,
        own_names: Mapping[str, str] | None = None,
        prefix: str = "",
    ) -> None:
        self.raw, self.received, self.notes, self.prefix = raw, received, notes, prefix
        self.height = height
        self.own_names = own_names or {}
        self.columns: dict[str, pl.Series] = {}
        # Without a country column in the result, there is nothing to flag.
        self.flags_country = any(name in raw.columns for name in ("postcode", "country", "province"))
        given = self._column("country")
        self.country_code = country_codes(given)
        self.unknown = given.is_not_null() & self.country_code.is_null()
        self.reading = self.country_code

    def _column(self, name: str) -> pl.Series:
        if name in self.raw.columns:
            return self.raw[name]
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, self.height)

    def own_name(self, name: str) -> str:
        return self.own_names.get(self.prefix + name, self.prefix + name)

    def keep(self, name: str, rows: pl.Series) -> None:
        self.notes.keep(self.own_name(name), self.received[name], rows)

    def read_country(self, evidence: pl.Series, default: pl.Series | str | None, where: pl.Series | None) -> None:
        """Fill blank countries from evidence, then from the default, in the rows `where` there is an address (None: in
        all rows). A country that was given but is unknown stays null."""
        notes, code = self.notes, self.country_code
        if self.unknown.any():
            notes.flag(f"{self.prefix}country.unknown", self.unknown)
            self.keep("country", self.unknown)
            notes.suggest(f"{self.prefix}country_code", evidence, self.unknown & evidence.is_not_null())
        if code.null_count() == 0:
            return
        best = evidence if default is None else evidence.fill_null(default)
        stays = code.is_not_null() | self.unknown
        self.country_code = code.zip_with(stays if where is None else stays | ~where, best)
        if self.flags_country:
            notes.flag(f"{self.prefix}country.inferred", code.is_null() & self.country_code.is_not_null())
        self.reading = code.zip_with(code.is_not_null(), best)

    def evidence(self) -> pl.Series:
        """Return the country that postcode or province prove, for rows without a known country; else null."""
        found = pl.Series("country", [None], dtype=pl.String).new_from_index(0, self.height)
        rows = self.country_code.is_null().arg_true()
        for name in ("postcode", "province"):
            if name not in self.raw.columns or len(rows) == 0:
                continue
            text = self.raw[name].gather(rows)
            proof = proven_country(text) if name == "postcode" else _elsewhere(text)
            found = found.scatter(rows.filter(proof.is_not_null()), proof.drop_nulls())
            rows = rows.filter(proof.is_null())
        return found

    def read_postcode(self) -> None:
        given = self._column("postcode")
        country = self.country_code
        if self.unknown.any():
            country = country.zip_with(country.is_not_null(), self.evidence())
        found = normalise_postcodes(given, country)
        self.columns["postcode"] = found["postcode"]
        if self.unknown.any() and "postcode" in self.raw.columns:
            self.keep("postcode", self.unknown & (found["postcode"] != given).fill_null(False))
        wrong = (found["valid"] == False).fill_null(False)  # noqa: E712 (a column)
        if not wrong.any():
            return
        self.notes.flag(f"{self.prefix}postcode.invalid", wrong)
        rows = wrong.arg_true()
        proof = proven_country(given.gather(rows))
        here = self.country_code.gather(rows)
        other = ((proof != here) & here.is_not_null()).fill_null(False)
        self._contradicted("postcode", rows.filter(other), proof.filter(other))

    def _contradicted(self, by: str, rows: pl.Series, country: pl.Series) -> None:
        self.notes.flag(f"{self.prefix}country.{by}_mismatch", rows)
        proposal = pl.Series([None], dtype=pl.String).new_from_index(0, self.height).scatter(rows, country)
        self.notes.suggest(f"{self.prefix}country_code", proposal, rows)

    def read_province(self) -> None:
        """Read the province within the country; where there is none, take that of the postcode."""
        located = province_of_postcode(self.columns["postcode"], self.country_code)
        given = self._column("province")
        if given.null_count() == len(given):
            self.columns["province_code"] = located
            return
        found = provinces(given, self.country_code)
        code, elsewhere = found["province_code"], found["elsewhere"]
        self.notes.flag("province.unknown", found["unknown"])
        self.keep("province", found["unknown"] | elsewhere.is_not_null() | (given.is_not_null() & code.is_null()))
        abroad = elsewhere.is_not_null() & self.country_code.is_not_null()
        # A region and one of its provinces do not contradict each other.
        regional = code.is_in(["BE-VLG", "BE-WAL"]) & (code.str.slice(3, 1) == located.str.slice(3, 1))
        differs = (code != located).fill_null(False) & ~regional.fill_null(False)
        self.notes.flag("province.mismatch", abroad | differs)
        self.notes.suggest("province_code", located, (differs | abroad | found["unknown"]) & located.is_not_null())
        self.notes.suggest("country_code", elsewhere.str.head(2), abroad)
        self.columns["province_code"] = code.zip_with(given.is_not_null(), located)

    def read_address(self, policy: Policy) -> None:
        """Read the parts of the address: from the line, from separate parts, or in each row from what it has."""
        has_line = LINE in self.raw.columns
        has_parts = any(part in self.raw.columns for part in TYPED)
        if not (has_line or has_parts):
            return
        line, typed = self._line(), self._typed()
        if not has_line and typed.select(pl.all().null_count() == pl.len()).row(0) == (True,) * len(TYPED):
            self.columns |= {LINE: line, **_no_address(self.height)}
            return
        if not has_parts:
            found = split(pl.DataFrame({LINE: line, "country_code": self.reading}), policy=policy)
        elif not has_line:
            found = read_parts(typed, self.reading, policy)
        else:
            found = read_line_or_parts(line, typed, self.reading, policy)
        self.notes.flag_lists(found["address_issues"], prefix=self.prefix)
        self.columns |= {name: found[name] for name in SPLIT}
        if has_parts:
            self.notes.flag(f"{self.prefix}address.parts_mismatch", found["against"])
            self._keep_typed(typed, found)
            line = found[LINE]
        received = _unless_blank(self.received[LINE], self.raw[LINE]) if has_line else line
        self.columns[LINE] = received.zip_with(received.is_not_null(), line)

    def _typed(self) -> pl.DataFrame:
        return pl.DataFrame([self._column(part).alias(part) for part in TYPED])

    def _line(self) -> pl.Series:
        """Return the tidy line, with line breaks turned into commas, since they separate names too."""
        if LINE not in self.raw.columns:
            return _nulls(LINE, self.height)
        received, line = self.received[LINE].cast(pl.String), self.raw[LINE]
        untidy = (received != line).fill_null(False).arg_true()
        broken = untidy.filter(received.gather(untidy).str.contains(r"\S\s*[\r\n]\s*\S"))
        if len(broken) == 0:
            return line
        parted = received.gather(broken).str.strip_chars().str.replace_all(r"[\s,]*[\r\n][\s,]*", ", ")
        return line.clone().scatter(broken, tidy(parted))

    def _keep_typed(self, typed: pl.DataFrame, found: pl.DataFrame) -> None:
        """Keep as an original every part that the reading changed, such as an invalid number or a repaired part."""
        for part in TYPED:
            if part in self.received.columns:
                became = found[part].cast(pl.String)
                self.keep(part, typed[part].is_not_null() & typed[part].ne_missing(became))


def _elsewhere(text: pl.Series) -> pl.Series:
    found = provinces(text, pl.Series([None], dtype=pl.String).new_from_index(0, len(text)))
    return found["elsewhere"].str.head(2)


def _nulls(name: str, height: int) -> pl.Series:
    return pl.Series(name, [None], dtype=pl.String).new_from_index(0, height)


def _no_address(height: int) -> dict[str, pl.Series]:
    return {name: pl.repeat(None, height, dtype=kind, eager=True).alias(name) for name, kind in SPLIT.items()}


def _unless_blank(received: pl.Series, tidied: pl.Series) -> pl.Series:
    """Return the text exactly as received, or null where it is blank."""
    return received.cast(pl.String).set(tidied.is_null(), None)


def normalise_address_block(
    frame: pl.DataFrame,
    *,
    country: str | None = None,
    own_names: Mapping[str, str] | None = None,
    policy: Policy = "usual",
) -> pl.DataFrame:
    """Normalise addresses of persons and locations to all the address columns of the contacts table.

    The frame has any of address_line (or street, house_number, house_number_postfix), postcode, city, country and
    province; other columns pass through. The default `country` is used only in rows with an address. `issues`,
    `suggestions` and `originals` are added.
    """
    received = frame.select(name for name in RAW if name in frame.columns)
    raw = tidied(received)
    notes = Notes(len(frame))
    place = AddressBlock(raw, received, notes, height=len(frame), own_names=own_names)
    height = len(frame)
    anything = pl.repeat(False, height, eager=True)
    for column in raw.iter_columns():
        anything |= column.is_not_null()
    place.read_country(place.evidence(), country, anything)
    place.read_postcode()
    place.read_province()
    place.read_address(policy)
    blank = {LINE: _nulls(LINE, height), **_no_address(height)}
    city = raw["city"] if "city" in raw.columns else _nulls("city", height)
    columns = blank | {"postcode": place.columns["postcode"], "city": city, "country_code": place.country_code}
    columns |= {"province_code": place.columns["province_code"]} | place.columns
    others = frame.drop([*received.columns, *columns], strict=False)
    laid_out = pl.DataFrame([values.alias(name) for name, values in columns.items()])
    return pl.concat([others, laid_out, notes.columns()], how="horizontal")
