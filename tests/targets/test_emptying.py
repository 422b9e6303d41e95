"""An emptied cell empties its field where the API can, and says so where it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from etl.systems.declare import Draft, Drafting, Record, Row, Target
from etl.systems.shared.emptying import emptied
from tests.support.documents import example
from tests.targets.rows import CONTACTEN, CONTACTS, CUSTOMERS, KLANTEN, PRODUCTEN, drafted, row

PARTIAL = Drafting(None, {}, partial=True)
DEBTOR = example("invoicing-contact-get").json["response"]["data"]["Contact"]
REMOTE = {
    CUSTOMERS.name: example("cyclesoftware-customers-get").json,
    CONTACTEN.name: example("recras-contacten-get").json,
    KLANTEN.name: example("recras-klanten-get").json,
    PRODUCTEN.name: example("recras-producten-get").json,
    CONTACTS.name: {"Contact": {**DEBTOR, "fax": "020-1234567", "email": "a@example.nl"}, "SubContact": []},
}


def changed(target: Target, given: Row, *columns: str) -> tuple[dict[str, Any], set[str]]:
    """The fields of the body that emptying makes other ones, and the columns that could not be emptied."""
    remote: Record = REMOTE[target.name]
    made: Draft = drafted(target, given, PARTIAL)
    body = target.merge(remote, made)
    found = emptied(target, body, made.body, columns)
    return {name: value for name, value in found.body.items() if value != body.get(name)}, set(found.kept)


@pytest.mark.parametrize(
    ("target", "columns", "body", "kept"),
    [
        (CUSTOMERS, ("city", "discount_percentage"), {"city": ""}, set()),
        (CUSTOMERS, ("house_number_postfix",), {"house_number_postfix": ""}, set()),
        (CONTACTEN, ("city", "vat_number"), {"plaats": None}, set()),
        (CONTACTEN, ("kind", "name", "status"), {}, {"kind", "name", "status"}),
        (KLANTEN, ("address_line",), {"adres": None}, set()),
        (KLANTEN, ("street",), {"adres": None}, set()),
        (PRODUCTEN, ("duration_iso", "customer_description"), {"duur": None, "beschrijving_klant": ""}, set()),
        (PRODUCTEN, ("name", "purchase_price"), {}, {"name", "purchase_price"}),
        (CONTACTS, ("fax", "email"), {"fax": ""}, {"email"}),
        (CONTACTS, ("contact_group", "reference"), {}, {"contact_group", "reference"}),
    ],
)
def test_what_a_row_has_nothing_of_is_emptied_where_it_can_be(
    target: Target, columns: tuple[str, ...], body: dict[str, Any], kept: set[str]
) -> None:
    assert changed(target, row({}), *columns) == (body, kept)


def test_of_a_list_only_the_one_that_the_column_tells_of_is_emptied() -> None:
    body, kept = changed(CUSTOMERS, row({}), "mobile")
    mob, tel = body["phone_numbers"]
    assert (mob["phone_number"], tel["phone_number"], kept) == ("", "0733030050", set())
    body, _ = changed(CONTACTEN, row({}), "first_name")
    assert [person["voornaam"] for person in body["contactpersonen"]] == [None]


def test_what_another_column_says_stays() -> None:
    said = row({"phone": "+31201234567", "street": "Markt", "house_number": 3})
    assert changed(CONTACTEN, said, "address_line", "mobile") == ({}, set())
    assert changed(CUSTOMERS, said, "phone", "street") == ({}, set())
