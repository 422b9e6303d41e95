"""The patterns say what the library says, number for number."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import Any

import phonenumbers
import polars as pl
import pytest

from etl.normalise.phone import normalise_phones
from etl.normalise.phone_patterns import dialling

NEAR = ["NL", "BE", "DE", "FR", "LU", "GB"]
KINDS = {phonenumbers.PhoneNumberType.MOBILE: "mobile", phonenumbers.PhoneNumberType.FIXED_LINE: "landline"}
# Forms in which people type a number; {c} the calling code, {n} the national number, {t} with its trunk zero.
FORMS = ["+{c}{n}", "+{c} {n}", "+{c} (0){n}", "+{c} 0{n}", "{t}", "({t})", "{n}", "{c}{n}"]


def number_of(region: str, chance: random.Random) -> str:
    """A real number, or one with its last figures or its length changed."""
    kind = chance.choice([0, 1, 1, 1, 2, 3, 4, 6, 7, 8, 9, 10])
    example = phonenumbers.example_number_for_type(region, kind)
    if example is None or chance.random() < 0.15:
        return "".join(chance.choice("0123456789") for _ in range(chance.choice([5, 7, 8, 9, 9, 10, 11])))
    national = phonenumbers.national_significant_number(example)
    changed = chance.randint(0, 4)
    return national[: len(national) - changed] + "".join(chance.choice("0123456789") for _ in range(changed))


def typed(region: str, chance: random.Random) -> str:
    national = number_of(region, chance)
    form = chance.choice(FORMS)
    text = form.format(c=phonenumbers.country_code_for_region(region), n=national, t="0" + national)
    spread = [text[0]]
    for before, letter in pairwise(text):
        between = before.isdigit() and letter.isdigit() and chance.random() < 0.15
        spread.append((chance.choice(" -./") if between else "") + letter)
    return "".join(spread)


def said_by_the_library(text: str, region: str) -> tuple[str | None, str | None, bool]:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None, None, False
    if not phonenumbers.is_valid_number(number):
        return None, None, False
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written, KINDS.get(phonenumbers.number_type(number), "other"), True


def test_eight_thousand_numbers_are_read_as_by_the_library() -> None:
    chance = random.Random(11)
    # Where one dials abroad by other figures, 00 is read as a plus all the same, and `123456/57` are two numbers:
    # such numbers are left out here.
    everywhere = sorted(phonenumbers.SUPPORTED_REGIONS)
    rows: list[Any] = []
    while len(rows) < 8_000:
        region = chance.choice(NEAR if chance.random() < 0.7 else everywhere)
        text = typed(region, chance)
        if not text.lstrip("(").startswith("00") and not re.search(r"/[0-9]{1,3}$", text):
            rows.append((text, region))
    found = normalise_phones(pl.DataFrame(rows, schema=["raw", "country_code"], orient="row"))
    expected = [said_by_the_library(text, region) for text, region in rows]
    different = [
        (row, mine, theirs) for row, mine, theirs in zip(rows, found.rows(), expected, strict=True) if mine != theirs
    ]
    assert not different
    assert 0.3 < sum(valid for *_, valid in expected) / len(rows) < 0.9


@pytest.mark.parametrize("region", NEAR)
def test_the_countries_near_by_are_read_by_patterns(region: str) -> None:
    rules = dialling(region)
    assert rules is not None
    assert rules.mobile
    assert rules.fixed


def test_nothing_is_said_of_no_number() -> None:
    found = normalise_phones(
        pl.DataFrame({"raw": [None, "x"], "country_code": ["NL", None]}, schema_overrides={"raw": pl.String})
    )
    assert found.rows() == [(None, None, None), (None, None, False)]


def test_an_empty_frame_gives_an_empty_one() -> None:
    empty = pl.DataFrame(schema={"raw": pl.String, "country_code": pl.String})
    assert normalise_phones(empty).schema == {"e164": pl.String, "kind": pl.String, "valid": pl.Boolean}


def test_an_unmarked_number_is_read_in_the_country_of_its_row_else_in_the_default() -> None:
    frame = pl.DataFrame({"raw": ["0475123456"] * 3, "country_code": ["BE", "NL", None]})
    found = normalise_phones(frame, country="BE")
    assert found["e164"].to_list() == ["+32475123456", "+31475123456", "+32475123456"]


def test_two_noughts_are_a_plus_even_without_a_country() -> None:
    frame = pl.DataFrame({"raw": ["0031612345678", "00 31 6 12345678"], "country_code": [None, "US"]})
    assert normalise_phones(frame)["e164"].to_list() == ["+31612345678"] * 2


@pytest.mark.parametrize("typed", ["030 123456 privat", "030 123456 (mobil)", "Piet 030 123456", "030 123456 abends"])
def test_letters_are_no_figures_of_a_number(typed: str) -> None:
    frame = pl.DataFrame({"raw": [typed], "country_code": ["DE"]})
    assert normalise_phones(frame)["e164"].to_list() == ["+4930123456"]


def test_a_number_that_is_meant_to_be_spelt_is_read() -> None:
    frame = pl.DataFrame({"raw": ["1-800-FLOWERS"], "country_code": ["US"]})
    assert normalise_phones(frame)["e164"].to_list() == ["+18003569377"]
