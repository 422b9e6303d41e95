"""An update sends the whole record: what the remote has, with what the row says over it, and nothing read-only."""

from __future__ import annotations

from typing import Any

import pytest

from etl.systems.declare import Draft, Drafting, Record, Target
from tests.support.documents import example
from tests.support.update import changes_of_update
from tests.targets.rows import COMPLETE, CONTACTEN, CONTACTS, CUSTOMERS, KLANTEN, PRODUCTEN, drafted, row, with_cells

PARTIAL = Drafting(None, {}, partial=True)
CUSTOMER = example("cyclesoftware-customers-get").json
CONTACT = example("recras-contacten-get").json
KLANT = example("recras-klanten-get").json
PRODUCT = example("recras-producten-get").json
DEBTOR = example("invoicing-contact-get").json["response"]["data"]
NOTHING = Draft({})
REMOTE: list[tuple[Target, Record, set[str]]] = [
    (CUSTOMERS, CUSTOMER, {"customer_id", "datetime_created"}),
    (CONTACTEN, CONTACT, {"id", "_links"}),
    (KLANTEN, KLANT, {"id", "type", "displaynaam"}),
    (PRODUCTEN, PRODUCT, {"id", "is_deleted", "afbeelding_href"}),
    (CONTACTS, DEBTOR, {"id", "client_reference", "group", "type", "created", "modified", "trashed"}),
]
NAMES = [target.name for target, _, _ in REMOTE]


@pytest.mark.parametrize(("target", "remote", "read_only"), REMOTE, ids=NAMES)
def test_what_is_read_only_is_never_sent_and_what_is_unknown_never_lost(
    target: Target, remote: Record, read_only: set[str]
) -> None:
    with_more = {**remote, "loyalty": "gold"}
    if "Contact" in remote:
        with_more = {**remote, "Contact": {**remote["Contact"], "loyalty": "gold"}}
    merged = target.merge(with_more, NOTHING)
    assert merged["loyalty"] == "gold"
    assert not read_only & {*merged}
    writable = {name for name, value in target.record(with_more).items() if value is not None} - read_only
    assert writable <= {*merged} | {"location_long", "location_lat", "invoice_long", "invoice_lat"}


@pytest.mark.parametrize(("target", "remote", "read_only"), REMOTE, ids=NAMES)
def test_merging_nothing_changes_nothing(target: Target, remote: Record, read_only: set[str]) -> None:
    assert changes_of_update(target, target.record(remote), target.merge(remote, NOTHING)) == []


@pytest.mark.parametrize(("target", "remote", "read_only"), REMOTE[:3], ids=NAMES[:3])
def test_a_changed_cell_is_the_one_difference(target: Target, remote: Record, read_only: set[str]) -> None:
    field = {"customers": "city"}.get(target.name, "plaats")
    merged = target.merge(remote, drafted(target, row({"city": "Ede"}), PARTIAL))
    found = changes_of_update(target, target.record(remote), merged)
    assert found == [(field, remote[field], "Ede")]


def test_a_blank_cell_erases_nothing() -> None:
    merged = CUSTOMERS.merge(CUSTOMER, drafted(CUSTOMERS, row({"last_name": "LastName", "city": "", "email": None})))
    assert (merged["city"], merged["email"]) == (CUSTOMER["city"], CUSTOMER["email"])


def test_defaults_give_way_to_what_is_there_and_the_rows_own_values_do_not() -> None:
    remote = {**CUSTOMER, "customer_type_name": "E-commerce"}
    merged = CUSTOMERS.merge(
        remote, drafted(CUSTOMERS, row({"name": "Groep 8", "customer_type": "x"}, system="recras"))
    )
    assert (merged["customer_type_name"], merged["name"]) == ("E-commerce", "Groep 8")
    assert merged["customer_reference"] == "OwnRef", "a derived reference does not replace the shop's own"
    merged = CUSTOMERS.merge(remote, drafted(CUSTOMERS, row({"last_name": "A", "reference": "R-1"})))
    assert merged["customer_reference"] == "R-1"


def test_numbers_are_found_by_id_then_by_what_they_dial_and_none_is_taken_away() -> None:
    remote = {**CUSTOMER, "phone_numbers": [*CUSTOMER["phone_numbers"], _phone("453383", "06 24238848", "Extra 1")]}
    sent = [
        _phone("mob", "+31687654321", "Tim"),
        {"phone_number": "+31624238848", "name": "Bo"},
        {"phone_number": "112"},
    ]
    merged = CUSTOMERS.merge(remote, Draft({"phone_numbers": sent}))["phone_numbers"]
    assert merged == [
        {"phone_number_id": "mob", "phone_number": "+31687654321", "name": "Tim"},
        {name: value for name, value in CUSTOMER["phone_numbers"][1].items() if name != "customer_id"},
        {"phone_number_id": "453383", "phone_number": "06 24238848", "name": "Bo"},
        {"phone_number": "112"},
    ]


def _phone(number_id: str, number: str, name: str) -> dict[str, Any]:
    return {"phone_number_id": number_id, "phone_number": number, "name": name}


PEOPLE = [
    {"id": 1, "voornaam": "Anna", "achternaam": "Dijk", "email1": "anna@example.nl", "hoofdcontact": True, "x": 1},
    {"id": 2, "voornaam": "Bo", "achternaam": "Berg", "email1": "bo@example.nl", "hoofdcontact": False},
    {"id": 3, "voornaam": "Cas", "achternaam": "Cor", "email1": None, "hoofdcontact": False},
]


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"id": 2, "voornaam": "Bob", "hoofdcontact": True}, 1),
        ({"email1": "BO@example.nl ", "voornaam": "B.", "hoofdcontact": True}, 1),
        ({"voornaam": "cas", "achternaam": "Cor", "telefoon1": "112", "hoofdcontact": True}, 2),
        ({"voornaam": "Dee", "achternaam": "Dors", "hoofdcontact": True}, 3),
    ],
)
@pytest.mark.parametrize("target", [CONTACTEN, KLANTEN], ids=["contacten", "klanten"])
def test_persons_are_found_by_id_address_and_name_and_nobody_is_taken_away(
    target: Target, sent: dict[str, Any], place: int
) -> None:
    remote = {**CONTACT, "type": "klant", "contactpersonen": PEOPLE}
    merged = target.merge(remote, Draft({"contactpersonen": [sent]}))["contactpersonen"]
    assert [person.get("id") for person in merged[:3]] == [1, 2, 3]
    assert len(merged) == max(3, place + 1)
    assert [person["hoofdcontact"] for person in merged] == [at == place for at in range(len(merged))]
    assert merged[0]["x"] == 1
    assert merged[place] | {**sent, "id": merged[place].get("id")} == merged[place] | {"id": merged[place].get("id")}


def test_the_contact_itself_is_the_remotes_main_person_unless_both_have_other_names() -> None:
    remote = {**CONTACT, "contactpersonen": PEOPLE}
    made = drafted(CONTACTEN, with_cells(COMPLETE, email="new@example.nl"))
    merged = CONTACTEN.merge(remote, made)["contactpersonen"]
    assert (len(merged), merged[0]["email1"], merged[0]["hoofdcontact"]) == (3, "new@example.nl", True)
    named = drafted(CONTACTEN, with_cells(COMPLETE, first_name="Dee", last_name="Dors"))
    merged = CONTACTEN.merge(remote, named)["contactpersonen"]
    assert [person["hoofdcontact"] for person in merged] == [False, False, False, True]


def test_a_type_that_may_not_be_changed_stays() -> None:
    made = drafted(CONTACTEN, with_cells(COMPLETE, kind="customer"))
    assert CONTACTEN.merge(CONTACT, made)["type"] == "leverancier"
    assert CONTACTEN.merge({**CONTACT, "mag_type_wijzigen": True}, made)["type"] == "klant"


def test_an_invoice_address_follows_the_visiting_address_unless_they_differ() -> None:
    moved = drafted(CONTACTS, COMPLETE)
    alike = {**dict.fromkeys(("location_address", "invoice_address"), "Dorpsstraat 1")}
    assert CONTACTS.merge({"Contact": alike}, moved)["invoice_address"] == "Kerkstraat 12-hs"
    apart = {**alike, "invoice_address": "Postbus 118"}
    assert CONTACTS.merge({"Contact": apart}, moved)["invoice_address"] == "Postbus 118"


def test_a_form_holds_text_alone() -> None:
    merged = CONTACTS.merge(example("invoicing-contact-get").json, drafted(CONTACTS, COMPLETE))
    assert all(isinstance(value, str) for value in merged.values())
    assert merged["name"] == "Fietsenwinkel De Ketting"
