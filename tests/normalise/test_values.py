"""Times, durations, money and other values, each form to what it means."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from etl.normalise.identifiers import normalise_websites
from etl.normalise.money import to_decimal, to_float, to_whole
from etl.normalise.names import gender
from etl.normalise.text import formula_rows, tidy
from etl.normalise.times import duration_minutes, times_to_utc, to_utc

TIMES = [
    ("2023-01-03 12:30:44", datetime(2023, 1, 3, 11, 30, 44, tzinfo=UTC)),
    ("2023-07-03 12:30:44", datetime(2023, 7, 3, 10, 30, 44, tzinfo=UTC)),
    ("2023-03-26 01:59:59", datetime(2023, 3, 26, 0, 59, 59, tzinfo=UTC)),
    # The hour that is left out: the clock would have shown 03:30.
    ("2023-03-26 02:30:00", datetime(2023, 3, 26, 1, 30, tzinfo=UTC)),
    ("2023-03-26 03:00:00", datetime(2023, 3, 26, 1, 0, tzinfo=UTC)),
    # The hour that comes twice: the first of the two.
    ("2023-10-29 02:30:00", datetime(2023, 10, 29, 0, 30, tzinfo=UTC)),
    ("2023-10-29 03:00:00", datetime(2023, 10, 29, 2, 0, tzinfo=UTC)),
    ("2023-01-03T12:30:44", datetime(2023, 1, 3, 11, 30, 44, tzinfo=UTC)),
    ("2023-01-03T12:30:44Z", datetime(2023, 1, 3, 12, 30, 44, tzinfo=UTC)),
    ("2023-01-03T12:30:44+02:00", datetime(2023, 1, 3, 10, 30, 44, tzinfo=UTC)),
    ("2023-01-03 12:30:44+02", datetime(2023, 1, 3, 10, 30, 44, tzinfo=UTC)),
    ("2023-01-03T12:30:44.250-0500", datetime(2023, 1, 3, 17, 30, 44, 250_000, tzinfo=UTC)),
    ("2023-01-03 12:30", datetime(2023, 1, 3, 11, 30, tzinfo=UTC)),
    ("2023-01-03", datetime(2023, 1, 2, 23, 0, tzinfo=UTC)),
    ("0000-00-00 00:00:00", None),
    ("2023-02-30 12:00:00", None),
    ("gisteren", None),
    (None, None),
]


def test_times_are_read_in_the_zone_of_the_account() -> None:
    text, expected = (list(column) for column in zip(*TIMES, strict=True))
    frame = pl.DataFrame({"time": text})
    assert frame.select(to_utc("time", "Europe/Amsterdam"))["time"].to_list() == expected
    assert times_to_utc(frame["time"], "Europe/Amsterdam").to_list() == expected


def test_a_column_of_times_needs_no_reading() -> None:
    naive = pl.Series([datetime(2023, 3, 26, 2, 30)])
    assert times_to_utc(naive, "Europe/Amsterdam").to_list() == [datetime(2023, 3, 26, 1, 30, tzinfo=UTC)]
    utc = naive.dt.replace_time_zone("UTC")
    assert times_to_utc(utc, "Europe/Amsterdam").to_list() == [datetime(2023, 3, 26, 2, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("PT1H30M", 90),
        ("PT90M", 90),
        ("PT1.5H", 90),
        ("PT1,5H", 90),
        ("P1D", 1_440),
        ("P1DT2H", 1_560),
        ("P2W", 20_160),
        ("PT45S", 0.75),
        ("PT0S", 0),
        ("-PT5M", -5),
        ("P1M", None),
        ("P1Y", None),
        ("PT", None),
        ("P", None),
        ("90", None),
        (None, None),
    ],
)
def test_durations_in_minutes(text: str | None, minutes: float | None) -> None:
    frame = pl.DataFrame({"x": [text]}, schema={"x": pl.String})
    assert frame.select(duration_minutes(pl.col("x"))).item() == minutes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", "10"),
        ("10.5", "10.5"),
        ("10,50", "10.50"),
        ("12 %", "12"),
        ("€ 10,50", "10.50"),
        ("€ 10,-", "10"),
        ("-5", "-5"),
        ("0.500", "0.5"),
        ("007", "7"),
        ("10.005", None),
        ("1234", None),
        ("1.2.3", None),
        ("tien", None),
        ("1e3", None),
    ],
)
def test_percentages_are_exact_or_null(text: str, value: str | None) -> None:
    found = to_decimal(pl.Series([text, "1"]), precision=5, scale=2)
    assert found.dtype == pl.Decimal(5, 2)
    assert found[0] == (Decimal(value) if value else None)


def test_amounts_may_be_grouped_either_way() -> None:
    text = pl.Series(["1.234,56", "1,234.56", "€ 1.234.567,00", "1234.5678", "1.000.000"])
    found = to_decimal(text, precision=18, scale=4).to_list()
    assert found == [Decimal(n) for n in ("1234.56", "1234.56", "1234567", "1234.5678", "1000000")]


def test_coordinates_and_whole_numbers() -> None:
    assert to_float(pl.Series(["52,37", "4.9", "nan", "inf", "x"])).to_list() == [52.37, 4.9, None, None, None]
    assert to_whole(pl.Series(["14", "14.0", "14.5", "99999", "x"]), pl.Int16).to_list() == [14, 14, None, None, None]


def test_white_space_is_made_plain() -> None:
    text = pl.Series([" a ", "a\u00a0b", "a\t\n b", "\u200b", "", "   ", None, "e\u0301", "a b"])
    assert tidy(text).to_list() == ["a", "a b", "a b", None, None, None, None, "\u00e9", "a b"]


def test_formulas_are_found_by_their_first_character() -> None:
    text = pl.Series(["=1", "+1", "-1", "@x", "1+1", "a=1", None, "", "<b>", "Å"])
    assert formula_rows(text.to_frame()).to_list() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("man", "male"),
        ("VROUW", "female"),
        ("onbekend", "unknown"),
        ("Mevr. dr.", "female"),
        ("dr.", None),
        ("tafel", None),
    ],
)
def test_words_of_gender(word: str, meaning: str | None) -> None:
    assert pl.DataFrame({"x": [word]}).select(gender(pl.col("x"))).item() == meaning


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("www.Voorbeeld.nl", "https://www.voorbeeld.nl"),
        ("HTTP://voorbeeld.nl/Pad?a=B", "http://voorbeeld.nl/Pad?a=B"),
        ("https://www.recras.nl/", "https://www.recras.nl/"),
        ("bücher.de", "https://bücher.de"),
        ("nvt", None),
        ("jan@voorbeeld.nl", None),
        ("http://", None),
    ],
)
def test_websites(typed: str, written: str | None) -> None:
    value, valid = normalise_websites(pl.Series([typed])).row(0)
    assert (value, valid) == (written or typed, written is not None)


@pytest.mark.parametrize("time", ["-2023-03-26 02:30:00", "+12023-03-26 02:30:00", "0000-01-01 00:00:00"])
def test_a_time_in_a_year_that_no_reader_knows_is_none(time: str) -> None:
    column = pl.Series("time", [time, "9999-12-30 12:00:00"])
    for read in (times_to_utc(column, "Europe/Amsterdam"), column.to_frame().select(to_utc("time", "UTC"))["time"]):
        assert read.to_list()[0] is None
        assert read.to_list()[1] is not None
