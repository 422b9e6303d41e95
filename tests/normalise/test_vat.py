"""The columnar proofs say what stdnum says."""

from __future__ import annotations

import random

import polars as pl
from stdnum.be import vat as belgian
from stdnum.de import vat as german
from stdnum.iso7064 import mod_11_10
from stdnum.nl import btw as dutch

from etl.normalise.vat import normalise_vat


def verdicts(numbers: list[str], country: str) -> list[bool]:
    found = normalise_vat(pl.Series(numbers), pl.Series([country] * len(numbers)))
    return found["valid"].to_list()


def test_dutch_numbers_by_both_proofs() -> None:
    chance = random.Random(5)
    numbers = [
        f"NL{chance.randrange(10**9):09d}B{chance.choice([0, 1, 1, 2, chance.randrange(100)]):02d}"
        for _ in range(5_000)
    ]
    said = verdicts(numbers, "NL")
    assert said == [dutch.is_valid(number) for number in numbers]
    assert 100 < sum(said) < 2_000


def test_belgian_numbers_with_nine_and_ten_figures() -> None:
    chance = random.Random(6)
    numbers = []
    for _ in range(3_000):
        first = chance.randrange(2_000_000, 19_999_999)
        check = 97 - first % 97 if chance.random() < 0.5 else chance.randrange(1, 98)
        numbers.append(f"BE{first:08d}{check:02d}")
    assert verdicts(numbers, "BE") == [belgian.is_valid(number) for number in numbers]


def test_without_a_country_only_a_prefix_or_the_dutch_shape_tells() -> None:
    numbers = pl.Series(["855630693B01", "DE136695976", "136695976", None])
    found = normalise_vat(numbers, pl.Series([None] * 4, dtype=pl.String))
    assert found["country"].to_list() == ["NL", "DE", None, None]
    assert found["valid"].to_list() == [True, True, False, None]


def test_where_no_rules_are_known_nothing_is_said() -> None:
    found = normalise_vat(pl.Series(["123"]), pl.Series(["SR"]))
    assert found.row(0) == ("123", None, None)


def test_german_numbers_with_and_without_their_prefix() -> None:
    chance = random.Random(7)
    numbers = []
    for place in range(3_000):
        first = str(chance.randrange(10_000_000, 99_999_999))
        check = mod_11_10.calc_check_digit(first) if chance.random() < 0.5 else str(chance.randrange(10))
        numbers.append(("DE" if place % 2 else "") + first + check)
    said = verdicts(numbers, "DE")
    assert said == [german.is_valid(number) for number in numbers]
    assert 1_000 < sum(said) < 2_500
