"""Addresses in parts pass where they are clean, and are repaired where people typed them into the wrong field."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from etl.normalise.address import ADDRESS_SCHEMA, repair

COLUMNS = dict.fromkeys(("street", "house_number", "house_number_postfix", "country_code"), pl.String)


def read(
    street: str | None,
    number: str | None = None,
    postfix: str | None = None,
    country: str | None = "NL",
    **options: Any,
) -> dict[str, Any]:
    frame = pl.DataFrame([(street, number, postfix, country)], schema=COLUMNS, orient="row")
    return repair(frame, **options).row(0, named=True)


def parts(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["street"], row["house_number"], row["house_number_postfix"], row["box"])


def flags(row: dict[str, Any]) -> set[str]:
    return {flag.removeprefix("address.") for flag in row["address_issues"]}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("Kerkweg", "12", None), ("Kerkweg", 12, None, None)),
        (("Kerkweg", " 12 ", "a"), ("Kerkweg", 12, "a", None)),
        (("Kerkweg", "12", "1 hoog"), ("Kerkweg", 12, "1 hoog", None)),
        (("Kerkweg", "12", "A 3"), ("Kerkweg", 12, "A 3", None)),
        (("Kerkweg", "12", "3"), ("Kerkweg", 12, "3", None)),
        (("Plein 1953", "12", None), ("Plein 1953", 12, None, None)),
        (("Wijk 1", "20", None), ("Wijk 1", 20, None, None)),
        (("Wijk 1", "1", None), ("Wijk 1", 1, None, None)),
        (("2e Hugo de Grootstraat", "10", "2"), ("2e Hugo de Grootstraat", 10, "2", None)),
        (("Laan 1940-1945", "103", None), ("Laan 1940-1945", 103, None, None)),
        (("Markt 12 Hoven", "215", None), ("Markt 12 Hoven", 215, None, None)),
        (("Rijksweg A28", "14", "b"), ("Rijksweg A28", 14, "b", None)),
        ((None, "12", None), (None, 12, None, None)),
    ],
)
def test_clean_parts_pass_without_a_flag(typed: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    row = read(*typed)
    assert parts(row) == expected
    assert row["address_issues"] == []


@pytest.mark.parametrize(
    ("typed", "expected", "also"),
    [
        (("Kerkweg", "12a", None), ("Kerkweg", 12, "a", None), set()),
        (("Kerkweg", "12-14b", None), ("Kerkweg", 12, "14b", None), {"range"}),
        (("Kerkweg", "nr. 12", None), ("Kerkweg", 12, None, None), set()),
        (("Kerkweg", "12.0", None), ("Kerkweg", 12, None, None), set()),
        (("Kerkweg", "12", "-A"), ("Kerkweg", 12, "A", None), set()),
        (("Kerkweg", None, "12"), ("Kerkweg", 12, None, None), set()),
        ((None, "Kerkweg 12", None), ("Kerkweg", 12, None, None), set()),
        (("Kerkweg 12", None, None), ("Kerkweg", 12, None, None), set()),
        (("Kerkweg 12 bis", "", ""), ("Kerkweg", 12, "bis", None), set()),
        (("Kerkweg 12", "12", None), ("Kerkweg", 12, None, None), set()),
        (("Kerkweg 12", "12", "a"), ("Kerkweg", 12, "a", None), set()),
        (("Kerkweg 12a", "12", "a"), ("Kerkweg", 12, "a", None), set()),
        (("Kerkweg 12-a", "12", "a"), ("Kerkweg", 12, "a", None), set()),
        (("Kerkweg 12a", "12a", None), ("Kerkweg", 12, "a", None), set()),
        (("Kerkweg,", "12", None), ("Kerkweg", 12, None, None), set()),
        (("12 Kerkweg", None, None), ("Kerkweg", 12, None, None), {"number_first"}),
        (("Postbus 123", None, None), ("Postbus", 123, None, None), {"po_box"}),
        (("Kerkweg", "t.o. 12", None), ("Kerkweg", 12, None, None), {"relative"}),
        (("Wijk 1 20", None, None), ("Wijk 1", 20, None, None), {"ambiguous"}),
    ],
)
def test_what_stands_in_the_wrong_field_is_repaired_and_flagged(
    typed: tuple[Any, ...], expected: tuple[Any, ...], also: set[str]
) -> None:
    row = read(*typed)
    assert parts(row) == expected
    assert flags(row) == {"repaired"} | also


@pytest.mark.parametrize(
    ("postfix", "expected"),
    [("bus 3", (None, "3")), ("/3", (None, "3")), ("bte 12A", (None, "12A")), ("B", ("B", None))],
)
def test_a_belgian_box_in_the_postfix_is_a_box_and_a_letter_is_not(postfix: str, expected: tuple[Any, ...]) -> None:
    row = read("Kouter", "12", postfix, "BE")
    assert (row["house_number_postfix"], row["box"]) == expected
    assert row["address_issues"] == []


def test_a_box_in_the_number_is_repaired() -> None:
    row = read("Kouter", "12 bus 3", None, "BE")
    assert (parts(row), flags(row)) == (("Kouter", 12, None, "3"), {"repaired"})


def test_a_po_box_in_its_place_is_flagged_as_one() -> None:
    row = read("Postbus", "4471")
    assert (parts(row), flags(row)) == (("Postbus", 4471, None, None), {"po_box"})


def test_two_numbers_that_differ_keep_what_was_typed_and_the_other_reading() -> None:
    row = read("Rijksweg 28", "14")
    assert (parts(row), flags(row)) == (("Rijksweg 28", 14, None, None), {"ambiguous"})
    assert row["address_alternative"] == "street=Rijksweg; house_number=28"


@pytest.mark.parametrize("number", ["onbekend", "-", "xx", None])
def test_a_number_that_cannot_be_read_is_null_and_flagged(number: str | None) -> None:
    row = read("Kerkweg", number)
    assert (parts(row), flags(row)) == (("Kerkweg", None, None, None), {"no_number"})


def test_the_line_is_what_was_typed_put_together() -> None:
    assert read(" Kerkweg ", "12", " a")["address_line"] == "Kerkweg 12 a"
    assert read("Kerkweg", "12-14b")["address_line"] == "Kerkweg 12-14b"


def test_nothing_typed_is_all_null() -> None:
    row = read(None, "", " ")
    assert row.pop("address_issues") == []
    assert set(row.values()) == {None}


def test_the_columns_and_the_order_hold_for_clean_and_dirty_rows_together() -> None:
    rows = [("Kerkweg", "1", None, "NL"), ("Kerkweg 2", None, None, "NL"), (None, None, None, None)] * 50
    found = repair(pl.DataFrame(rows, schema=COLUMNS, orient="row"))
    assert found.get_column("house_number").to_list() == [1, 2, None] * 50
    assert dict(found.schema) == {"address_line": pl.String(), **ADDRESS_SCHEMA}
    assert repair(pl.DataFrame([], schema=COLUMNS)).schema == found.schema


def test_the_policy_null_empties_a_doubtful_row() -> None:
    row = read("Wijk 1 20", policy="null")
    assert parts(row) == ("Wijk 1 20", None, None, None)
