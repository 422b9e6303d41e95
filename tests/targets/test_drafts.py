"""What a row becomes for each target: what is filled in, what goes back, what stays behind and is listed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from etl.systems import SYSTEMS
from etl.systems.declare import Drafting, Target
from etl.systems.invoicing.body import NewContact
from etl.systems.targets import target_of, targets_of
from tests.targets.rows import (
    COMPLETE,
    CONTACTEN,
    CONTACTS,
    CUSTOMERS,
    KLANTEN,
    NEW,
    NONE,
    PRODUCTEN,
    drafted,
    golden,
    row,
    with_cells,
)

PERSON = {"first_name": "Anna", "insertion": "van", "last_name": "Dijk", "email_1": "anna@example.nl"}


def test_targets_are_found_by_system_and_name() -> None:
    assert [(system.id, target.name) for system in SYSTEMS.values() for target in targets_of(system)] == [
        ("cyclesoftware", "customers"),
        ("recras", "contacten"),
        ("recras", "klanten"),
        ("recras", "producten"),
        ("invoicing", "contacts"),
        ("moneybird", "contacts"),
        ("woocommerce", "customers"),
    ]
    assert target_of("recras", "klanten") is KLANTEN
    for system, name in (("recras", "customers"), ("elsewhere", "customers")):
        with pytest.raises(KeyError):
            target_of(system, name)


@pytest.mark.parametrize(
    ("cells", "name", "kind"),
    [
        ({"last_name": "Dijk", "is_organisation": False}, "Dijk", "Klant"),
        ({"company_name": "De Ketting BV", "is_organisation": True}, "De Ketting BV", "Zakelijk"),
        ({"display_name": "Anna van Dijk"}, "Anna van Dijk", "Klant"),
        ({"name": "Groep 8", "display_name": "Groep 8 (Ede)"}, "Groep 8", "Klant"),
    ],
)
def test_cyclesoftware_has_a_name_and_a_type_of_every_customer(cells: dict[str, object], name: str, kind: str) -> None:
    made = drafted(CUSTOMERS, row(cells))
    assert (made.body["name"], made.body["customer_type_name"]) == (name, kind)
    assert "customer_type_name" in made.filled
    assert ("name" in made.filled) == ("last_name" not in cells)


def test_a_person_who_belongs_to_a_company_keeps_it_in_cyclesoftware() -> None:
    made = drafted(
        CUSTOMERS, row({"name": "Groepsuitjes BV", "first_name": "Bo", "last_name": "Brink"}, system="recras")
    )
    assert (made.body["company_name"], made.body["customer_type_name"]) == ("Groepsuitjes BV", "Zakelijk")
    made = drafted(CUSTOMERS, row({"name": "Familie Brink", "last_name": "Brink"}, system="recras"))
    assert ("company_name" in made.body, made.body["customer_type_name"]) == (False, "Klant")


def test_another_vendors_type_of_customer_means_nothing_to_cyclesoftware() -> None:
    cells = {"last_name": "Dijk", "customer_type": "E-commerce"}
    for system, kind in (("", "E-commerce"), ("cyclesoftware", "E-commerce"), ("recras", "Klant")):
        made = drafted(CUSTOMERS, row(cells, system=system))
        assert made.body["customer_type_name"] == kind
        assert ("contacts.customer_type" in made.dropped) == (system == "recras")


def test_every_number_goes_to_cyclesoftware_once_and_with_its_name() -> None:
    people: list[dict[str, Any]] = [{**PERSON, "person_id": "7"}]
    numbers: list[dict[str, Any]] = [
        {"phone_number_id": "telefoon1", "raw": "06 12345678", "e164": "+31612345678", "person_id": None},
        {"phone_number_id": "telefoon2", "raw": "06 87654321", "e164": "+31687654321", "person_id": "7"},
        {"phone_number_id": "fax", "raw": "020 1234567", "e164": "+31201234567", "kind": "fax"},
        {"phone_number_id": "x", "raw": "tst 12", "e164": None},
    ]
    given = row(
        {"last_name": "A", "mobile": "+31612345678"}, system="recras", contact_persons=people, phone_numbers=numbers
    )
    assert drafted(CUSTOMERS, given).body["phone_numbers"] == [
        {"phone_number_id": "mob", "phone_number": "+31612345678"},
        {"phone_number": "+31687654321", "name": "Anna van Dijk"},
        {"phone_number": "+31201234567", "name": "Fax"},
        {"phone_number": "tst 12"},
    ]


def test_a_number_of_the_account_keeps_its_id_only_on_its_way_back() -> None:
    (given,) = (one for one in golden("cyclesoftware/customers-list") if one.values["source_id"] == "2002")
    away, back = drafted(CUSTOMERS, given), drafted(CUSTOMERS, replace(given, local=True))
    assert [phone.get("phone_number_id") for phone in away.body["phone_numbers"]] == ["mob", "tel", None]
    assert "phone_numbers.phone_number_id" in away.dropped
    assert all(phone.get("phone_number_id") for phone in back.body["phone_numbers"])
    assert "phone_numbers.phone_number_id" not in back.dropped


def test_a_number_changed_in_the_sheet_wins_over_the_older_list() -> None:
    (given,) = (one for one in golden("cyclesoftware/customers-list") if one.values["source_id"] == "2001")
    phones = drafted(CUSTOMERS, with_cells(given, mobile="+31687654321")).body["phone_numbers"]
    assert phones[0] == {"phone_number_id": "mob", "phone_number": "+31687654321"}


def test_the_box_and_what_was_cut_off_stand_in_the_postfix() -> None:
    cells = {"last_name": "A", "street": "Leopoldlaan", "house_number": 45, "house_number_postfix": "A"}
    made = drafted(CUSTOMERS, row({**cells, "box": "3", "address_extra": "2e verdieping"}))
    assert (made.body["house_number"], made.body["house_number_postfix"]) == ("45", "A bus 3, 2e verdieping")


def test_a_line_is_sent_exactly_as_received_or_put_together() -> None:
    assert (
        drafted(CONTACTEN, with_cells(COMPLETE, address_line="Kerkstraat 12-hs ")).body["adres"] == "Kerkstraat 12-hs "
    )
    parts = {"address_line": None, "house_number_postfix": "14", "box": "3", "address_extra": "achter"}
    assert drafted(CONTACTEN, with_cells(COMPLETE, **parts)).body["adres"] == "Kerkstraat 12-14 bus 3, achter"


def test_an_address_that_cannot_be_told_in_one_line_is_listed() -> None:
    cells = {"last_name": "A", "street": "Markt 12 Hoven", "house_number": 55, "country_code": "NL"}
    made = drafted(CONTACTEN, row({**cells, "address_line": "Markt 12 Hoven 55"}, system="cyclesoftware"))
    assert {"contacts.street", "contacts.house_number"} <= {*made.dropped}


def test_the_contact_itself_becomes_the_main_person_where_none_comes_along() -> None:
    cells = {**COMPLETE.values, "first_name": "Bo", "insertion": "van den", "last_name": "Berg", "gender": "female"}
    made = drafted(CONTACTEN, row({**cells, "mobile": "+31612345678"}))
    assert made.body["contactpersonen"] == [
        {
            "voornaam": "Bo",
            "achternaam": "van den Berg",
            "geslacht": "vrouw",
            "telefoon1": "+31206234567",
            "telefoon2": "+31612345678",
            "email1": "info@deketting.example.nl",
            "hoofdcontact": True,
        }
    ]
    assert "contactpersonen" in made.filled


def test_persons_without_a_main_one_stand_behind_the_contact_itself() -> None:
    people = drafted(CONTACTEN, row(COMPLETE.values, contact_persons=[PERSON])).body["contactpersonen"]
    assert [person["hoofdcontact"] for person in people] == [True, False]
    assert [person["email1"] for person in people] == ["info@deketting.example.nl", "anna@example.nl"]
    bare = {"name": "De Ketting"}
    (only,) = drafted(CONTACTEN, row(bare, contact_persons=[PERSON])).body["contactpersonen"]
    assert (only["hoofdcontact"], only["achternaam"]) == (True, "van Dijk")


def test_the_contacts_own_address_goes_where_its_main_person_has_room() -> None:
    given = row(COMPLETE.values, contact_persons=[{**PERSON, "main_contact": "true"}])
    made = drafted(KLANTEN, given)
    (person,) = made.body["contactpersonen"]
    assert (person["email1"], person["email2"]) == ("anna@example.nl", "info@deketting.example.nl")
    assert "contactpersonen.email2" in made.filled
    full = {**PERSON, "email_2": "bo@example.nl", "main_contact": True}
    assert "contacts.email" in drafted(KLANTEN, row(COMPLETE.values, contact_persons=[full])).dropped


def test_klanten_lists_what_it_has_no_place_for_and_takes_the_row() -> None:
    cells = {"vat_number": "NL855630693B01", "display_name": "De Ketting (Amsterdam)"}
    made = drafted(KLANTEN, with_cells(COMPLETE, **cells))
    assert {"contacts.country_code", "contacts.vat_number", "contacts.display_name"} <= {*made.dropped}
    assert not {"landcode", "btw_nummer", "status", "displaynaam", "type"} & {*made.body}
    assert not {"contacts.country_code", "contacts.vat_number"} & {
        *drafted(CONTACTEN, with_cells(COMPLETE, **cells)).dropped
    }


def test_recras_has_its_own_fields_back() -> None:
    (given, supplier) = (one for one in golden("recras/contacten") if one.values["source_id"] in ("301", "302"))
    made = drafted(CONTACTEN, given, NONE)
    assert made.body["extra_fields"] == [{"name": "Shoe size", "type": "number", "value": 42}]
    assert (made.body["soort_klant"], made.body["mag_type_wijzigen"]) == ("Bedrijf", False)
    assert "contacts.extra" not in made.dropped
    body = drafted(CONTACTEN, supplier, NONE).body
    assert (body["type"], body["status"], body["veelgebruikt"]) == ("leverancier", "passief", True)
    assert "_links" not in body


def test_a_field_that_no_document_names_goes_back_to_where_it_came_from_alone() -> None:
    cells = {**COMPLETE.values, "extra": '{"loyalty": {"points": 3}, "_links": {}}'}
    for target, system in ((CUSTOMERS, "cyclesoftware"), (CONTACTEN, "recras"), (KLANTEN, "recras")):
        made = drafted(target, row(cells, system=system))
        assert (made.body["loyalty"], "contacts.extra" in made.dropped) == ({"points": 3}, False)
        away = drafted(target, row(cells, system="invoicing"))
        assert ("loyalty" in away.body, "contacts.extra" in away.dropped) == (False, True)


@pytest.mark.parametrize("value", ['"\\ud800"', "1" * 40, "NaN"])
def test_what_json_cannot_say_stays_behind(value: str) -> None:
    made = drafted(CUSTOMERS, row({**COMPLETE.values, "extra": f'{{"loyalty": {value}}}'}, system="cyclesoftware"))
    assert "loyalty" not in made.body
    assert value == "NaN" or "contacts.extra" in made.dropped


def test_ids_that_are_local_to_an_account_go_back_to_it_alone() -> None:
    (given,) = (one for one in golden("recras/contacten") if one.values["source_id"] == "301")
    away, back = drafted(CONTACTEN, given), drafted(CONTACTEN, replace(given, local=True))
    ids = {"contacts.company_id", "contact_persons.person_id", "contact_persons.newsletter_ids"}
    assert ids <= {*away.dropped}
    assert not ids & {*back.dropped}
    assert "bedrijf_id" not in away.body
    assert not any({"id", "nieuwsbrief_ids"} & {*person} for person in away.body["contactpersonen"])
    assert back.body["bedrijf_id"] == 1
    assert [person["id"] for person in back.body["contactpersonen"]] == [902, 901]
    assert back.body["contactpersonen"][0]["nieuwsbrief_ids"] == [1, 3]
    mapped = drafted(CONTACTEN, replace(given, mapped=frozenset({"company_id"})))
    assert mapped.body["bedrijf_id"] == 1


def test_a_product_goes_whole_to_its_own_account_and_without_its_ids_to_another() -> None:
    (given,) = (one for one in golden("recras/producten", local=True) if one.values["source_id"] == "12")
    body = drafted(PRODUCTEN, given, NONE).body
    assert body["ProductPrice"] == [] or all({"btw", "verkoop"} == {*price} for price in body["ProductPrice"])
    assert body["Materialen"] == [{"materiaal_id": 2, "aantal": 0.5, "per_x_aantal": 2, "afronding": "boven"}]
    assert [place["id"] for place in body["Locaties"]] == [27, 28]
    assert (body["extra"], body["verkoop"], body["leverancier_id"]) == ({"tag": "fietsen"}, 1250.75, 302)
    away = drafted(PRODUCTEN, replace(given, local=False), Drafting(None, {"supplier_id": "9"}))
    assert (away.body["leverancier_id"], away.filled) == (9, ("leverancier_id",))
    assert not {"Materialen", "Locaties", "productgroep_id"} & {*away.body}
    assert {"products.supplier_id", "product_materials.material_id", "product_locations.location_id"} <= {*away.dropped}


def test_invoicing_is_given_what_it_requires() -> None:
    cells = {"phone": None, "mobile": "+31612345678", "email": None}
    people: list[dict[str, Any]] = [{"email_1": "bo@example.nl"}, {**PERSON, "main_contact": True}]
    made = drafted(CONTACTS, row({**COMPLETE.values, **cells}, contact_persons=people))
    assert {name: made.body[name] for name in made.filled} == {
        "client_reference": "R-1",
        "group": "Algemeen",
        "payment_term": "14",
        "phone": "+31612345678",
        "email": "anna@example.nl",
        "invoice_address": "Kerkstraat 12-hs",
        "invoice_postal": "1017GC",
        "invoice_city": "Amsterdam",
        "invoice_country": "NL",
    }
    assert all(isinstance(value, str) for value in made.body.values())


def test_an_invoice_address_of_its_own_is_not_mixed_with_the_visiting_address() -> None:
    cells = {"invoice_address_line": "Postbus 118", "invoice_postcode": "4330AC", "invoice_city": "Middelburg"}
    made = drafted(CONTACTS, with_cells(COMPLETE, **cells))
    assert made.body["invoice_address"] == "Postbus 118"
    assert not any(name.startswith("invoice_") for name in made.filled)


def test_invoicing_asks_for_just_what_its_document_requires() -> None:
    assert {name for name, field in NewContact.model_fields.items() if field.is_required()} == {
        "client_reference", "group", "name", "location_address", "location_city", "invoice_address", "invoice_postal",
        "invoice_city", "phone", "email", "payment_term",
    }  # fmt: skip


@pytest.mark.parametrize(("target", "field"), [(CUSTOMERS, "customer_reference"), (CONTACTS, "client_reference")])
def test_the_reference_sent_is_the_one_told_and_the_rows_own_is_listed_if_it_is_another(
    target: Target, field: str
) -> None:
    given = with_cells(COMPLETE, reference="OWN-1")
    own = drafted(target, given, Drafting("OWN-1", {"payment_term_days": 8}))
    other = drafted(target, given, Drafting("derived", {"payment_term_days": 8}))
    assert (target.reference, own.body[field], other.body[field]) == (field, "OWN-1", "derived")
    assert ("contacts.reference" in own.dropped, "contacts.reference" in other.dropped) == (False, True)


@pytest.mark.parametrize("target", [CUSTOMERS, CONTACTEN, KLANTEN, CONTACTS], ids=lambda target: target.name)
def test_only_columns_with_a_value_are_listed(target: Target) -> None:
    lacking = {f"contacts.{column}" for column, value in COMPLETE.values.items() if value is None}
    made = drafted(target, COMPLETE)
    assert not lacking & {*made.dropped}
    assert {column.partition(".")[2] for column in made.dropped} <= {*COMPLETE.values}


def test_a_draft_that_fits_drops_nothing() -> None:
    assert drafted(CONTACTEN, COMPLETE, NEW).dropped == ()
    assert drafted(CONTACTS, COMPLETE, NEW).dropped == ()
