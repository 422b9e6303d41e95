"""Address lines are read as their truth set says, and the shape of the answer holds for whatever comes in."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from etl.normalise.address import ADDRESS_SCHEMA, render, split
from etl.normalise.address.line import read_lines
from etl.normalise.address.rules import ALTERNATIVE, RULES

TRUTH = Path(__file__).parent.parent / "truth" / "addresses.csv"
PARTS = ("street", "house_number", "house_number_postfix", "box", "address_extra")


def rows() -> list[dict[str, str]]:
    with TRUTH.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = rows()
KINDS = sorted({row["kind"] for row in ROWS})


def frame(*pairs: tuple[str | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"address_line": pl.String, "country_code": pl.String}, orient="row")


def read(line: str | None, country: str | None = "NL", **options: str) -> dict[str, object]:
    return split(frame((line, country)), **options).row(0, named=True)  # type: ignore[arg-type]


def test_the_truth_set_is_large_enough_to_mean_something() -> None:
    assert len(ROWS) >= 400
    assert {row["country"] for row in ROWS} >= {"NL", "BE", "LU", "FR", "DE", "GB", "US", ""}


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_of_a_kind_reads_as_its_truth(kind: str) -> None:
    cases = [row for row in ROWS if row["kind"] == kind]
    found = split(frame(*((row["address_line"], row["country"] or None) for row in cases)))
    missed = []
    for row, result in zip(cases, found.rows(named=True), strict=True):
        came_out = [str(result[name]) if result[name] is not None else "" for name in PARTS]
        expected = [row[name] for name in PARTS]
        if came_out != expected or set(result["address_issues"]) != set(row["flags"].split()):
            missed.append((row["country"], row["address_line"], came_out, result["address_issues"]))
    assert not missed


def test_rendering_a_split_and_splitting_again_gives_the_same() -> None:
    lines = frame(*((row["address_line"], row["country"] or None) for row in ROWS))
    first = split(lines)
    again = split(pl.DataFrame([render(first), lines.get_column("country_code")]))
    assert first.select(PARTS).rows() == again.select(PARTS).rows()


def test_the_fast_path_and_the_stages_agree() -> None:
    lines = pl.DataFrame(
        {
            "line": [row["address_line"].strip() for row in ROWS if row["address_line"].strip()],
            "country": [row["country"] for row in ROWS if row["address_line"].strip()],
        }
    ).with_row_index("id")
    staged = read_lines(lines).sort("id").select("street", "number", "postfix", "box", "extra", "mask")
    fast = split(lines.select(address_line="line", country_code="country"))
    assert fast.select("street", pl.col("house_number").cast(pl.String), *PARTS[2:]).rows() == [
        row[:5] for row in staged.rows()
    ]


def test_an_empty_frame_has_the_columns() -> None:
    assert split(frame()).schema == ADDRESS_SCHEMA


@pytest.mark.parametrize("line", [None, "", "  ", "\u00a0\t\n"])
def test_a_blank_line_is_all_null_and_carries_no_flag(line: str | None) -> None:
    row = read(line)
    assert row.pop("address_issues") == []
    assert set(row.values()) == {None}


def test_rows_keep_their_number_and_order_whatever_repeats() -> None:
    lines = ["Kerkweg 1", None, "Postbus 2", "Kerkweg 12 34", "", "Lindelaan7", "Kerkweg 1"] * 300
    found = split(frame(*((line, "NL") for line in lines)))
    assert found.get_column("house_number").to_list() == [1, None, 2, 12, None, 7, 1] * 300
    assert found.schema == ADDRESS_SCHEMA


def test_white_space_of_any_kind_separates() -> None:
    assert read("Kerkweg\u00a012\tbis\n")["house_number_postfix"] == "bis"


def test_two_readings_keep_the_other_one_in_words() -> None:
    row = read("Kerkweg 12 34")
    assert row["address_alternative"] == "street=Kerkweg 12; house_number=34"
    assert row["address_issues"] == ["address.ambiguous"]
    assert read("Wijk 1 20")["address_alternative"] == "street=Wijk; house_number=1; house_number_postfix=20"
    assert read("8 Meistraat")["address_alternative"] == "street=8 Meistraat"
    assert read("Kouter 12 b3", "BE")["address_alternative"] == "street=Kouter; house_number=12; box=3"


def test_words_that_end_in_a_number_could_make_the_whole_a_name() -> None:
    row = read("Markt 12 Hoven 215")
    assert (row["street"], row["house_number"], row["address_extra"]) == ("Markt", 12, "Hoven 215")
    assert row["address_alternative"] == "street=Markt 12 Hoven; house_number=215"
    assert row["address_issues"] == ["address.ambiguous", "address.extra"]


def test_only_two_readings_have_an_alternative() -> None:
    found = split(frame(*((row["address_line"], row["country"] or None) for row in ROWS)))
    doubtful = found.get_column("address_issues").list.contains("address.ambiguous")
    assert (found.get_column("address_alternative").is_not_null() == doubtful).all()


def test_the_policy_null_leaves_what_is_doubtful_empty() -> None:
    row = read("Kerkweg 12 34", policy="null")
    assert (row["street"], row["house_number"], row["house_number_postfix"]) == ("Kerkweg 12 34", None, None)
    assert row["address_issues"] == ["address.ambiguous"]
    assert read("Kerkweg 12", policy="null")["house_number"] == 12


def test_the_policy_reject_reads_as_usual_and_leaves_the_rejecting_to_the_caller() -> None:
    assert read("Kerkweg 12 34", policy="reject") == read("Kerkweg 12 34")


def test_every_reading_names_its_rule_and_every_rule_is_met() -> None:
    found = split(frame(*((row["address_line"], row["country"] or None) for row in ROWS)))
    assert {*found.get_column("address_rule")} == {*RULES} - {"parts"}
    told = found.get_column("address_alternative").drop_nulls()
    assert told.str.contains(ALTERNATIVE).all()
