"""How an unknown outcome is settled: whether a record is the one a body made, and what the new id is."""

from __future__ import annotations

from typing import Any

import pytest

from etl.systems.declare import Drafting, Row, Target
from tests.targets.rows import (
    COMPLETE,
    CONTACTEN,
    CONTACTS,
    CUSTOMERS,
    KLANTEN,
    NEW,
    PRODUCTEN,
    SHOPPERS,
    called,
    drafted,
    row,
    with_cells,
)


def without_reference(target: Target) -> Drafting:
    """Where the API requires one, a part of a body has none."""
    return Drafting(None, {"payment_term_days": 14}, partial=target is CONTACTS)


WITH_REFERENCE = [CUSTOMERS, CONTACTS]
PRODUCT = row({"name": "Tandem", "purchase_price": 7, "minimum_quantity": 1, "supplier_id": 3})
ALL = [
    *((target, COMPLETE) for target in (CUSTOMERS, CONTACTEN, KLANTEN, CONTACTS, SHOPPERS)), (PRODUCTEN, PRODUCT),
]  # fmt: skip


def remote_of(target: Target, body: Any) -> dict[str, Any]:
    """What a server would show of a body."""
    if target is CONTACTS:
        return {"Contact": {"id": "9", "created": "2026-01-01 00:00:00", **body}, "SubContact": []}
    return {"id": 9, "customer_id": 9, **body}


@pytest.mark.parametrize(("target", "given"), ALL, ids=lambda one: getattr(one, "name", ""))
def test_a_record_is_the_one_its_body_made(target: Target, given: Row) -> None:
    body = drafted(target, given).body
    assert target.same(remote_of(target, body), body)
    spelt = {
        name: f" {value.upper()} " if name not in ("type",) and isinstance(value, str) else value
        for name, value in body.items()
    }
    spelt |= {target.reference: body[target.reference]} if target.reference else {}
    assert target.same(remote_of(target, spelt), body)
    assert target.who(remote_of(target, spelt)) == target.who(body)


@pytest.mark.parametrize("target", WITH_REFERENCE, ids=lambda target: target.name)
def test_the_same_person_under_another_reference_is_not_it(target: Target) -> None:
    body = drafted(target, COMPLETE).body
    for other in ("R-2", "", None):
        assert not target.same(remote_of(target, {**body, target.reference: other}), body)
    bare = drafted(target, COMPLETE, without_reference(target)).body
    assert target.same(remote_of(target, bare), bare)
    assert not target.same(remote_of(target, {**bare, target.reference: "R-2"}), bare)


@pytest.mark.parametrize("target", [CUSTOMERS, CONTACTEN, KLANTEN, CONTACTS, SHOPPERS], ids=called)
@pytest.mark.parametrize(
    "cells", [{"name": "Other"}, {"email": "other@example.nl"}, {"postcode": "1000AA"}, {"email": None}]
)
def test_somebody_else_is_not_it(target: Target, cells: dict[str, Any]) -> None:
    body = drafted(target, COMPLETE, without_reference(target)).body
    if target is SHOPPERS and cells == {"email": None}:  # which it does not take from us
        other = {name: value for name, value in body.items() if name != "email"}
    else:
        other = dict(drafted(target, with_cells(COMPLETE, **cells), without_reference(target)).body)
    assert not target.same(remote_of(target, other), body)


def test_a_list_without_persons_is_compared_without_them() -> None:
    body = drafted(KLANTEN, COMPLETE).body
    listed = {name: value for name, value in remote_of(KLANTEN, body).items() if name != "contactpersonen"}
    assert KLANTEN.same(listed, body)
    assert not KLANTEN.same({**listed, "plaats": "Ede"}, body)


def test_a_product_that_was_deleted_is_not_it() -> None:
    body = drafted(PRODUCTEN, PRODUCT).body
    assert not PRODUCTEN.same({**body, "is_deleted": True}, body)


def test_what_the_api_would_merge_has_one_key() -> None:
    one, other = (
        drafted(KLANTEN, COMPLETE).body,
        drafted(KLANTEN, with_cells(COMPLETE, email="INFO@deketting.example.nl")).body,
    )
    assert KLANTEN.natural_key(one) == KLANTEN.natural_key(other) is not None
    assert KLANTEN.natural_key(drafted(KLANTEN, with_cells(COMPLETE, email=None)).body) is None
    assert CUSTOMERS.natural_key(drafted(CUSTOMERS, COMPLETE, NEW).body) == "R-1"
    assert PRODUCTEN.natural_key(drafted(PRODUCTEN, PRODUCT).body) is None


@pytest.mark.parametrize(
    ("target", "status", "location", "body", "expected"),
    [
        (CUSTOMERS, 200, None, {"customer_id": 26196}, "26196"),
        (CUSTOMERS, 200, None, {"error": True, "error_message": "no"}, None),
        (CUSTOMERS, 200, None, "<html>", None),
        (CUSTOMERS, 400, None, {"customer_id": 26196}, None),
        (KLANTEN, 201, "/api2/klanten/83", {"id": 83}, "83"),
        (KLANTEN, 200, None, {"id": 83}, "83"),
        (CONTACTEN, 201, "https://demo.recras.nl/api2/contacten/83", None, "83"),
        (CONTACTEN, 302, "/api2/contacten/83", None, None),
        (PRODUCTEN, 201, "/api2/producten/5", {"leverancier_id": 3}, "5"),
        (PRODUCTEN, 201, None, {"leverancier_id": 3}, None),
        (CONTACTS, 201, None, {"response": {"code": 201, "data": {"Contact": {"id": "514"}}}}, "514"),
        (CONTACTS, 200, None, {"response": {"code": 400, "data": []}}, None),
    ],
)
def test_the_new_id_is_in_the_body_or_in_the_location(
    target: Target, status: int, location: str | None, body: Any, expected: str | None
) -> None:
    assert target.created(status, location, body) == expected


def test_a_product_is_found_again_however_its_figures_are_spelt() -> None:
    cells = {"name": "Klimmen & varen", "purchase_price": "7.5", "duration_iso": "PT1H"}
    body = drafted(PRODUCTEN, with_cells(PRODUCT, **cells)).body
    shown = {**body, "inkoop": "7.50", "duur": "PT1H00M00S", "naam": "Klimmen &amp; varen", "minimum_aantal": "1"}
    for remote in (shown, {**shown, "duur": "PT60M", "inkoop": "7,5"}):
        assert PRODUCTEN.same(remote, body)
        assert PRODUCTEN.who(remote) == PRODUCTEN.who(body)
    assert not PRODUCTEN.same({**shown, "duur": "PT2H"}, body)
    assert not PRODUCTEN.same({**shown, "inkoop": "75"}, body)
    assert not PRODUCTEN.same({**shown, "naam": "7.50"}, {**body, "naam": "7.5"})


@pytest.mark.parametrize("target", WITH_REFERENCE, ids=lambda target: target.name)
def test_a_reference_in_other_capitals_or_cut_is_ours(target: Target) -> None:
    assert target.reference
    reference = "park.contacten/K-1001"
    body = drafted(target, COMPLETE, Drafting(reference, NEW.defaults)).body
    assert target.same(remote_of(target, {**body, target.reference: reference.upper()}), body)
    left = remote_of(target, {**body, target.reference: reference[:18]})
    assert target.same(left, body)
    other = drafted(target, with_cells(COMPLETE, name="Other", email="o@example.nl"), Drafting(reference, NEW.defaults))
    assert not target.same(left, other.body), "what is left of it may be the beginning of another row's"
    assert not target.same(remote_of(target, {**body, target.reference: reference[:11]}), body), "too little is left"
    assert not target.same(remote_of(target, {**body, target.reference: f"{reference}1"}), body)


@pytest.mark.parametrize(("target", "given"), ALL[1:4:2], ids=lambda one: getattr(one, "name", ""))
def test_names_with_signs_are_the_same_as_html_has_them(target: Target, given: Row) -> None:
    body = drafted(target, with_cells(given, name="Jansen & Zn")).body
    name = "name" if target is CONTACTS else "naam"
    assert target.same(remote_of(target, {**body, name: "Jansen &amp; Zn"}), body)
