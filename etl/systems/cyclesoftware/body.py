"""The Customer object of CycleSoftware as POST and PUT take it, and how a row becomes one.

Document: "Customers", tables "Customer (object)" and "Create customer". It requires no field and gives no length.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from etl.systems.declare import Row
from etl.systems.shared.body import Body, JsonNumber, Line
from etl.systems.shared.cells import flag, folded, text

SYSTEM = "cyclesoftware"


def country(code: str) -> str:
    """An ISO 3166-1 code in either case: the document's own samples have both. Raises ValueError for others."""
    from etl.normalise.country import is_code

    if code and not is_code(code.upper()):
        raise ValueError(f"{code[:60]} is no country we know.")
    return code


class Phone(Body):
    phone_number_id: Line | None = None
    phone_number: Line
    name: Line | None = None


class Customer(Body):
    customer_type_name: Line | None = None
    customer_reference: Line | None = None
    postcode: Line | None = None
    house_number: Line | None = None
    house_number_postfix: Line | None = None
    company_name: Line | None = None
    attn: Line | None = None
    title: Line | None = None
    initials: Line | None = None
    insertion: Line | None = None
    first_name: Line | None = None
    name: Line | None = None
    street: Line | None = None
    city: Line | None = None
    country_code_iso_3166: Annotated[Line, AfterValidator(country)] | None = None
    email: Line | None = None
    vat_number: Line | None = None
    coc_number: Line | None = None
    discount_percentage: Annotated[Decimal, Field(ge=0, le=100, allow_inf_nan=False), JsonNumber] | None = None
    phone_numbers: list[Phone] | None = None


COLUMNS = {
    "customer_type_name": "customer_type",
    "customer_reference": "reference",
    "postcode": "postcode",
    "house_number": "house_number",
    "house_number_postfix": "house_number_postfix",
    "company_name": "company_name",
    "attn": "attention",
    "title": "title",
    "initials": "initials",
    "insertion": "insertion",
    "first_name": "first_name",
    "name": "last_name",
    "street": "street",
    "city": "city",
    "country_code_iso_3166": "country_code",
    "email": "email",
    "vat_number": "vat_number",
    "coc_number": "coc_number",
    "discount_percentage": "discount_percentage",
    "phone_numbers": "phone",
    "phone_numbers.phone_number": "phone",
    "phone_numbers.phone_number_id": "phone",
    "phone_numbers.name": "phone",
}
"""Property of the Customer to the column of the contact that it is made of."""


TEXTS = frozenset(COLUMNS) & frozenset(Customer.model_fields) - {
    "street", "house_number", "house_number_postfix", "customer_reference", "phone_numbers",
}  # fmt: skip
"""The properties that are a column of the contact, as it is."""

_NO_BUSINESS = frozenset({"familie", "fam", "fam.", "en", "&", "e/o"})


def called(row: Row, given: Mapping[str, Any]) -> dict[str, str]:
    """What is filled in of who it is: `name` where there is no last name, and the company a person belongs to.

    A row from such a system says all of it itself.
    """
    shown = text(row.values.get("name")) or text(row.values.get("display_name"))
    company = given.get("company_name")
    if row.system == SYSTEM:
        return {}
    if given.get("name") is None:
        found = company or shown or given.get("first_name")
        return {"name": found} if found else {}
    if company is None and shown and not is_person(row, shown) and flag(row.values.get("is_organisation")) is not False:
        return {"company_name": shown}
    return {}


def customer_type(row: Row, given: Mapping[str, Any]) -> dict[str, str]:
    """The type to fill in: one of another vendor's means nothing here."""
    if given.get("customer_type_name") and row.system in ("", SYSTEM):
        return {}
    organisation = flag(row.values.get("is_organisation"))
    business = bool(given.get("company_name")) if organisation is None else organisation
    return {"customer_type_name": "Zakelijk" if business else "Klant"}


def is_person(row: Row, shown: str) -> bool:
    """Whether a name is but the person's own, however much of it."""
    columns = ("title", "initials", "first_name", "insertion", "last_name")
    own = " ".join(folded(row.values.get(column)) for column in columns).split()
    return set(folded(shown).split()) <= {*own, *_NO_BUSINESS}
