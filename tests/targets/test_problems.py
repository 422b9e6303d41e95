"""A row that cannot go says why, about a column of its own, in words its owner understands."""

from __future__ import annotations

import pytest

from etl.systems.declare import Drafting, Row, Target
from etl.systems.shared.body import MAX_TEXT
from tests.targets.rows import (
    COMPLETE,
    CONTACTEN,
    CONTACTS,
    CUSTOMERS,
    KLANTEN,
    NEW,
    NONE,
    PRODUCTEN,
    SHOPPERS,
    called,
    drafted,
    problems,
    row,
    with_cells,
)  # fmt: skip

OF_CONTACTS = (CUSTOMERS, CONTACTEN, KLANTEN, CONTACTS, SHOPPERS)
NAMING_COUNTRIES = (CUSTOMERS, CONTACTEN, CONTACTS, SHOPPERS)
PRODUCT = {"name": "Tandem", "purchase_price": 7, "minimum_quantity": 1, "supplier_id": 3}


@pytest.mark.parametrize("target", NAMING_COUNTRIES, ids=called)
@pytest.mark.parametrize("own_name", ["country", "landcode", "country_code_iso_3166", "location_country"])
def test_a_country_no_one_knows_is_named_with_what_may_be_meant(target: Target, own_name: str) -> None:
    given = with_cells(COMPLETE, country_code=None, issues=["country.unknown"], extra=f'{{"{own_name}": "Nederlnd"}}')
    problem = problems(target, given)["country_code"]
    assert (problem.reason, problem.suggestion) == ("Nederlnd is not a country we know.", "NL")


def test_the_country_that_the_row_itself_proves_is_suggested_first() -> None:
    cells = {"country_code": None, "issues": '["country.unknown"]', "suggestions": '{"country_code": "BE"}'}
    given = with_cells(COMPLETE, **cells, extra='{"country": "Nederlnd"}')
    assert problems(CUSTOMERS, given)["country_code"].suggestion == "BE"


def test_a_country_code_that_is_none_is_refused() -> None:
    assert "country_code" in problems(CONTACTEN, with_cells(COMPLETE, country_code="XX"))


def test_klanten_has_no_place_for_a_country_so_none_is_refused_there() -> None:
    given = with_cells(COMPLETE, country_code=None, issues=["country.unknown"], extra='{"country": "Nederlnd"}')
    assert "landcode" not in drafted(KLANTEN, given).body


def test_a_country_no_one_knows_goes_back_to_where_it_is_free_text() -> None:
    extra = '{"location_country": "Nederlnd"}'
    cells = {"country_code": None, "issues": ["country.unknown"], "extra": extra}
    given = row({**COMPLETE.values, **cells}, system="invoicing")
    assert drafted(CONTACTS, given).body["location_country"] == "Nederlnd"


@pytest.mark.parametrize("target", OF_CONTACTS, ids=called)
def test_a_text_that_is_too_long_is_refused_and_the_longest_is_not(target: Target) -> None:
    assert drafted(target, with_cells(COMPLETE, city="a" * MAX_TEXT))
    problem = problems(target, with_cells(COMPLETE, city="a" * (MAX_TEXT + 1)))["city"]
    assert problem.reason == f"This is too long: at most {MAX_TEXT} characters fit."


@pytest.mark.parametrize("target", OF_CONTACTS, ids=called)
@pytest.mark.parametrize("text", ["a\0b", "half \ud800"])
def test_characters_that_no_server_keeps_are_refused(target: Target, text: str) -> None:
    assert "cannot be sent" in problems(target, with_cells(COMPLETE, city=text))["city"].reason


@pytest.mark.parametrize("target", (CUSTOMERS, CONTACTEN, KLANTEN), ids=called)
def test_somebody_without_any_name_is_refused(target: Target) -> None:
    (problem,) = problems(target, with_cells(COMPLETE, name=" ")).values()
    assert problem.reason.startswith("There is no name")


@pytest.mark.parametrize("target", (CONTACTEN, KLANTEN), ids=called)
def test_two_main_contacts_are_refused(target: Target) -> None:
    people = [{"first_name": name, "main_contact": True} for name in ("Anna", "Bo")]
    problem = problems(target, row(COMPLETE.values, contact_persons=people))["contact_persons.main_contact"]
    assert problem.reason == "2 contact persons are marked as the main one; there can be only one."


@pytest.mark.parametrize("target", (CONTACTEN, KLANTEN), ids=called)
def test_a_gender_that_is_none_of_a_contact_person_is_refused(target: Target) -> None:
    people = [{"first_name": "Anna", "main_contact": True, "gender": "divers"}]
    assert "contact_persons.gender" in problems(target, row(COMPLETE.values, contact_persons=people))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "friend"), ("province_code", "Utrecht"), ("company_id", "x"), ("extra_fields", "no JSON"),
        ("extra_fields", '[{"name": "Shoe size", "type": "number", "value": "large"}]'),
        ("extra_fields", '[{"name": "Shoe size", "type": "colour", "value": 1}]'),
    ],
)  # fmt: skip
def test_what_contacten_does_not_take_is_refused(column: str, value: str) -> None:
    assert {*problems(CONTACTEN, with_cells(COMPLETE, **{column: value}))} == {column}


@pytest.mark.parametrize("value", ["a lot", "101", "-1", float("inf")])
def test_a_discount_that_is_none_is_refused(value: object) -> None:
    assert {*problems(CUSTOMERS, with_cells(COMPLETE, discount_percentage=value))} == {"discount_percentage"}


@pytest.mark.parametrize(
    ("column", "field"),
    [("name", "name"), ("address_line", "address_line"), ("city", "city"), ("postcode", "invoice_postcode"),
     ("phone", "phone"), ("email", "email")],
)  # fmt: skip
def test_what_invoicing_requires_is_asked_for(column: str, field: str) -> None:
    cells = {column: None} | ({"street": None} if column == "address_line" else {})
    found = problems(CONTACTS, with_cells(COMPLETE, **cells))
    assert found[field].reason == "This is required, and missing."


def test_a_payment_term_is_required_where_the_account_has_no_default() -> None:
    assert {*problems(CONTACTS, COMPLETE, Drafting("R-1", {}))} == {"payment_term_days"}
    assert "payment_term_days" in problems(CONTACTS, with_cells(COMPLETE, payment_term_days="soon"))


@pytest.mark.parametrize("target", OF_CONTACTS, ids=called)
def test_nothing_is_required_of_a_draft_for_a_record_that_is_there(target: Target) -> None:
    body = drafted(target, row({"city": "Ede"}), Drafting(None, {}, partial=True)).body
    assert "Ede" in body.values()


@pytest.mark.parametrize("column", PRODUCT)
def test_what_a_product_requires_is_asked_for(column: str) -> None:
    assert {*problems(PRODUCTEN, row({**PRODUCT, column: None}))} == {column}
    assert drafted(PRODUCTEN, row({column: PRODUCT[column]}), Drafting(None, {}, partial=True))


@pytest.mark.parametrize(
    ("column", "value"),
    [("purchase_price", "cheap"), ("minimum_quantity", "1.5"), ("duration_iso", "an hour"), ("api_allowed", "maybe"),
     ("attributes", "[1]"), ("attributes", "text"), ("name", "n" * 300)],
)  # fmt: skip
def test_what_a_product_cannot_be_is_refused(column: str, value: str) -> None:
    assert {*problems(PRODUCTEN, row({**PRODUCT, column: value}))} == {column}


@pytest.mark.parametrize(
    ("table", "child", "field"),
    [
        ("product_prices", {"vat_percentage": 21}, "product_prices.sales_price"),
        ("product_materials", {"material_id": 1, "quantity": 1, "per_x_quantity": 2, "rounding": "up"},
         "product_materials.rounding"),
        ("product_locations", {"name": "Klimbos"}, "product_locations.location_id"),
    ],
)  # fmt: skip
def test_what_hangs_on_a_product_is_checked_too(table: str, child: dict[str, object], field: str) -> None:
    assert {*problems(PRODUCTEN, Row(PRODUCT, {table: [child]}, ""))} == {field}


def test_a_supplier_of_another_account_must_be_named_anew() -> None:
    given = row(PRODUCT, system="recras")
    assert "another account" in problems(PRODUCTEN, given, NONE)["supplier_id"].reason
    assert drafted(PRODUCTEN, given, Drafting(None, {"supplier_id": 8})).body["leverancier_id"] == 8


def test_all_problems_of_a_row_are_told_at_once() -> None:
    found = problems(CONTACTS, with_cells(COMPLETE, city="a" * 300, email=None, country_code="XX"), NEW)
    assert {*found} >= {"city", "email", "country_code"}
