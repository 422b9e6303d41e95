"""The simulated Recras does what its documents say."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Caller, Start

PERSON = {
    "voornaam": "Test",
    "achternaam": "Velden",
    "geslacht": "vrouw",
    "aanhef": None,
    "telefoon1": "0123456789",
    "email1": "test@example.com",
    "hoofdcontact": True,
}
KLANT = {
    "naam": "Voorbeeldgroep",
    "adres": "Teststraat 1",
    "postcode": "1337 XD",
    "plaats": "Teststad",
    "provinciecode": "NL-NH",
    "bedrijf_id": 1,
    "soort_klant": "Familie",
    "afdeling": None,
    "contactpersonen": [{"id": 15, "hoofdcontact": False}, PERSON],
    "extra_fields": [{"name": "Shoe size", "type": "number", "value": 42}],
}
PRODUCT = {
    "naam": "Klimmen 1u kind",
    "inkoop": 0,
    "leverancier_id": 3,
    "minimum_aantal": 1,
    "duur": "PT1H",
    "extra": {"tag": "klimmen"},
    "Materialen": [{"materiaal_id": 3, "aantal": 1, "per_x_aantal": 1, "afronding": "boven"}],
    "Locaties": [{"id": 28}],
    "ProductPrice": [{"btw": 21, "verkoop": 15}],
}


async def all_contacts(call: Caller) -> dict[int, dict[str, Any]]:
    return {contact["id"]: contact for contact in (await call("GET", "/api2/contacten")).json}


async def test_contacten_holds_every_type_and_klanten_the_customers_without_persons(start: Start) -> None:
    async with start(rows=100) as call:
        contacts = await all_contacts(call)
        customers = (await call("GET", "/api2/klanten")).json
        assert {contact["type"] for contact in contacts.values()} == {"klant", "leverancier", "personeel", "overig"}
        assert {customer["id"] for customer in customers} == {
            key for key, contact in contacts.items() if contact["type"] == "klant"
        }
        assert all("contactpersonen" not in customer and "landcode" not in customer for customer in customers)


@pytest.mark.parametrize(("inclusive", "first"), [(True, 0), (False, 1)])
async def test_the_bound_on_ids_lets_its_own_id_in_or_not_as_set(start: Start, inclusive: bool, first: int) -> None:
    async with start(rows=30, klanten_id_inclusive=inclusive) as call:
        ids = [customer["id"] for customer in (await call("GET", "/api2/klanten")).json]
        bounded = (await call("GET", f"/api2/klanten?id%3E={ids[5]}")).json
        assert [customer["id"] for customer in bounded] == ids[5 + first :]


async def test_a_contact_sends_on_to_its_own_collection_when_it_has_one(start: Start) -> None:
    async with start(rows=100) as call:
        contacts = await all_contacts(call)
        for kind, target in (("klant", "klanten"), ("leverancier", "leveranciers"), ("overig", None)):
            key = next(key for key, contact in contacts.items() if contact["type"] == kind)
            reply = await call("GET", f"/api2/contacten/{key}")
            if target is None:
                assert (reply.status, reply.json) == (200, contacts[key])
            else:
                assert (reply.status, reply.headers["Location"]) == (302, f"/api2/{target}/{key}")
                assert (await call("GET", f"/api2/{target}/{key}")).json["naam"] == contacts[key]["naam"]
            wrong = "leveranciers" if target == "klanten" else "klanten"
            assert (await call("GET", f"/api2/{wrong}/{key}")).status == 404


async def test_contacts_can_be_told_not_to_send_on(start: Start) -> None:
    async with start(contacten_redirects=False) as call:
        assert (await call("GET", "/api2/contacten/17")).status == 200


async def test_a_customer_shows_the_main_person_first(start: Start) -> None:
    async with start(rows=200) as call:
        contacts = await all_contacts(call)
        key = next(
            key
            for key, contact in contacts.items()
            if contact["type"] == "klant" and not contact["contactpersonen"][0]["hoofdcontact"]
        )
        assert (await call("GET", f"/api2/klanten/{key}")).json["contactpersonen"][0]["hoofdcontact"] is True


async def test_a_new_customer_gets_201_and_the_same_body_again_merges_with_200(call: Caller) -> None:
    first, second = [await call("POST", "/api2/klanten", json=KLANT) for _ in range(2)]
    assert (first.status, second.status) == (201, 200)
    assert first.headers["Location"] == "/api2/klanten/37"
    assert first.json == second.json
    assert "contactpersonen" not in first.json
    assert [entry["outcome"] for entry in call.simulator.log] == ["created", "merged"]
    assert len((await call("GET", "/api2/klanten/37")).json["contactpersonen"]) == 2


async def test_merging_goes_by_name_and_e_mail_however_they_are_spelt(call: Caller) -> None:
    await call("POST", "/api2/klanten", json=KLANT)
    again = {**KLANT, "naam": " voorbeeldgroep", "contactpersonen": [{**PERSON, "email1": "TEST@example.com"}]}
    assert (await call("POST", "/api2/klanten", json=again)).status == 200
    for other in ({**again, "naam": "Anders"}, {**again, "contactpersonen": [{**PERSON, "email1": "x@example.com"}]}):
        assert (await call("POST", "/api2/klanten", json=other)).status == 201


async def test_without_an_e_mail_address_nothing_merges(call: Caller) -> None:
    body = {**KLANT, "contactpersonen": [{**PERSON, "email1": ""}]}
    assert [(await call("POST", "/api2/klanten", json=body)).status for _ in range(2)] == [201, 201]


async def test_customers_from_the_start_merge_too(start: Start) -> None:
    async with start(rows=60) as call:
        contacts = (await all_contacts(call)).values()
        main = {
            contact["id"]: next(person for person in contact["contactpersonen"] if person["hoofdcontact"])
            for contact in contacts
            if contact["type"] == "klant"
        }
        known = next(contact for contact in contacts if main.get(contact["id"], {}).get("email1"))
        body = {"naam": known["naam"], "contactpersonen": [{**PERSON, "email1": main[known["id"]]["email1"]}]}
        reply = await call("POST", "/api2/klanten", json=body)
        assert (reply.status, reply.json["id"]) == (200, known["id"])


async def test_contacten_never_merges(call: Caller) -> None:
    body = {**KLANT, "type": "klant", "landcode": "BE", "btw_nummer": "BE0123456749"}
    assert [(await call("POST", "/api2/contacten", json=body)).status for _ in range(2)] == [201, 201]


async def test_customers_lose_their_country_and_contacts_keep_it(call: Caller) -> None:
    body = {**KLANT, "landcode": "BE", "btw_nummer": "BE0123456749", "displaynaam": "Anders"}
    await call("POST", "/api2/klanten", json=body)
    await call("POST", "/api2/contacten", json={**body, "type": "klant", "naam": "Tweede"})
    contacts = await all_contacts(call)
    assert [contacts[key]["landcode"] for key in (37, 38)] == [None, "BE"]
    assert [contacts[key]["btw_nummer"] for key in (37, 38)] == [None, "BE0123456749"]
    assert [contacts[key]["displaynaam"] for key in (37, 38)] == ["Voorbeeldgroep", "Anders"]


async def test_a_contact_without_a_type_is_an_other_one(call: Caller) -> None:
    reply = await call("POST", "/api2/contacten", json={"naam": "X", "type": "", "contactpersonen": [PERSON]})
    assert (reply.status, reply.json["type"]) == (201, "overig")


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in KLANT.items() if key != name}


@pytest.mark.parametrize(
    "body",
    [
        _without("contactpersonen"),
        {**KLANT, "contactpersonen": []},
        {**KLANT, "contactpersonen": [{**PERSON, "hoofdcontact": False}]},
        {**KLANT, "contactpersonen": [PERSON, PERSON]},
        {**KLANT, "contactpersonen": [{"voornaam": "Zonder"}]},
        {**KLANT, "contactpersonen": [{"id": 999_999, "hoofdcontact": True}]},
        {**KLANT, "contactpersonen": [{**PERSON, "geslacht": "male"}]},
        {**KLANT, "provinciecode": "Noord-Holland"},
        {**KLANT, "bedrijf_id": 77},
        {**KLANT, "naam": 5},
        {**KLANT, "extra_fields": [{"name": "Shoe size", "type": "number", "value": "42"}]},
    ],
)
@pytest.mark.parametrize("path", ["/api2/klanten", "/api2/contacten"])
async def test_bad_input_is_refused_with_406_and_leaves_no_trace(call: Caller, path: str, body: dict[str, Any]) -> None:
    assert (await call("POST", path, json=body)).status == 406
    assert call.simulator.log == []


async def test_an_update_changes_what_it_is_given_and_replaces_the_list_of_persons(call: Caller) -> None:
    await call("POST", "/api2/contacten", json={**KLANT, "type": "klant"})
    await call("PUT", "/api2/contacten/37", json={"plaats": "Elders"})
    contact = (await all_contacts(call))[37]
    assert (contact["plaats"], contact["adres"], len(contact["contactpersonen"])) == ("Elders", "Teststraat 1", 2)
    await call("PUT", "/api2/klanten/37", json={"contactpersonen": [{"id": 15, "hoofdcontact": True}]})
    persons = (await all_contacts(call))[37]["contactpersonen"]
    assert [(person["id"], person["hoofdcontact"]) for person in persons] == [(15, True)]


async def test_a_person_given_by_id_is_one_person_wherever_it_is_linked(call: Caller) -> None:
    await call("POST", "/api2/klanten", json=KLANT)
    linked = [{"id": 15, "hoofdcontact": True, "telefoon1": "0201234567"}]
    await call("PUT", "/api2/klanten/37", json={"contactpersonen": linked})
    contacts = await all_contacts(call)
    home = next(person for person in contacts[17]["contactpersonen"] if person["id"] == 15)
    assert home["telefoon1"] == contacts[37]["contactpersonen"][0]["telefoon1"] == "0201234567"
    assert home["voornaam"] == contacts[37]["contactpersonen"][0]["voornaam"]


async def test_putting_back_what_was_read_changes_nothing(start: Start) -> None:
    async with start(rows=30) as call:
        before = await all_contacts(call)
        for key, contact in before.items():
            assert (await call("PUT", f"/api2/contacten/{key}", json=contact)).status == 200
        after = await all_contacts(call)
        for key, contact in before.items():
            persons = sorted(contact["contactpersonen"], key=lambda person: not person["hoofdcontact"])
            assert after[key] == {**contact, "contactpersonen": persons}


async def test_a_type_changes_only_where_it_may(call: Caller) -> None:
    body = {"naam": "X", "type": "klant", "contactpersonen": [PERSON]}
    await call("POST", "/api2/contacten", json=body)
    await call("POST", "/api2/contacten", json={**body, "mag_type_wijzigen": True})
    statuses = [(await call("PUT", f"/api2/contacten/{key}", json={"type": "leverancier"})).status for key in (37, 38)]
    assert statuses == [406, 200]
    assert (await call("GET", "/api2/leveranciers/38")).json["status"] == "actief"


async def test_a_new_product_tells_its_id_in_location_alone(call: Caller) -> None:
    reply = await call("POST", "/api2/producten", json=PRODUCT)
    assert (reply.status, reply.headers["Location"], reply.json) == (201, "/api2/producten/21", PRODUCT)
    assert (await call("GET", "/api2/producten/21")).json | PRODUCT == (await call("GET", "/api2/producten/21")).json


async def test_a_product_changes_in_part_and_is_deleted_by_mark(call: Caller) -> None:
    before = (await call("GET", "/api2/producten/6")).json
    changed = await call("PUT", "/api2/producten/6", json={"id": 6, "duur": "PT2H00M00S"})
    assert (changed.status, changed.json) == (200, {**before, "duur": "PT2H00M00S"})
    assert (await call("DELETE", "/api2/producten/6")).status == 200
    assert (await call("GET", "/api2/producten/6")).json["is_deleted"] is True
    assert [entry["outcome"] for entry in call.simulator.log] == ["updated", "deleted"]


@pytest.mark.parametrize("name", ["naam", "inkoop", "leverancier_id", "minimum_aantal"])
async def test_a_product_without_a_required_field_is_refused(call: Caller, name: str) -> None:
    body = {key: value for key, value in PRODUCT.items() if key != name}
    assert (await call("POST", "/api2/producten", json=body)).status == 406


@pytest.mark.parametrize(
    "change",
    [
        {"id": 7},
        {"naam": None},
        {"inkoop": "7"},
        {"Materialen": [{"id": 2}]},
        {"Materialen": [{"materiaal_id": 2, "aantal": 1, "per_x_aantal": 2, "afronding": "beneden"}]},
        {"Locaties": [{"naam": "Klimbos"}]},
        {"ProductPrice": [{"btw": 21}]},
    ],
)
async def test_a_change_that_does_not_fit_is_refused(call: Caller, change: dict[str, Any]) -> None:
    assert (await call("PUT", "/api2/producten/6", json=change)).status == 406
    assert call.simulator.log == []


async def test_keys_come_as_bearer_or_as_basic(call: Caller) -> None:
    for secret, headers, status in (
        (None, {"Authorization": "Bearer abc"}, 200),
        ("demo", {}, 200),
        (None, {}, 401),
        (None, {"Authorization": "Bearer wrong"}, 401),
        (None, {"Authorization": "Bearer forbidden"}, 403),
        (None, {"Authorization": "Bearer readonly"}, 200),
    ):
        assert (await call("GET", "/api2/klanten", secret=secret, headers=headers)).status == status
    assert (await call("POST", "/api2/klanten", json=KLANT, secret="readonly")).status == 403
    assert call.simulator.log == []
