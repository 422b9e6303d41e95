"""Normalise a user's own table: undo what a spreadsheet did to its values, then read it as any contacts.

cells ─┬─ mended where that is certain: `8011.0`, `6.12E2`, `ZoÃ«`, `_x000D_`, two e-mails, a postcode with its city
       ├─ doubtful, and as it is: 46093 as house number, which may be 12 March
       └─ blank where no value is left, flagged, the original kept: `#N/A`, `nvt`, `3,16E+10`, 12 March as house number
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl

from etl.normalise import letters, no_value
from etl.normalise.contacts import Policy, normalise_contacts
from etl.normalise.counted_dates import counted_dates, note_counted_dates
from etl.normalise.country import is_code
from etl.normalise.crosscheck import marked_country
from etl.normalise.identifiers import normalise_emails
from etl.normalise.notes import Notes
from etl.normalise.phone import second_numbers
from etl.normalise.text import tidied

PLACEHOLDER, ENCODING = "text.placeholder", "text.encoding"
_TEXT = (
    "name", "display_name", "company_name", "department", "attention", "title", "initials", "first_name", "insertion",
    "last_name", "city", "bank_name", "bank_number", "address_line", "street", "house_number", "house_number_postfix",
    "box", "invoice_attention", "invoice_city", "invoice_address_line",
)  # fmt: skip
_PHONES = ("phone", "mobile")
_COUNTRIES = ("country", "country_code", "invoice_country", "invoice_country_code")
_FLAGS = {
    "email": "email.invalid", "website": "website.invalid", "vat_number": "vat.invalid", "coc_number": "coc.invalid",
    "postcode": "postcode.invalid", "invoice_postcode": "invoice_postcode.invalid", "fax": "fax.invalid",
    **{name: f"{name.removesuffix('_code')}.unknown" for name in _COUNTRIES},
}  # fmt: skip
NO_VALUE = {
    **{name: (PLACEHOLDER, f"{name}.invalid") for name in _TEXT},
    **{name: (flag,) for name, flag in _FLAGS.items()},
}
"""Columns whose cells may have no value, with the flags that say so."""

_DATED = ("house_number", "house_number_postfix", "box")
_FIGURES = ("postcode", "invoice_postcode", "vat_number", "coc_number", "bank_number", "fax", *_DATED)
"""Identifiers of figures: taken for numbers, a spreadsheet gives them decimals or a power of ten."""
_OPTIONAL = ("house_number_postfix", "box", "insertion", "initials", "title", "department", "attention")
"""Columns that need not have anything: a dash there says so, and nothing is doubtful."""
_PEOPLE = ("name", "display_name", "company_name", "attention", "first_name", "last_name")
_TWO_LINES = r"[0-9]{4}\s*[\r\n]+\s*[+(]?[0-9]"
_EMAIL = r"[^\s<>()\[\],;:\"|/@]+@[^\s<>()\[\],;:\"'|/@]+\.[^\s<>()\[\],;:\"'|/@.]+"
_POSTCODE = r"(?:NL-?)?[1-9][0-9]{3} ?[A-Z]{2}|(?:B-?)?[1-9][0-9]{3}|(?:[DF]-?)?[0-9]{5}"
_POSTCODE_CITY = rf"^({_POSTCODE})(?:, ?| +)(\p{{Lu}}[\p{{L}}'’.\- ]{{2,}})$"
_NAMIBIA = "NA"
_IN_NAMIBIA = (
    r"^(?i)(?:windhoek|swakopmund|walvis ?ba(?:y|ai)|oshakati|rundu|katima mulilo|otjiwarongo|okahandja|keetmanshoop|"
    r"tsumeb|gobabis|l[üu]deritz|grootfontein|rehoboth|ongwediva|ondangwa|mariental|outjo|omaruru|usakos|opuwo)$"
)


def normalise_own(
    frame: pl.DataFrame,
    *,
    country: str | None = None,
    timezone: str = "Europe/Amsterdam",
    policy: Policy = "usual",
    before: pl.DataFrame | None = None,
    said: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Do what `normalise_contacts` does, for cells that a spreadsheet had.

    `before` has what an earlier normalisation read: a street `/` or a country `NA` that is still the same was proven.
    What a map puts into a column on purpose is `said`, such as a last name `Onbekend`: it stands for itself.
    Its column `known` says of which rows there was one, `doubtful` whether by `text.placeholder`, `counted` all flags.
    """
    own = _Own(frame, before if before is not None else pl.DataFrame(), said or {})
    own.mend_letters()
    own.part_emails()
    own.part_places()
    own.mend_figures()
    own.empty()
    done = normalise_contacts(own.mended(), country=country, timezone=timezone, policy=policy)
    return own.noted(_with_second_numbers(done, frame))


def has_no_value(name: str, text: pl.Series) -> pl.Series:
    """Check in which texts of a column, tidy ones, no value is left; never null."""
    found = no_value.stands_for_nothing(text)
    if name in _OPTIONAL:
        found &= ~no_value.may_be_part(text)
    if name in _PEOPLE:
        found &= ~no_value.may_be_name(text)
    if name in _FIGURES:
        found |= no_value.lost_figures(text)
    if name in _DATED:
        found |= no_value.meant_by_dates(text).is_not_null()
    return found


class _Own:
    """Mend the text columns of a table, and note what was done. `texts` are the cells, `tidy` their tidy texts."""

    def __init__(self, frame: pl.DataFrame, before: pl.DataFrame, said: Mapping[str, str]) -> None:
        self.received, self.before, self.said, self.notes = frame, before, said, Notes(frame.height)
        names = [name for name in (*NO_VALUE, *_PHONES) if frame.schema.get(name) == pl.String]
        self.texts = {name: frame[name] for name in names}
        self.tidy: dict[str, pl.Series] = {}
        self.changed: set[str] = set()
        self.emptied: list[tuple[str, str, pl.Series]] = []

    def mended(self) -> pl.DataFrame:
        return self.received.with_columns(self.texts[name] for name in self.changed)

    def _set(self, name: str, rows: pl.Series, values: pl.Series | None) -> None:
        if len(rows):
            self.texts[name] = self.texts[name].clone().scatter(rows, values)
            self.changed.add(name)
            if name in self.tidy:
                self.tidy[name] = self.tidy[name].clone().scatter(rows, values)

    def _keep(self, name: str, rows: pl.Series) -> None:
        self.notes.keep(name, self.received[name], rows)

    def _rows(self, name: str, pattern: str) -> pl.Series:
        return self.tidy[name].str.contains(pattern).fill_null(False).arg_true()

    def mend_letters(self) -> None:
        for name in self.texts:
            rows = self.texts[name].str.contains(letters.ESCAPE).fill_null(False).arg_true()
            self._set(name, rows, letters.unescaped(self.texts[name].gather(rows)))
            rows = self.texts[name].str.contains(letters.SIGNS).fill_null(False).arg_true()
            if len(rows) and name in self.before.columns:
                rows = rows.filter(self.before[name].ne_missing(self.texts[name]).gather(rows))
            if len(rows) and name in _TEXT:
                self._undo_mojibake(name, rows)
        for name in (name for name in _PHONES if name in self.texts):
            rows = self.texts[name].str.contains(_TWO_LINES).fill_null(False).arg_true()
            self._keep(name, rows)
            self._set(name, rows, self.texts[name].gather(rows).str.replace_all(r"\s*[\r\n]+\s*", " / "))
        self.tidy = {column.name: column for column in tidied(pl.DataFrame([*self.texts.values()])).iter_columns()}

    def _undo_mojibake(self, name: str, rows: pl.Series) -> None:
        text = self.texts[name].gather(rows)
        meant, likely = letters.undone(text), letters.undone_in_part(text)
        proven, suspect = rows.filter(meant.is_not_null()), rows.filter(meant.is_null() & (likely != text))
        self.notes.flag(ENCODING, proven)
        self.notes.flag(ENCODING, suspect)
        self._keep(name, proven)
        self.notes.suggest(name, self._nulls().scatter(rows, likely), suspect)
        self._set(name, proven, meant.drop_nulls())

    def _nulls(self) -> pl.Series:
        return pl.Series([None], dtype=pl.String).new_from_index(0, self.received.height)

    def part_emails(self) -> None:
        """Of several addresses in a cell take the first."""
        if "email" not in self.tidy:
            return
        rows = self._rows("email", "@.*@")
        text = self.tidy["email"].gather(rows)
        each = text.str.extract_all(_EMAIL)
        valid = [bool(normalise_emails(one)["valid"].all()) for one in each]
        whole = pl.Series(valid, dtype=pl.Boolean) & (each.list.len() == text.str.count_matches("@"))
        rows, each = rows.filter(whole), each.filter(whole)
        self._keep("email", rows)
        self._set("email", rows, each.list.first())
        self.notes.flag(
            "email.several", rows.filter(each.list.eval(pl.element().str.to_lowercase()).list.n_unique() > 1)
        )

    def part_places(self) -> None:
        """Take a postcode and a city in one cell apart, where the other cell is blank or says the same."""
        for prefix in ("", "invoice_"):
            postcode, city = f"{prefix}postcode", f"{prefix}city"
            if not {postcode, city} <= self.tidy.keys():
                continue
            for name, other, group in ((postcode, city, 2), (city, postcode, 1)):
                rows = self._rows(name, _POSTCODE_CITY)
                parts = self.tidy[name].gather(rows).str.extract_groups(_POSTCODE_CITY).struct.unnest()
                there = self.tidy[other].gather(rows)
                free = (_bare(there) == _bare(parts[str(group)])).fill_null(True)
                rows, parts = rows.filter(free), parts.filter(free)
                self._keep(name, rows)
                self._set(name, rows, parts[str(3 - group)])
                self._set(other, rows, parts[str(group)])

    def mend_figures(self) -> None:
        for name in (name for name in (*_FIGURES, *_PHONES) if name in self.tidy):
            whole = no_value.whole_figures(self.tidy[name])
            rows = whole.is_not_null()
            if name in self.before.columns and rows.any():
                rows &= ~self.before["known"]
            self._set(name, rows.arg_true(), whole.filter(rows))

    def empty(self) -> None:
        """Leave cells blank in which no value is left."""
        for name in (name for name in NO_VALUE if name in self.tidy):
            text = self.tidy[name]
            rows = has_no_value(name, text)
            if name in self.before.columns and rows.any():
                rows &= self.before[name].ne_missing(self.texts[name])
            if name in self.said:
                rows &= (text != self.said[name]).fill_null(True)
            if name in _COUNTRIES and rows.any():
                rows &= ~self._is_namibia(name, rows)
            if not rows.any():
                continue
            figures = no_value.lost_figures(text) | no_value.meant_by_dates(text).is_not_null()
            if name in _DATED:
                self.notes.suggest(name, no_value.meant_by_dates(text), rows & figures)
            doubtful = rows & ~no_value.is_dash(text) if name in _OPTIONAL else rows
            if name in _TEXT:
                self.emptied.append((name, f"{name}.invalid", (rows & figures).arg_true()))
                doubtful &= ~figures
            self.emptied.append((name, NO_VALUE[name][0], doubtful.arg_true()))
            self._keep(name, rows)
            self._set(name, rows.arg_true(), None)
        for name in (name for name in _PEOPLE if name in self.tidy):
            names = no_value.may_be_name(self.tidy[name])
            if name in self.before.columns:
                names &= self.before[name].ne_missing(self.texts[name]) | self.before["doubtful"]
            self.notes.flag(PLACEHOLDER, names)

    def _is_namibia(self, name: str, rows: pl.Series) -> pl.Series:
        """Check where `NA` is Namibia, by the calling code or the city; suggest it where the others are codes."""
        text = self.tidy[name]
        here = rows & (text.str.to_uppercase() == _NAMIBIA).fill_null(False)
        found = pl.repeat(False, len(text), eager=True)
        for column in (one for one in (*_PHONES, "fax") if one in self.tidy):
            found |= (marked_country(self.tidy[column]) == _NAMIBIA).fill_null(False)
        for column in (one for one in ("city", "invoice_city") if one in self.tidy):
            found |= self.tidy[column].str.contains(_IN_NAMIBIA).fill_null(False)
        others = text.filter(~here).drop_nulls().unique()
        if len(others) and all(is_code(one) for one in others):
            field = name.removesuffix("_code") + "_code"
            self.notes.suggest(field, self._nulls().fill_null(_NAMIBIA), here & ~found & (text == _NAMIBIA))
        return here & found

    def noted(self, done: pl.DataFrame) -> pl.DataFrame:
        """Add the notes to those of the reading. A cell without a value is flagged where nothing gave it one."""
        for name, flag, rows in self.emptied:
            made = f"{name.removesuffix('_code')}_code" if name in _COUNTRIES else name
            self.notes.flag(flag, rows.filter(done[made].gather(rows).is_null()) if made in done.columns else rows)
        dated = {name: counted_dates(self.tidy[name], self.before) for name in _DATED if name in self.tidy}
        note_counted_dates(self.notes, done, dated)
        ours = self.notes.columns()
        if (ours["issues"].list.len() > 0).any():
            both = pl.concat_list("issues", ours["issues"]).list.unique().list.sort()
            done = done.with_columns(
                pl.when(ours["issues"].list.len() > 0).then(both).otherwise("issues").alias("issues")
            )
        return done.with_columns(_merged(done[name], ours[name]) for name in ("originals", "suggestions"))


def _with_second_numbers(done: pl.DataFrame, received: pl.DataFrame) -> pl.DataFrame:
    """Place the second number of a cell in the other column of phone and mobile, where that is blank."""
    if not {*_PHONES} <= set(done.columns):
        return done
    several = done["issues"].list.contains("phone.several")
    for name, other, kind in (("phone", "mobile", "landline"), ("mobile", "phone", "mobile")):
        rows = (several & done[name].is_null() & done[other].is_not_null()).arg_true()
        typed = received[rows].select(pl.col(one).cast(pl.String) for one in _PHONES if one in received.columns)
        one_cell = typed.select(pl.sum_horizontal(pl.all().is_not_null()) == 1).to_series()
        rows, cell = rows.filter(one_cell), typed.filter(one_cell).select(pl.coalesce(pl.all())).to_series()
        found = second_numbers(cell, done[other].gather(rows), kind)
        places = rows.filter(found.is_not_null())
        done = done.with_columns(done[name].scatter(places, found.drop_nulls())) if len(places) else done
    return done


def _merged(read: pl.Series, ours: pl.Series) -> pl.Series:
    """Merge JSON objects; what was received before it was mended counts."""
    rows = ours.is_not_null().arg_true()
    if len(rows) == 0:
        return read
    both = zip(read.gather(rows), ours.gather(rows), strict=True)
    texts = [json.dumps(json.loads(one or "{}") | json.loads(other), ensure_ascii=False) for one, other in both]
    return read.scatter(rows, pl.Series(texts, dtype=pl.String))


def _bare(text: pl.Series) -> pl.Series:
    return text.str.replace_all(r"[^\p{L}\p{N}]", "").str.to_lowercase()
