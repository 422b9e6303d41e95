"""The Customer object of CycleSoftware as POST and PUT take it, and how a row becomes one.

Document: "Customers", tables "Customer (object)" and "Create customer". It requires no field and gives no length.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from etl.systems.cyclesoftware.fields import CUSTOMER, PHONE, SYSTEM
from etl.systems.declare import Row, written
from etl.systems.shared.body import JsonNumber, Line, body_of, several
from etl.systems.shared.cells import flag, folded, text


def country(code: str) -> str:
    """An ISO 3166-1 code in either case: the document's own samples have both. Raises ValueError for others."""
    from etl.normalise.country import is_code

    if code and not is_code(code.upper()):
        raise ValueError(f"{code[:60]} is no country we know.")
    return code


TYPES: Mapping[str, Any] = {
    "country_code_iso_3166": Annotated[Line, AfterValidator(country)],
    "discount_percentage": Annotated[Decimal, Field(ge=0, le=100, allow_inf_nan=False), JsonNumber],
    "phone_numbers": several(body_of("Phone", PHONE, {"phone_number": Line}, required=("phone_number",))),
}
Customer = body_of("Customer", CUSTOMER, TYPES)

COLUMNS = {
    **written(CUSTOMER),
    "phone_numbers": "phone",
    **{f"phone_numbers.{name}": "phone" for name in written(PHONE)},
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
