"""The quick ways say what the long ways say: of plain values, of what comes again, and of what was read before."""

from __future__ import annotations

import polars as pl
import pytest

from etl.normalise import identifiers
from etl.normalise.address import form, repair
from etl.normalise.address.fields import _BELGIAN_BOX, _BOX, _POSTFIX, _USUAL_POSTFIX
from etl.normalise.by_distinct import by_distinct
from etl.normalise.contacts import normalise_contacts
from etl.normalise.phone import normalise_phones
from etl.normalise.text import formula_rows, has_text, tidied, tidy

ODD = ["a", " a", "a\u00a0b", "e\u0301", "", " ", None, "a  b", "\u200b", "b\t"]


def test_each_different_row_is_read_once_and_rows_keep_their_order() -> None:
    frame = pl.DataFrame({"text": ["b", "a", None, "b", None], "country": ["NL", "NL", None, "NL", None]})
    seen: list[int] = []

    def read(met: pl.DataFrame) -> pl.DataFrame:
        seen.append(met.height)
        return met.select(text=pl.col("text").str.to_uppercase(), none=pl.col("country").is_null())

    assert by_distinct(frame, read).rows() == [("B", False), ("A", False), (None, True), ("B", False), (None, True)]
    assert seen == [3]
    assert by_distinct(frame.head(2), read).rows() == [("B", False), ("A", False)]
    assert by_distinct(frame.clear(), read).height == 0


def test_texts_that_come_again_and_again_are_tidied_like_others() -> None:
    once = tidy(pl.Series("x", ODD))
    often = tidied(pl.DataFrame({"few": ODD * 1_000, "many": [f"{text}{n}" for n in range(1_000) for text in ODD]}))
    assert often["few"].to_list() == once.to_list() * 1_000
    assert often["many"].to_list() == [tidy(pl.Series([f"{text}{n}"]))[0] for n in range(1_000) for text in ODD]


def test_text_is_told_from_white_space_whatever_it_begins_with() -> None:
    texts = pl.Series(
        ["a", "~", "!", " a", "\u00e9", "\u00a0a", "\x7f", "\U0001f6b2", "", " ", "\t", "\u00a0", "\u2003 ", None]
    )
    assert has_text(texts).to_list() == [True] * 8 + [False] * 6
    assert has_text(texts).to_list() == (texts.str.strip_chars() != "").fill_null(False).to_list()


def test_formulas_are_found_in_any_column() -> None:
    texts = pl.DataFrame(
        {"a": ["=1", "1", None], "b": ["x", "+1", "<"], "c": [None] * 3}, schema_overrides={"c": pl.String}
    )
    assert sorted(formula_rows(texts)) == [0, 1]
    assert formula_rows(texts.clear()).to_list() == []


@pytest.mark.parametrize(
    "email",
    ["jan@voorbeeld.nl", "zo\u00eb.m\u00fcller+x@a-b.example.com", "1_2-3@4.nl", "A.b@c.nl", f"{'x' * 57}@b.nl"],
)
def test_plain_emails_read_as_the_long_way_reads_them(email: str) -> None:
    column = pl.Series([email])
    assert column.str.contains(identifiers._PLAIN_EMAIL).all()
    assert identifiers.normalise_emails(column).rows() == identifiers._odd_emails(column).rows() == [(email, True)]


@pytest.mark.parametrize(
    "email", ["a@B.nl", "\u00d7@b.nl", "a@b-.nl", "a..b@c.nl", "a@b.n1", "mailto:a@b.nl", f"{'x' * 60}@b.nl"]
)
def test_other_emails_are_not_plain_or_too_long_to_pass(email: str) -> None:
    column = pl.Series([email])
    assert identifiers.normalise_emails(column).rows() == identifiers._odd_emails(column).rows()


def test_every_usual_postfix_is_a_postfix_and_none_is_a_box() -> None:
    words = ["a", "Zz", "IV", "12345", "bis", "Ter", "HS", "huis", "boven", "beneden", "rood", "zwart"]
    usual = pl.Series(words)
    assert usual.str.contains(_USUAL_POSTFIX).all()
    assert usual.str.contains(_POSTFIX).all()
    assert not usual.str.contains(f"{_BOX}|{_BELGIAN_BOX.replace('?<name>', '?:')}").any()
    assert form.POSTFIX in _POSTFIX


def test_a_number_too_long_for_a_house_number_behind_a_comma_is_text() -> None:
    typed = {"street": ["Kerkstraat"], "house_number": ["12, 0031612345678"], "house_number_postfix": [None]}
    found = repair(
        pl.DataFrame({**typed, "country_code": ["NL"]}, schema_overrides={"house_number_postfix": pl.String})
    )
    assert found["house_number"].to_list() == [12]


NUMBERS = pl.DataFrame(
    {
        "raw": ["06-12345678", "020-6123456", " ", None, "0470 12 34 56", "06 12345678 (werk)", "1"],
        "country_code": ["NL", "NL", "NL", "NL", "BE", "NL", None],
    }
)


def test_numbers_read_before_are_taken_over() -> None:
    read = normalise_phones(NUMBERS)
    known = NUMBERS.hstack(read).with_columns(kind=pl.when(pl.col("kind").is_not_null()).then(pl.lit("told")))
    again = normalise_phones(NUMBERS, already_read=known)
    assert again["kind"].to_list() == known["kind"].to_list()
    assert again.drop("kind").equals(read.drop("kind"))


@pytest.mark.parametrize("other", [{"raw": "0201234567"}, {"country_code": "BE"}, {"country_code": None}])
def test_numbers_read_before_from_another_text_or_in_another_country_are_read_again(
    other: dict[str, str | None],
) -> None:
    known = NUMBERS.hstack(normalise_phones(NUMBERS)).head(1)
    changed = known.with_columns(kind=pl.lit("told"), **{k: pl.lit(v, dtype=pl.String) for k, v in other.items()})
    again = normalise_phones(NUMBERS.head(1), already_read=changed)
    assert again.rows() == [("+31612345678", "mobile", True)]


def test_a_contact_tells_how_its_numbers_were_read_only_if_asked() -> None:
    raw = pl.DataFrame({"country": ["NL"], "phone": [" 06-12345678"], "fax": ["020-6123456"]})
    read = normalise_contacts(raw, keep_read=True)
    assert read["phone_read"][0] == {
        "raw": "06-12345678", "country_code": "NL", "e164": "+31612345678", "kind": "mobile", "valid": True,
    }  # fmt: skip
    assert read["fax_read"][0]["e164"] == "+31206123456"
    assert read.drop("phone_read", "fax_read").equals(normalise_contacts(raw))
