"""What may be pushed: exports with their child tables, and tables of one's own in whatever shape."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from etl.errors import UsageError
from etl.push.ownership.references import is_whole
from etl.simulator import Simulator
from tests.support.accounts import make_accounts

from .conftest import Opened, people

GERMAN = "Nummer;Nachname;Straße;PLZ;Ort;Land\n7;Müller;Königsallee 12-a;40212;Düsseldorf;Deutschland\n"
MAP = """
[columns]
last_name = "Nachname"
address_line = "Straße"
postcode = "PLZ"
city = "Ort"
country = "Land"
reference = "DE-{Nummer}"
customer_type = { value = "Zakelijk" }
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
async def test_a_csv_in_any_encoding_is_mapped_and_normalised(encoding: str, shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        file, mapping = shop.folder / "kunden.csv", shop.folder / "map.toml"
        file.write_bytes(GERMAN.encode(encoding))
        mapping.write_text(MAP, "utf-8")
        report = await shop.push(file, key="Nummer", mapping=mapping)
        assert report.outcomes == {"created": 1}
        (sent,) = shop.log("created")
        body = sent["body"]
        assert (body["name"], body["street"], body["house_number"]) == ("Müller", "Königsallee", "12")
        assert (body["country_code_iso_3166"], body["customer_reference"]) == ("DE", "DE-7")
        assert body["customer_type_name"] == "Zakelijk"


@pytest.mark.parametrize(
    ("mapping", "wanted"),
    [
        ('[columns]\nlast_nam = "Nachname"\n', "last_name"),
        ('[columns]\nlast_name = "Nachnam"\n', "Nachname"),
        ('[columns]\nlast_name = { colum = "Nachname" }\n', "column"),
        ('[columns]\nlast_name = { column = "Nachname", value = "x" }\n', "one of"),
        ('[columns]\nlast_name = { column = "Nachname", strip = "(" }\n', "regular expression"),
        ("[column]\n", "columns"),
        ("nonsense", "map"),
    ],
)
async def test_a_map_that_cannot_be_right_is_named(mapping: str, wanted: str, shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        (shop.folder / "kunden.csv").write_text(GERMAN)
        (shop.folder / "map.toml").write_text(mapping)
        with pytest.raises(UsageError, match=wanted):
            await shop.push(shop.folder / "kunden.csv", key="Nummer", mapping=shop.folder / "map.toml")


async def test_a_table_without_a_known_column_or_a_key_is_refused_before_any_call(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        with pytest.raises(UsageError, match="no column that is known"):
            await shop.push([{"a": 1, "b": 2}], key="a")
        with pytest.raises(UsageError, match="--key"):
            await shop.push(people(1), key=None)
        assert shop.simulator.stats["requests"] == 0


async def test_an_export_goes_with_its_child_tables_and_ids_of_the_other_account_stay_behind(
    shop_of: Opened, tmp_path: Path
) -> None:
    async with Simulator(rows=30, seed=5, per_minute=None, per_day=None) as source:
        accounts = make_accounts(tmp_path / "source", source.base_url)
        await accounts.export("park.contacten")
    async with shop_of("contacten") as shop:
        report = await shop.push(accounts.out / "contacts" / "park.contacten.parquet")
        assert report.count("created") == 30 - report.count("rejected")
        sent = [entry["body"] for entry in shop.log("created")]
        persons = [person for body in sent for person in body["contactpersonen"]]
        assert len(persons) > len(sent)
        assert not any("id" in person for person in persons)
        assert all(sum(person["hoofdcontact"] for person in body["contactpersonen"]) == 1 for body in sent)


async def test_the_same_export_as_csv_sends_the_same(shop_of: Opened, tmp_path: Path) -> None:
    async with Simulator(rows=30, seed=5, per_minute=None, per_day=None) as source:
        accounts = make_accounts(tmp_path / "source", source.base_url)
        from etl.runs.export import export
        from etl.runs.export_order import ExportOrder
        from etl.runs.workspace import select

        loaded = accounts.settings()
        await export(loaded, ExportOrder(select(loaded, ["bikes.customers"]), accounts.out, ("parquet", "csv")))
    async with shop_of("customers") as shop:
        first = await shop.push(accounts.out / "contacts" / "bikes.customers.parquet")
        assert first.exit_code == 0
        second = await shop.push(accounts.out / "contacts" / "bikes.customers.csv")
        assert second.outcomes == {"unchanged": 30}


async def test_limit_takes_the_first_rows_and_the_next_run_the_rest(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        assert (await shop.push(people(5), limit=2)).outcomes == {"created": 2}
        assert (await shop.push(people(5))).outcomes == {"unchanged": 2, "created": 3}


async def test_results_stand_in_the_order_of_the_input_and_belong_to_their_owner(shop_of: Opened) -> None:
    async with shop_of("customers", latency_s=0.001) as shop:
        report = await shop.push(people(60))
        rows = shop.results(report)
        assert [row["key"] for row in rows] == [str(n) for n in range(1, 61)]
        ids = {entry["body"]["name"]: entry["id"] for entry in shop.log("created")}
        assert [row["remote_id"] for row in rows] == [ids[f"Jansen {n}"] for n in range(1, 61)]
        assert report.as_dict()["received"] == 60
        for path in report.files["results"]:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_reference_of_ones_own_is_sent_where_it_is_unique(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        rows = people(3)
        for row, reference in zip(rows, ("A", "B", "B"), strict=True):
            row["reference"] = reference
        await shop.push(rows)
        sent = [entry["body"]["customer_reference"] for entry in shop.log("created")]
        assert sent[0] == "A"
        assert len(set(sent)) == 3
        assert all(is_whole(reference) for reference in sent[1:])
        await shop.push([{**row, "nr": f"d{row['nr']}"} for row in rows], reference="derived")
        assert is_whole(shop.log("created")[3]["body"]["customer_reference"])


async def test_the_samples_go_as_their_map_says(shop_of: Opened) -> None:
    samples = Path(__file__).parents[2] / "samples"
    async with shop_of("contacts") as shop:
        report = await shop.push(samples / "spreadsheets" / "leden.csv", key="Nummer", mapping=samples / "map.toml")
        assert (report.exit_code, report.outcomes) == (65, {"created": 3, "rejected": 2})
        assert [row["field"] for row in shop.rejects(report)] == [
            "Voornaam, Achternaam, Telefoon, Mobiel, E-mail",
            "Land",
        ]
        assert [row["suggestion"] for row in shop.rejects(report)] == [None, "NL"]
        assert [entry["body"]["client_reference"] for entry in shop.log("created")] == ["leden-1", "leden-2", "leden-3"]
