"""The Customer object that POST and PUT of CycleSoftware take, and the fields of it that are filled in.

Document: "Customers", tables "Customer (object)" and "Create customer". It requires no field and gives no maximum
length.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from etl.systems.cyclesoftware.fields import CUSTOMER, PHONE, SYSTEM
from etl.systems.declare import Row, written
from etl.systems.shared.body import JsonNumber, Line, body_of, list_of
from etl.systems.shared.cells import flag, folded, text


def country(code: str) -> str:
    """Accept an ISO 3166-1 code in either case, as in the document's samples. Raises ValueError for others."""
    from etl.normalise.country import is_code

    if code and not is_code(code.upper()):
        raise ValueError(f"{code[:60]} is not a country we know.")
    return code


TYPES: Mapping[str, Any] = {
    "country_code_iso_3166": Annotated[Line, AfterValidator(country)],
    "discount_percentage": Annotated[Decimal, Field(ge=0, le=100, allow_inf_nan=False), JsonNumber],
    "phone_numbers": list_of(body_of("Phone", PHONE, {"phone_number": Line}, required=("phone_number",))),
}
Customer = body_of("Customer", CUSTOMER, TYPES)

COLUMNS = {
    **written(CUSTOMER),
    "phone_numbers": "phone",
    **{f"phone_numbers.{name}": "phone" for name in written(PHONE)},
}
"""Property of the Customer to the column of the contact that it is built from."""


TEXTS = frozenset(COLUMNS) & frozenset(Customer.model_fields) - {
    "street", "house_number", "house_number_postfix", "customer_reference", "phone_numbers",
}  # fmt: skip
"""The properties that take a column of the contact unchanged."""

_NO_BUSINESS = frozenset({"familie", "fam", "fam.", "en", "&", "e/o"})


def filled_names(row: Row, fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the names to fill in: `name` where there is no last name, and the company a person belongs to.

    Nothing is filled in for a row from CycleSoftware itself.
    """
    shown = text(row.values.get("name")) or text(row.values.get("display_name"))
    company = fields.get("company_name")
    if row.system == SYSTEM:
        return {}
    if fields.get("name") is None:
        name = company or shown or fields.get("first_name")
        return {"name": name} if name else {}
    if company is None and shown and not is_person(row, shown) and flag(row.values.get("is_organisation")) is not False:
        return {"company_name": shown}
    return {}


def customer_type(row: Row, fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the customer type to fill in; another vendor's type is replaced, since it has no meaning here."""
    if fields.get("customer_type_name") and row.system in ("", SYSTEM):
        return {}
    organisation = flag(row.values.get("is_organisation"))
    business = bool(fields.get("company_name")) if organisation is None else organisation
    return {"customer_type_name": "Zakelijk" if business else "Klant"}


def is_person(row: Row, shown: str) -> bool:
    """Check whether a name consists only of parts of the person's own name."""
    columns = ("title", "initials", "first_name", "insertion", "last_name")
    own = " ".join(folded(row.values.get(column)) for column in columns).split()
    return set(folded(shown).split()) <= {*own, *_NO_BUSINESS}
