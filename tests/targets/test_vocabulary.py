"""What a target says about its records: who they are, what a server made of them, and what can be emptied."""

from __future__ import annotations

from typing import Any

import pytest

from etl import records
from etl.systems.declare import Row, Target
from etl.systems.shared.evidence import agree
from tests.support.documents import example
from tests.targets.rows import (
    COMPLETE,
    CONTACTEN,
    CONTACTS,
    CUSTOMERS,
    KLANTEN,
    PRODUCT,
    PRODUCTEN,
    TARGETS,
    called,
    drafted,
    every_target,
    with_cells,
)

CONTACT_TARGETS = [target for target in TARGETS if target is not PRODUCTEN]
DEBTOR = example("invoicing-contact-get").json


@every_target
def test_what_is_fixed_or_made_by_the_server_is_not_emptied(target: Target) -> None:
    assert not target.clear.keys() & (target.fixed | target.server_made)
    assert not target.fixed & target.server_made


@every_target
def test_fields_are_made_of_columns_that_there_are(target: Target) -> None:
    for column in target.columns.values():
        table, _, name = column.rpartition(".")
        assert name in records.fields(table or target.table), column
    lists = {path.partition(".")[0] for path in target.columns}
    columnless = {"contactpersonen." + name for name in PERSON} | {f"shipping.{name}" for name in SHIPPING}
    assert target.clear.keys() <= target.columns.keys() | lists | columnless


PERSON = ("adres", "postcode", "plaats", "email2", "nieuwsbrief_ids")
"""Fields of persons that no contact has a column for."""
SHIPPING = (
    "first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country", "phone",
)  # fmt: skip
"""Fields of a second address that no contact has a column for."""


def test_answers_show_the_whole_record_where_the_document_says_so() -> None:
    shown = {called(target): set(target.echoes) for target in TARGETS}
    assert shown == {
        "customers": {"create", "update"}, "contacten": set(), "klanten": set(), "producten": {"update"},
        "contacts": set(), "shoppers": {"create", "update"},
    }  # fmt: skip


def test_a_record_in_the_bin_is_gone() -> None:
    assert not CONTACTS.is_removed(DEBTOR)
    binned = {**DEBTOR["response"]["data"]["Contact"], "trashed": True}
    assert CONTACTS.is_removed({"Contact": binned, "SubContact": []})
    assert CONTACTS.is_removed({**binned, "trashed": "1"})
    assert PRODUCTEN.is_removed({"is_deleted": True})
    assert not any(target.is_removed({}) for target in TARGETS)


def wrapped(target: Target, body: Any) -> Any:
    return {"Contact": {"id": "9", **body}, "SubContact": []} if target is CONTACTS else {"id": 9, **body}


@pytest.mark.parametrize(
    ("target", "given"), [(PRODUCTEN, PRODUCT), *((target, COMPLETE) for target in CONTACT_TARGETS)]
)
def test_a_body_and_its_record_are_about_the_same_however_it_is_spelt(target: Target, given: Row) -> None:
    body = drafted(target, given).body
    mine = target.evidence(body)
    assert {*mine} == ({"name", "figures"} if target is PRODUCTEN else {"name", "email", "phone", "address"})
    spelt = {
        name: value.replace("&", "&amp;").upper().replace(" ", "  ") if isinstance(value, str) else value
        for name, value in body.items()
    }
    assert target.evidence(wrapped(target, spelt)) == mine
    assert agree(mine, target.evidence(wrapped(target, spelt))) is True


@pytest.mark.parametrize("target", CONTACT_TARGETS, ids=called)
def test_somebody_else_does_not_agree_and_nobody_says_nothing(target: Target) -> None:
    cells = {"name": "Other", "email": "o@example.nl", "phone": "+31201111111", "postcode": "1000AA"}
    other = target.evidence(drafted(target, with_cells(COMPLETE, **cells)).body)
    mine = target.evidence(drafted(target, COMPLETE).body)
    assert agree(mine, other) is False
    assert agree(mine, target.evidence({})) is None
    moved = target.evidence(drafted(target, with_cells(COMPLETE, **{**cells, "email": COMPLETE.values["email"]})).body)
    assert agree(mine, moved) is True


def test_persons_tell_who_a_record_is_about() -> None:
    person = {"voornaam": "Anna", "achternaam": "van Dijk", "email1": "ANNA@example.nl ", "telefoon2": "06-12345678"}
    for target in (CONTACTEN, KLANTEN):
        told = target.evidence({"naam": "Groep &amp; Co", "contactpersonen": [person]})
        assert told == {
            "name": {"groep & co", "anna van dijk"}, "email": {"anna@example.nl"}, "phone": {"612345678"},
        }  # fmt: skip
    sub = {"id": "1", "first_name": "Anna", "last_name": "van Dijk", "mobile": "+31 6 12345678"}
    told = CONTACTS.evidence({"Contact": {"name": "Groep"}, "SubContact": [sub]})
    assert told == {"name": {"groep", "anna van dijk"}, "phone": {"612345678"}}
    customer = CUSTOMERS.evidence(example("cyclesoftware-customers-get").json)
    assert customer["name"] == {"tim van lastname", "company name"}
    assert customer["address"] == {"5388gm 1"}
    assert customer["phone"] == {"612345678", "733030050"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("+31 (0)20 123 45 67", "020-1234567"), ("0031201234567", "+31201234567"), ("06 12345678", "+31612345678")],
)
def test_numbers_that_dial_the_same_are_one(one: str, other: str) -> None:
    assert CUSTOMERS.evidence({"phone_numbers": [{"phone_number": one}]}) == CUSTOMERS.evidence(
        {"phone_numbers": [{"phone_number": other}]}
    )
