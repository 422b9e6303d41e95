"""What a row's persons and numbers lose where a target keeps no table of them: named, and only that."""

from __future__ import annotations

from typing import Any

import pytest

from etl.systems.declare import Target
from tests.targets.rows import COMPLETE, CONTACTEN, CONTACTS, CUSTOMERS, PRODUCTEN, drafted, row

ITSELF = {
    "main_contact": True, "first_name": "Anna", "insertion": "van", "last_name": "Dijk", "gender": "female",
    "salutation": "Mevr.", "email_1": "anna@example.nl", "phone_1": "+31201234567", "phone_1_raw": "020-1234567",
    "address_line": "Kerkstraat 12-hs", "postcode": "1017GC", "city": "Amsterdam",
}  # fmt: skip
CELLS = {
    **COMPLETE.values, "name": None, "first_name": "Anna", "insertion": "van", "last_name": "Dijk", "title": "Mevr.",
    "gender": "female", "email": "anna@example.nl", "phone": "+31201234567",
}  # fmt: skip
OTHER = {"main_contact": False, "first_name": "Bo", "last_name": "Berg", "email_1": "bo@example.nl", "gender": "male"}


def lost(target: Target, *people: dict[str, Any], **cells: Any) -> set[str]:
    given = row({**CELLS, **cells}, system="recras", contact_persons=people)
    return {one for one in drafted(target, given).dropped if one.startswith("contact_persons")}


def test_a_person_who_is_the_contact_loses_nothing() -> None:
    assert lost(CUSTOMERS, ITSELF) == set()
    assert lost(CONTACTS, ITSELF) == {"contact_persons.gender", "contact_persons.salutation"}


@pytest.mark.parametrize("target", [CUSTOMERS, CONTACTS], ids=lambda target: target.name)
def test_a_second_person_is_listed_column_by_column(target: Target) -> None:
    names = ("main_contact", "first_name", "last_name", "email_1", "gender")
    assert {f"contact_persons.{name}" for name in names} <= lost(target, ITSELF, OTHER)


def test_a_value_that_both_have_arrives() -> None:
    shared = {**OTHER, "email_1": "ANNA@example.nl", "phone_1": "020 123 45 67", "city": "amsterdam"}
    found = lost(CUSTOMERS, ITSELF, shared)
    assert not {"contact_persons.email_1", "contact_persons.phone_1", "contact_persons.city"} & found


def test_a_persons_own_address_and_letters_do_not_arrive() -> None:
    moved = {**ITSELF, "city": "Ede", "newsletter_ids": ["1"], "person_id": "7", "extra": '{"function": "Inkoper"}'}
    assert lost(CUSTOMERS, moved) == {
        "contact_persons.city", "contact_persons.newsletter_ids", "contact_persons.person_id", "contact_persons.extra",
    }  # fmt: skip


@pytest.mark.parametrize("target", [CUSTOMERS, CONTACTEN, CONTACTS], ids=lambda target: target.name)
def test_what_the_server_made_of_a_person_or_a_number_is_no_loss(target: Target) -> None:
    extra = '{"id": "1", "contact_id": "5", "created": "2026-01-01", "modified": "2026-01-01", "customer_id": 6}'
    number = {"raw": "020-1234567", "e164": "+31201234567", "extra": extra}
    given = row(CELLS, contact_persons=[{**ITSELF, "extra": extra}], phone_numbers=[number])
    assert not {"contact_persons.extra", "phone_numbers.extra"} & {*drafted(target, given).dropped}


@pytest.mark.parametrize("target", [CUSTOMERS, CONTACTEN, CONTACTS], ids=lambda target: target.name)
def test_who_is_not_active_is_listed(target: Target) -> None:
    assert (
        "contacts.active" in drafted(target, row({**CELLS, "name": "A", "active": False, "kind": "customer"})).dropped
    )
    assert "contacts.active" not in drafted(target, row({**CELLS, "name": "A", "active": True})).dropped


def test_a_number_that_has_no_room_is_listed_whole() -> None:
    numbers = [{"raw": "06 12345678", "e164": "+31612345678", "kind": "mobile", "name": "Zoon"}]
    made = drafted(CONTACTS, row(CELLS, system="cyclesoftware", phone_numbers=numbers))
    assert {f"phone_numbers.{name}" for name in ("raw", "e164", "kind", "name")} <= {*made.dropped}


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"name": "De Ketting", "display_name": "De Ketting (Ede)"}, True),
        ({"display_name": "Anna van Dijk"}, False),
        ({"display_name": "Mevr. Dijk"}, False),
    ],
)
def test_a_name_to_show_is_listed_where_it_says_more_than_the_others(cells: dict[str, Any], told: bool) -> None:
    assert ("contacts.display_name" in drafted(CUSTOMERS, row({**CELLS, **cells})).dropped) == told


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"province_code": "NL-NH"}, False),
        ({"province_code": "NL-GE"}, True),
        ({"province_code": "DE-BY", "postcode": "80331", "country_code": "DE"}, True),
    ],
)
@pytest.mark.parametrize("target", [CUSTOMERS, CONTACTS], ids=lambda target: target.name)
def test_a_province_is_listed_where_its_postcode_does_not_tell_it(
    target: Target, cells: dict[str, Any], told: bool
) -> None:
    assert ("contacts.province_code" in drafted(target, row({**CELLS, "name": "A", **cells})).dropped) == told


@pytest.mark.parametrize(
    ("original", "sent"),
    [("12-hs", "12-hs"), ("12 HS", "12 HS"), ("12-a", "12"), ("13-hs", "12"), ("twaalf", "12")],
)
def test_a_number_typed_with_its_postfix_goes_back_as_it_was_while_the_columns_say_so(original: str, sent: str) -> None:
    cells = {**COMPLETE.values, "extra": f'{{"house_number": "{original}"}}'}
    made = drafted(CUSTOMERS, row(cells, system="cyclesoftware"))
    assert made.body["house_number"] == sent
    assert ("house_number_postfix" in made.body) == (sent == "12")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({}, set()),
        ({"house_number": 14}, {"contacts.house_number"}),
        ({"address_line": "Markt 3"}, {"contacts.street", "contacts.house_number", "contacts.house_number_postfix"}),
        ({"address_line": None}, set()),
        ({"address_line": None, "street": None}, {"contacts.house_number", "contacts.house_number_postfix"}),
    ],
)
def test_parts_that_the_line_sent_does_not_hold_are_listed(cells: dict[str, Any], told: set[str]) -> None:
    made = drafted(CONTACTEN, row({**COMPLETE.values, **cells}))
    assert {*made.dropped} == told
    if "street" not in cells:
        billed = {f"invoice_{name}": value for name, value in {**COMPLETE.values, **cells}.items() if name in ADDRESS}
        made = drafted(CONTACTS, row({**COMPLETE.values, **billed}))
        assert {*made.dropped} == {one.replace("contacts.", "contacts.invoice_") for one in told}


ADDRESS = ("address_line", "street", "house_number", "house_number_postfix", "postcode", "city")


def test_a_length_in_minutes_alone_is_listed() -> None:
    cells = {"name": "Tandem", "purchase_price": 7, "minimum_quantity": 1, "supplier_id": 3, "duration_minutes": 60}
    assert drafted(PRODUCTEN, row(cells)).dropped == ("products.duration_minutes",)
    assert drafted(PRODUCTEN, row({**cells, "duration_iso": "PT1H"})).dropped == ()
    places = [{"location_id": "3", "street": "Markt", "city": "Ede"}]
    made = drafted(PRODUCTEN, row({**cells, "duration_iso": "PT1H"}, product_locations=places))
    assert made.dropped == ("product_locations.street",)
