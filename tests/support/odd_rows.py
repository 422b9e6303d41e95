"""Rows of odd text, for promises that hold whatever people type: the same rows for the same seed."""

from __future__ import annotations

import random

import polars as pl

from etl.tables.known_columns import DERIVED, KNOWN

_PIECES = {
    "address": [
        "Kerkstraat", "Plein 1945", "2e Laan", "Avenue Albert 1er", "Rue du 11 Novembre", "Wijk 1", "Lindelaan 12",
        "12",
        "7 bis", "12-14", "34a", "bus 3", "bte B", "unit 4", "nr. 8", "t.o. 35", "Postbus 99", "c/o De Wit", "2e etage",
        "&amp;", "#3", "8011AB", "N 99", ", ", "-", "/", "(", "²", "_", "\\A", "1er", "hs", "E3-laan",
    ],
    "number": ["12", "12a", "7.0", "3-5", "B", "12 34", "1 hoog", "0", "bus 2", "x", "1e verd.", "99999999"],
    "phone": [
        "06-12345678", "+31 6 87654321", "020 765 4321", "0475 98 76 54", "privat", "(na 18u)", " / ", "; ",
        "613572468.0",
        "3,16E+10", "tst 12", "ext. 5", "030 246802", "_",
    ],
    "place": [
        "NL", "BE", "Nederland", "Belgie", "Nederlnd", "sr", "NL-UT", "Utrecht", "Limburg", "Saba", "L", "X", "1337 XD",
        "9000", "SW1A 1AA", "1000.0", "N/A",
    ],
    "name": [
        "van den ", "Berg", "Berg v.d.", "de", "'t ", "Dhr.", "mevr.", "J.P.", "jp", "De Jong", "D'Hondt", ", van",
        "Jan",
        "male", "=1+1", "+1", "@x",
    ],
    "value": [
        "2023-01-03 12:30:44", "1-7-2023", "01/07/2023", "7/25/2023", "2023-03-26 02:30:00", "2023-10-29T02:30:00Z",
        "0001-01-01", "10000-01-01", "45000", "14", "10,5", "1.234,56", ".", "-", "veel", "52.1", "1e9", "nan",
        "2023-07-01 12:00:00.123456",
    ],
    "identifier": [
        "NL855630693B01", "(NL) 855630693B01", "BE0403019261", "64356582", "KvK Amsterdam 12345678", "403019261",
        "12345678.0", "x@y.nl", "Jan <jan@voorbeeld.nl>", "a@b.nl; c@d.nl", "www.voorbeeld.nl", "geen",
    ],
    "sheet": [
        "12-mrt", "3-apr-2026", "2026-03-12 00:00:00", "12-3-2026", "mrt-75", "3,16123E+10", "6.12E2", "8011.0",
        "45291",
        "#VERW!", "#N/A", "#REF!", "#####", "Err:502", "n.v.t.", "nvt", "NA", "NULL", "Null", "-", "?", "(leeg)",
        "onbekend", "false", "CafÃ©", "ZoÃ«", "FranÃ§oisâ€™", "Ã", "_x000D_", "a_x000D_\nb", "&amp;", "&eacute;",
        "&#39;", "&nbsp;", "8011 AB Zwolle", "Zwolle", "12345678.0", "00101", "'0612345678", "0612345678\n0201234567",
    ],
    "note": [
        '{"a": 1}', '{"phone": "x"}', "{a", "[]", '["a"]', '["phone.invalid"]', "belt niet terug", '{"box": "3"}',
        '["address.no_number"]', '["address.ambiguous","address.extra"]', '["country.unknown","text.placeholder"]',
        '{"house_number": "12-3"}', '{"street": "#N/A"}', '["mijn.vlag"]',
    ],
}  # fmt: skip
_SORTS = {
    "address": ("street", "address_line", "address_extra", "address_alternative", "address_rule"),
    "number": ("house_number", "house_number_postfix", "box"),
    "phone": ("phone", "mobile", "fax"),
    "place": ("country", "country_code", "province", "province_code", "postcode"),
    "value": ("created_at", "modified_at", "latitude", "longitude", "payment_term_days", "discount_percentage"),
    "identifier": ("vat_number", "coc_number", "email", "website"),
    "note": ("issues", "suggestions", "extra", "originals"),
}
_SORT_OF = {column: sort for sort, columns in _SORTS.items() for column in columns}
_LETTERS = "aZé\u0301ßİ0１² \u00a0\t\u200b'\"\\;,&<>€\U0001f6b2-/"
COLUMNS = (*KNOWN, *DERIVED, "extra", "originals", "opmerking")


def odd_rows(count: int, seed: int) -> pl.DataFrame:
    """Return `count` rows of all columns that are read, and some that are made, mostly blank."""
    dice = random.Random(seed)

    def cell(column: str) -> str | None:
        if dice.random() < 0.6:
            return None
        if dice.random() < 0.15:
            return "".join(dice.choice(_LETTERS) for _ in range(dice.randrange(1, 8)))
        pieces = _PIECES[_SORT_OF.get(column.removeprefix("invoice_"), "name")]
        if dice.random() < 0.1:
            pieces = _PIECES[
                dice.choice([*_PIECES, "sheet", "sheet", "sheet", "sheet", "sheet", "sheet", "sheet", "sheet"])
            ]
        joint = "" if pieces is _PIECES["note"] else dice.choice([" ", " ", "", ", "])
        return joint.join(dice.choice(pieces) for _ in range(1 if joint == "" else dice.randrange(1, 4)))

    return pl.DataFrame(
        {column: [cell(column) for _ in range(count)] for column in COLUMNS}, schema=dict.fromkeys(COLUMNS, pl.String)
    )
