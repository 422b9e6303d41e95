"""The simulator's truth is true: checked by other people's libraries and against its own wire."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from typing import Any

import phonenumbers
import pycountry
import pytest
from stdnum import iban
from stdnum.be import vat as belgian
from stdnum.de import vat as german
from stdnum.fr import tva as french
from stdnum.nl import btw as dutch

from etl.simulator import truth
from etl.simulator.cyclesoftware.drawn_customers import draw_customer
from etl.simulator.data.drawn import DrawnContact
from etl.simulator.invoicing.drawn_contacts import draw_debtor
from etl.simulator.recras.drawn_contacts import draw_relation
from etl.simulator.woocommerce.drawn_customers import draw_shopper

from .conftest import Start

ROWS, SEED = 1500, 11
SUBDIVISIONS: Any = pycountry.subdivisions  # which declares no types
DRAW = {"cyclesoftware": draw_customer, "recras": draw_relation, "invoicing": draw_debtor, "woocommerce": draw_shopper}


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[DrawnContact]]:
    return {system: [draw(row, SEED) for row in range(ROWS)] for system, draw in DRAW.items()}


@pytest.mark.parametrize("system", DRAW)
def test_the_same_seed_gives_the_same_rows_and_another_seed_others(system: str) -> None:
    assert truth.contacts(system, 50, 3) == truth.contacts(system, 50, 3)
    assert truth.contacts(system, 50, 3) != truth.contacts(system, 50, 4)
    assert truth.contacts(system, 50, 3) == truth.contacts(system, 80, 3)[:50]


def test_an_unknown_system_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'bookshop'"):
        truth.contacts("bookshop", 1, 1)


def _country_of(contact: dict[str, Any]) -> str | None:
    country: str | None = contact.get("country_code")
    return country


def test_every_number_said_to_be_valid_reads_back_from_its_spelling(drawn: dict[str, list[Any]]) -> None:
    for record in chain.from_iterable(drawn.values()):
        for phone in record.phones:
            if phone.get("valid"):
                parsed = phonenumbers.parse(phone["raw"], _country_of(record.contact))
                assert phonenumbers.is_valid_number(parsed), phone
                assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == phone["e164"]
                if phone["kind"] != "fax":
                    kind = phonenumbers.number_type(parsed)
                    assert kind == getattr(
                        phonenumbers.PhoneNumberType, "MOBILE" if phone["kind"] == "mobile" else "FIXED_LINE"
                    )


def test_numbers_said_to_be_invalid_are_so_for_any_country_of_ours(drawn: dict[str, list[Any]]) -> None:
    junk = [
        p["raw"] for record in chain.from_iterable(drawn.values()) for p in record.phones if p.get("valid") is False
    ]
    assert junk
    for raw in junk:
        for country in ("NL", "BE", "DE", "FR"):
            try:
                assert not phonenumbers.is_valid_number(phonenumbers.parse(raw, country))
            except phonenumbers.NumberParseException:
                continue


def test_vat_chamber_and_bank_numbers_pass_their_checks(drawn: dict[str, list[Any]]) -> None:
    checks = {"NL": dutch, "BE": belgian, "DE": german, "FR": french}
    contacts = [record.contact for record in chain.from_iterable(drawn.values())]
    numbers = [contact["vat_number"] for contact in contacts if contact.get("vat_number")]
    assert {number[:2] for number in numbers} == checks.keys()
    for number in numbers:
        assert checks[number[:2]].is_valid(number), number
    accounts = [contact["bank_number"] for contact in contacts if contact.get("bank_number")]
    assert accounts
    assert all(iban.is_valid(account) for account in accounts)
    assert all(len(number) == 8 for contact in contacts if (number := contact.get("coc_number")))


def test_codes_are_those_of_the_standards(drawn: dict[str, list[Any]]) -> None:
    for record in chain.from_iterable(drawn.values()):
        if country := record.contact.get("country_code"):
            assert pycountry.countries.get(alpha_2=country)
        if province := record.contact.get("province_code"):
            assert SUBDIVISIONS.get(code=province)
            assert province[:2] == record.contact.get("country_code", province[:2])


def test_dutch_postcodes_are_written_as_one(drawn: dict[str, list[Any]]) -> None:
    for record in chain.from_iterable(drawn.values()):
        if record.contact.get("country_code") == "NL" and (postcode := record.contact.get("postcode")):
            assert (len(postcode), postcode[:4].isdigit(), postcode[4:].isalpha()) == (6, True, True)
            assert postcode[4:] not in {"SA", "SD", "SS"}


def test_address_lines_are_exactly_those_on_the_wire_and_hold_their_parts(drawn: dict[str, list[Any]]) -> None:
    for system, field in (("recras", "adres"), ("invoicing", "location_address")):
        for record in drawn[system]:
            wire = record.wire.get("Contact", record.wire)
            contact = record.contact
            assert (wire[field] or None) == contact["address_line"]
            if contact.get("street"):
                rest = contact["address_line"].removeprefix(contact["street"]).strip(" ,")
                assert rest.startswith(str(contact["house_number"]))
                tail = contact["house_number_postfix"] or contact["box"] or ""
                assert rest.endswith(tail)


def test_times_are_naive_amsterdam_on_the_wire_and_utc_in_truth() -> None:
    contact: Any = draw_debtor(0, SEED)
    naive = datetime.fromisoformat(contact.wire["Contact"]["created"])
    ahead = naive.replace(tzinfo=UTC) - contact.contact["created_at"]
    assert ahead.total_seconds() in {3600, 7200}


def test_the_mess_is_there(drawn: dict[str, list[Any]]) -> None:
    customers = [record.wire for record in drawn["cyclesoftware"]]
    contacts = [record.wire for record in drawn["recras"]]
    debtors = [record.wire["Contact"] for record in drawn["invoicing"]]
    present = {
        "postfix typed into the number": any(
            not c["house_number"].strip().isdigit() and c["house_number"] for c in customers
        ),
        "everything in the street": any(
            not c["house_number"] and any(map(str.isdigit, c["street"])) for c in customers
        ),
        "lower-case codes": any(c["country_code_iso_3166"].islower() for c in customers),
        "names of countries": {"nederland", "Belgium", "Nederlnd"} <= {d["location_country"] for d in debtors},
        "boxes": any(" bus " in (c["adres"] or "") for c in contacts)
        and any("bte" in (c["adres"] or "") for c in contacts),
        "PO boxes": any((c["adres"] or "").startswith("Postbus") for c in contacts),
        "missing provinces": {None, ""} <= {c["provinciecode"] for c in contacts},
        "accents": any("ë" in c["first_name"] for c in customers),
        "spaces at the end": any(c["city"].endswith(" ") for c in customers),
        "formulas": any(c["naam"].startswith("=") for c in contacts),
        "absent keys": any("company_name" not in c for c in customers)
        and any("datetime_created" not in c for c in customers),
        "null and empty": {None, ""} <= {d["invoice_address"] for d in debtors},
        "decimals as text": any(isinstance(c["discount_percentage"], str) for c in customers),
        "the same person twice": customers[209]["email"] == customers[210]["email"] != "",
        "someone else's number": any(c["phone_numbers"][0]["customer_id"] != c["customer_id"] for c in customers),
    }
    assert [name for name, found in present.items() if not found] == []


@pytest.mark.parametrize("system", DRAW)
def test_most_columns_that_can_be_doubtful_are_certain_all_the_same(drawn: dict[str, list[Any]], system: str) -> None:
    for column, least in (("street", 0.75), ("postcode", 0.9), ("country_code", 0.9), ("vat_number", 0.95)):
        assert sum(column in record.contact for record in drawn[system]) / ROWS > least, column


def test_the_truth_of_klanten_holds_nothing_that_klanten_does_not_send() -> None:
    klanten = truth.contacts("recras", 300, SEED, stream="klanten")
    contacten = {row["source_id"]: row for row in truth.contacts("recras", 300, SEED)}
    assert klanten
    for row in klanten:
        assert (row["stream"], row["kind"]) == ("klanten", "customer")
        assert not {"country_code", "email", "vat_number"} & row.keys()
        assert row["name"] == contacten[row["source_id"]]["name"]


async def test_the_wire_is_the_one_the_truth_speaks_of(start: Start) -> None:
    async with start(rows=300, seed=SEED) as call:
        customers = (await call("GET", "/api/v1/customers/list.json")).json["customers"]
        assert customers == [draw_customer(row, SEED).wire for row in range(300)]
        for path, told in (
            ("/api2/contacten", truth.contacts("recras", 300, SEED)),
            ("/api2/producten", truth.products(300, SEED)),
        ):
            assert [str(row["id"]) for row in (await call("GET", path)).json] == [row["source_id"] for row in told]
        prices = [price for product in (await call("GET", "/api2/producten")).json for price in product["ProductPrice"]]
        known: list[Any] = list(truth.product_prices(300, SEED))
        assert [float(price["verkoop"]) for price in prices] == [float(row["sales_price"]) for row in known]
