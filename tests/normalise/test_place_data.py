"""The committed tables are whole, and those that are generated are as the generator makes them."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pycountry
import pytest

from etl.normalise.country import country_code, load
from etl.normalise.province import province

SUBDIVISIONS: Any = pycountry.subdivisions  # which declares no types
ROOT = Path(__file__).parents[2]


def test_country_names_are_as_generated() -> None:
    pytest.importorskip("babel")
    checked = subprocess.run([sys.executable, "tests/support/place_data.py", "--check"], cwd=ROOT, check=False)
    assert checked.returncode == 0


@pytest.mark.parametrize("country", ["NL", "BE", "DE", "LU"])
def test_every_province_of_the_standard_is_there(country: str) -> None:
    codes = {subdivision.code for subdivision in SUBDIVISIONS.get(country_code=country)}
    assert set(load("provinces.json")[country]) == codes


def test_every_code_and_name_of_the_standard_is_its_country() -> None:
    for country in pycountry.countries:
        assert country_code(country.alpha_2) == country.alpha_2
        assert country_code(country.alpha_3.lower()) == country.alpha_2
        assert country_code(country.name) == country.alpha_2


def test_every_name_of_a_province_is_read_within_its_country() -> None:
    for country, provinces in load("provinces.json").items():
        for code, called in provinces.items():
            for name in [code, *called["names"], *called["short"]]:
                found = province(name, country)
                assert found is not None, (country, name)
                assert found.code == code, (country, name)


def test_dutch_postcode_ranges_do_not_overlap() -> None:
    ranges = load("nl_pc4_province.json")
    assert all(first <= last for first, last, _ in ranges)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))


def test_the_tables_carry_their_attribution() -> None:
    notice = (ROOT / "etl" / "normalise" / "data" / "NOTICE.md").read_text(encoding="utf-8")
    assert "GeoNames" in notice
    assert "CC BY 4.0" in notice
    assert "Unicode" in notice
