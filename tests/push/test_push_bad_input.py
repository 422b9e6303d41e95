"""Bad input: each row that cannot go stands in the rejects as it came, and says why; the others go through."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from etl.errors import UsageError
from etl.push.input.resubmit import proved
from etl.simulator import Simulator
from etl.tables.read_table import read_table
from tests.support.accounts import Accounts, make_accounts

from .conftest import Opened, people

HEADER = "Klantnr;Last name;E-mail adres;Phone;Address line;Postcode;City;Country;Eigen kolom\n"
GOOD = "1;Jansen;jansen@example.nl;020 1234567;Dorpsstraat 12;1337 XD;Utrecht;Nederland;a\n"
BAD = {
    "nameless": ("2;;b@example.nl;;Dorpsstraat 13;1337 XD;Utrecht;Nederland;b\n", "no name"),
    "nowhere": ("3;Bakker;c@example.nl;;Dorpsstraat 14;1337 XD;Utrecht;Nederlnd;c\n", "Nederlnd is not a country"),
    "too long": (f"4;{'x' * 300};d@example.nl;;Dorpsstraat 15;1337 XD;Utrecht;Nederland;d\n", "too long: at most 255"),
    "beyond": ("5;Smit;e@example.nl;;Dorpsstraat 16;1337 XD;Utrecht;Nederland;e;one too many;two\n", "more fields"),
    "keyless": (";Visser;f@example.nl;;Dorpsstraat 17;1337 XD;Utrecht;Nederland;f\n", "no key"),
    "again": ("1;Mulder;g@example.nl;;Dorpsstraat 18;1337 XD;Utrecht;Nederland;g\n", "stands in row 1"),
}
MAP = """[columns]
last_name = "Last name"
email = "E-mail adres"
phone = "Phone"
address_line = "Address line"
postcode = "Postcode"
city = "City"
country = "Country"
"""


async def pushed(accounts: Accounts, file: Path, *more: str) -> tuple[int, dict[str, int], str]:
    order = (
        "push",
        str(file),
        "--to",
        "bikes.customers",
        "--key",
        "Klantnr",
        "--out",
        str(accounts.out),
        "--yes",
        *more,
    )
    ended = await accounts.etl(*order)
    return ended.code, {k: v for k, v in ended.summary["outcomes"].items() if v}, ended.summary["run_id"]


def rejects(folder: Path, run_id: str) -> pl.DataFrame:
    return read_table(folder / "rejects" / f"{run_id}.csv")


async def test_every_bad_row_says_why_the_others_go_and_mended_they_go_too(tmp_path: Path) -> None:
    file = tmp_path / "klanten.csv"
    file.write_bytes((HEADER + GOOD + "".join(row for row, _ in BAD.values())).encode("cp1252"))
    (tmp_path / "map.toml").write_text(MAP, "utf-8")
    with_map = ("--map", str(tmp_path / "map.toml"))
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        code, outcomes, run_id = await pushed(accounts, file, *with_map)
        assert (code, outcomes) == (65, {"created": 1, "rejected": len(BAD)})
        aside = rejects(accounts.out, run_id)
        assert aside.columns[:9] == HEADER.strip().split(";")
        assert aside["Eigen kolom"].to_list() == ["b", "c", "d", "e", "f", "g"]
        for reason, (_, wanted) in zip(aside["reason"], BAD.values(), strict=True):
            assert wanted in reason
        assert aside["field"].to_list()[:3] == ["Last name", "Country", "Last name"]
        assert aside["suggestion"].to_list()[1] == "NL"
        mended = aside.with_columns(
            pl.Series("Klantnr", ["2", "3", "4", "5", "6", "7"]),
            pl.Series("Last name", ["Bos", "Bakker", "Korter", "Smit", "Visser", "Mulder"]),
            pl.Series("Phone", ["06-12 34 56 78"] * 6),
            pl.Series("Country", ["Holland"] * 6),
            pl.lit(None, pl.String).alias("beyond_the_header"),
        )
        mended.write_csv(accounts.out / "rejects" / f"{run_id}.csv")
        code, outcomes, _ = await pushed(accounts, accounts.out / "rejects" / f"{run_id}.csv", *with_map)
        assert (code, outcomes) == (0, {"created": 6})
        sent = [entry["body"] for entry in server.log]
        assert sorted(body["name"] for body in sent) == sorted(["Jansen", *mended["Last name"]])
        assert {body["phone_numbers"][0]["phone_number"] for body in sent[1:]} == {"+31612345678"}
        assert {body["country_code_iso_3166"] for body in sent} == {"NL"}


async def test_two_main_contacts_are_one_too_many_for_who_wants_one(shop_of: Opened) -> None:
    async with shop_of("contacten") as shop:
        persons = shop.folder / "persons.csv"
        persons.write_text("nr,first_name,main_contact\n1,Jan,true\n1,Piet,true\n2,Kees,true\n")
        report = await shop.push(people(2), children={"contact_persons": persons})
        assert report.outcomes == {"rejected": 1, "created": 1}
        (reject,) = shop.rejects(report)
        assert "2 contact persons are marked as the main one" in reject["reason"]
        assert (reject["nr"], reject["field"]) == ("1", "contact_persons.main_contact")


@pytest.mark.parametrize(
    ("missing", "field"), [("email", "email"), ("city", "city"), ("address_line", "address_line"), ("phone", "phone")]
)
async def test_what_a_target_requires_and_nobody_can_fill_in_is_told_by_its_column(
    missing: str, field: str, shop_of: Opened
) -> None:
    rows = people(2)
    rows[0][missing] = ""
    async with shop_of("contacts") as shop:
        report = await shop.push(rows)
        assert report.outcomes == {"rejected": 1, "created": 1}
        (reject,) = shop.rejects(report)
        assert field in reject["field"].split(", ")
        assert "required, and missing" in reject["reason"]


async def test_a_file_without_a_known_column_is_refused_whole_and_says_what_is_known(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        good = shop.sheet(people(1))
        bad = shop.folder / "other.csv"
        bad.write_text("nr,kleur\n1,rood\n")
        from etl.config import settings
        from etl.push.input.rows import read_input
        from etl.push.push_order import Order, destination_of

        destination = destination_of(settings.load(shop.config), "er.customers")
        with pytest.raises(UsageError, match=r"no column that is known.*last_name"):
            read_input(Order([good, bad], shop.out, key="nr"), destination)
        assert shop.simulator.stats["requests"] == 0


async def test_the_rejects_of_an_export_are_mended_and_go_with_their_persons(shop_of: Opened, tmp_path: Path) -> None:
    async with Simulator(rows=30, seed=5, per_minute=None, per_day=None) as source:
        accounts = make_accounts(tmp_path / "source", source.base_url)
        await accounts.export("park.contacten")
    file = accounts.out / "contacts" / "park.contacten.parquet"
    frame = pl.read_parquet(file)
    persons = pl.read_parquet(accounts.out / "contact_persons" / "park.contacten.parquet")
    crowd = persons.group_by("source_id").len().filter(pl.col("len") > 1)["source_id"].to_list()[0]
    spoilt = pl.when(pl.col("source_id") == crowd)
    frame.with_columns(
        city=spoilt.then(pl.lit("x" * 300)).otherwise("city"),
        address_line=spoilt.then(pl.lit("y" * 300)).otherwise("address_line"),
    ).write_parquet(file)
    async with shop_of("contacten") as shop:
        report = await shop.push(file)
        aside = shop.rejects(report)
        assert [row["source_id"] for row in aside if row["field"] == "address_line, city"] == [crowd]
        mended = pl.DataFrame(aside).with_columns(
            city=pl.lit("Ede"), address_line=pl.lit("Kerkstraat 12-hs"), country_code=pl.lit("Holland"),
        )  # fmt: skip
        path = shop.out / "rejects" / f"{report.run_id}.csv"
        mended.filter(pl.col("source_id") == crowd).write_csv(path)
        again = await shop.push(path)
        assert again.outcomes == {"created": 1}
        body = shop.log("created")[-1]["body"]
        assert (body["adres"], body["plaats"], body["landcode"]) == ("Kerkstraat 12-hs", "Ede", "NL")
        assert len(body["contactpersonen"]) == persons.filter(pl.col("source_id") == crowd).height


def test_what_is_typed_into_a_mended_export_is_normalised_and_the_rest_stays(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "phone": ["020-123 45 67", "+3234567890"],
            "country_code": ["Holland", "BE"],
            "postcode": ["1337 xd", "2000"],
            "address_line": ["Kerkstraat 12-hs", "Markt 12 Hoven 3"],
            "street": ["Dorpsstraat", "Markt 12 Hoven"],
            "house_number": ["1", "3"],
            "name": [" as it was", "b"],
        }
    )
    account = make_accounts(tmp_path, "http://127.0.0.1:1").settings().accounts["park"]
    one, two = proved(frame, None, pl.Series([True, False]), account).to_dicts()
    assert (one["phone"], one["country_code"], one["postcode"]) == ("+31201234567", "NL", "1337XD")
    assert (one["street"], one["house_number"], one["house_number_postfix"]) == ("Kerkstraat", "12", "hs")
    assert (two["street"], two["house_number"], two["phone"]) == ("Markt 12 Hoven", "3", "+3234567890")
    assert one["name"] == " as it was"


async def test_the_same_person_under_two_keys_goes_twice_and_is_told(shop_of: Opened) -> None:
    rows = people(3)
    rows[2] = {**rows[0], "nr": 9, "last_name": " jansen 1"}
    async with shop_of("customers") as shop:
        tried = await shop.push(rows, dry_run=True)
        assert (tried.lookalikes, tried.outcomes) == (1, {"created": 3})
        report = await shop.push(rows)
        assert (report.exit_code, report.lookalikes, report.outcomes) == (0, 1, {"created": 3})
        told = [row["message"] for row in shop.results(report)]
        assert told == [None, None, "It looks like the same as row 1, under another key: both go."]
        assert report.as_dict()["alike"] == 1


async def test_the_same_person_under_two_keys_is_one_where_the_api_makes_them_one(shop_of: Opened) -> None:
    rows = people(2)
    rows[1] = {**rows[0], "nr": 9}
    async with shop_of("klanten") as shop:
        report = await shop.push(rows)
        assert (report.lookalikes, report.outcomes) == (1, {"created": 1, "merged": 1})
        assert len(shop.made) == 1
