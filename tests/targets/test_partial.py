"""A partial draft holds what its row says: nothing is required of it, and nothing is made up."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from etl.normalise.contacts import normalise_contacts
from etl.systems.declare import Drafting, Row, Target
from tests.support.documents import example
from tests.targets.rows import (
    COMPLETE,
    CONTACTEN,
    CONTACTS,
    CUSTOMERS,
    KLANTEN,
    PRODUCT,
    PRODUCTEN,
    drafted,
    every_target,
    row,
    with_cells,
)

PARTIAL = Drafting("made/1", {"payment_term_days": 14, "supplier_id": 3}, partial=True)
PEOPLE = [
    {"id": 1, "voornaam": "Piet", "achternaam": "Dijk", "email1": "piet@example.nl", "hoofdcontact": True},
    {"id": 2, "voornaam": "Bo", "achternaam": "Berg", "email1": "bo@example.nl", "hoofdcontact": False},
]
CONTACT = {**example("recras-contacten-get").json, "contactpersonen": PEOPLE}


@pytest.mark.parametrize(
    ("target", "cells", "body"),
    [
        (CUSTOMERS, {"city": "Ede"}, {"city": "Ede"}),
        (CUSTOMERS, {"company_name": "De Ketting", "is_organisation": True}, {"company_name": "De Ketting"}),
        (CUSTOMERS, {"first_name": "Bo"}, {"first_name": "Bo"}),
        (CUSTOMERS, {"reference": "made/1"}, {"customer_reference": "made/1"}),
        (CONTACTEN, {"city": "Ede"}, {"plaats": "Ede"}),
        (CONTACTEN, {"company_name": "De Ketting"}, {}),
        (CONTACTEN, {"customer_type": "Familie", "kind": "customer"}, {"soort_klant": "Familie", "type": "klant"}),
        (KLANTEN, {"city": "Ede", "customer_type": "Familie"}, {"plaats": "Ede", "soort_klant": "Familie"}),
        (CONTACTEN, {"email": "b@example.nl"}, {"contactpersonen": [{"email1": "b@example.nl", "hoofdcontact": True}]}),
        (CONTACTS, {"city": "Ede"}, {"location_city": "Ede"}),
        (CONTACTS, {"address_line": "Markt 1", "mobile": "+31612345678"}, {"location_address": "Markt 1"}),
        (PRODUCTEN, {"name": "Tandem"}, {"naam": "Tandem"}),
    ],
)
def test_a_body_holds_what_the_row_says(target: Target, cells: dict[str, Any], body: dict[str, Any]) -> None:
    made = drafted(target, row(cells), PARTIAL)
    assert (made.body, made.filled, made.only_if_blank) == (body, (), ())


@every_target
def test_an_empty_row_says_nothing_and_changes_nothing(target: Target) -> None:
    made = drafted(target, row({}), PARTIAL)
    assert (made.body, made.filled, made.dropped) == ({}, (), ())


@every_target
def test_a_partial_draft_is_part_of_the_whole_one(target: Target) -> None:
    given = PRODUCT if target is PRODUCTEN else with_cells(COMPLETE, first_name="Bo", last_name="Dijk")
    whole, part = drafted(target, given), drafted(target, given, PARTIAL)
    assert part.body.items() <= whole.body.items()
    assert part.body.keys() == whole.body.keys() - {*whole.filled} | ({"contactpersonen"} & part.body.keys())


def person(**cells: Any) -> Row:
    return row(cells)


@pytest.mark.parametrize("target", [CONTACTEN, KLANTEN], ids=lambda target: target.name)
def test_a_contacts_own_cells_are_those_of_its_main_person_whoever_that_is(target: Target) -> None:
    made = drafted(target, row({"first_name": "Pieter", "email": "pieter@example.nl"}), PARTIAL)
    merged = target.merge(CONTACT, made)["contactpersonen"]
    assert merged == [{**PEOPLE[0], "voornaam": "Pieter", "email1": "pieter@example.nl"}, PEOPLE[1]]


@pytest.mark.parametrize("target", [CONTACTEN, KLANTEN], ids=lambda target: target.name)
def test_persons_of_their_own_table_are_changed_and_nobody_becomes_the_main_one(target: Target) -> None:
    people = [{"first_name": "Bo", "last_name": "Berg", "phone_1": "+31612345678"}]
    made = drafted(target, row({"city": "Ede"}, contact_persons=people), PARTIAL)
    assert made.body["contactpersonen"] == [{"voornaam": "Bo", "achternaam": "Berg", "telefoon1": "+31612345678"}]
    merged = target.merge(CONTACT, made)["contactpersonen"]
    assert merged == [PEOPLE[0], {**PEOPLE[1], "telefoon1": "+31612345678"}]


def test_what_a_name_alone_cannot_tell_is_listed() -> None:
    """CycleSoftware has no name that is neither a person's nor a company's."""
    assert drafted(CUSTOMERS, row({"name": "De Ketting"}), PARTIAL).dropped == ("contacts.name",)
    assert drafted(CONTACTEN, row({"company_name": "De Ketting"}), PARTIAL).dropped == ("contacts.company_name",)


MOBILE = {"phone_number_id": "mob", "phone_number": "+31612345678"}


def read(**cells: str) -> tuple[Row, Drafting]:
    """A file of the user's own as it is read, and what of it is his own."""
    done = normalise_contacts(pl.DataFrame([cells]), country="NL", timezone="Europe/Amsterdam")
    return row(done.to_dicts()[0]), Drafting(None, {}, partial=True, present=frozenset(cells))


@pytest.mark.parametrize(
    ("target", "cells", "body"),
    [
        (CONTACTEN, {"name": "Groep"}, {"naam": "Groep"}),
        (CONTACTEN, {"postcode": "1337 xd"}, {"postcode": "1337XD"}),
        (CUSTOMERS, {"postcode": "1337 xd"}, {"postcode": "1337XD"}),
        (CUSTOMERS, {"country": "Nederland"}, {"country_code_iso_3166": "NL"}),
        (CUSTOMERS, {"last_name": "van Dijk"}, {"insertion": "van", "name": "Dijk"}),
        (CUSTOMERS, {"house_number": "12"}, {"house_number": "12"}),
        (CUSTOMERS, {"street": "Markt"}, {"street": "Markt"}),
        (
            CUSTOMERS,
            {"phone": "0612345678"},
            {"phone_numbers": [{"phone_number_id": "mob", "phone_number": "+31612345678"}]},
        ),
        (CONTACTEN, {"title": "Mevr."}, {"contactpersonen": [{"aanhef": "Mevr.", "hoofdcontact": True}]}),
        (CONTACTEN, {"street": "Markt", "house_number": "12"}, {"adres": "Markt 12"}),
        (CONTACTEN, {"street": "Haven", "house_number": ""}, {"adres": "Haven"}),
        (CONTACTS, {"address_line": "Markt 12"}, {"location_address": "Markt 12"}),
    ],
)
def test_what_reading_makes_of_a_file_is_not_its_word(
    target: Target, cells: dict[str, str], body: dict[str, Any]
) -> None:
    given, drafting = read(**cells)
    made = drafted(target, given, drafting)
    assert (made.body, made.dropped) == (body, ())


@pytest.mark.parametrize("target", [CONTACTEN, KLANTEN, CONTACTS], ids=lambda target: target.name)
@pytest.mark.parametrize(
    ("column", "cell"), [("house_number", "12"), ("street", "Markt"), ("house_number_postfix", "a")]
)
def test_a_part_of_an_address_is_not_laid_over_a_whole_one(target: Target, column: str, cell: str) -> None:
    given, drafting = read(**{column: cell})
    made = drafted(target, given, drafting)
    assert (made.body, made.dropped) == ({}, (f"contacts.{column}",))
