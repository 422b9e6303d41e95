"""Validate the body of a CycleSoftware POST or PUT, and build the customer from it.

The document requires no field. Unknown and read-only fields are ignored, since its own samples send them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any

from etl.simulator.cyclesoftware.drawn_customers import ORDER
from etl.simulator.engine.answer import RefusedRequest

Wire = dict[str, Any]

READ_ONLY = {"customer_id", "datetime_created"}
TEXTS = tuple(name for name in ORDER if name not in READ_ONLY | {"discount_percentage", "phone_numbers"})


def new_customer(body: Wire, customer_id: int, now: str) -> Wire:
    return _customer(body, customer_id, now)


def replaced_customer(body: Wire, before: Wire) -> Wire:
    if body.get("customer_id") not in (None, before["customer_id"]):
        raise RefusedRequest(400, "customer_id cannot be changed.")
    return _customer(body, before["customer_id"], before.get("datetime_created"))


def _customer(body: Wire, customer_id: int, created: str | None) -> Wire:
    values: Wire = {"customer_id": customer_id, "datetime_created": created}
    values |= {name: _text(body, name) for name in TEXTS}
    values["discount_percentage"] = _discount(body.get("discount_percentage", 0))
    values["phone_numbers"] = _phones(body.get("phone_numbers"), customer_id, _full_name(values))
    return {name: values[name] for name in ORDER}


def _text(source: Wire, name: str) -> str:
    value = source.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RefusedRequest(400, f"{name} must be a string.")
    return value


def _discount(value: Any) -> Any:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise RefusedRequest(400, "discount_percentage must be a decimal.")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise RefusedRequest(400, "discount_percentage must be a decimal.") from None
    if not 0 <= number <= 100:
        raise RefusedRequest(400, "discount_percentage must lie between 0 and 100.")
    return int(number) if number == number.to_integral_value() else float(number)


def _full_name(values: Wire) -> str:
    return " ".join(part for part in (values["first_name"], values["insertion"], values["name"]) if part)


def _phones(value: Any, customer_id: int, name: str) -> list[Wire]:
    """Keep the numbers in their order; `mob` and `tel` are added empty, as on every customer in the document."""
    if value is None:
        value = []
    if not isinstance(value, list) or not all(isinstance(phone, dict) for phone in value):
        raise RefusedRequest(400, "phone_numbers must be an array of objects.")
    own_id = _free_ids(customer_id)
    numbers = [
        {
            "phone_number_id": _text(phone, "phone_number_id") or own_id(),
            "customer_id": customer_id,
            "phone_number": _text(phone, "phone_number"),
            "name": _text(phone, "name") or name,
        }
        for phone in value
    ]
    given = [phone["phone_number_id"] for phone in numbers]
    if len({*given}) != len(given):
        raise RefusedRequest(400, "phone_numbers holds the same phone_number_id twice.")
    missing = [key for key in ("mob", "tel") if key not in given]
    return numbers + [
        {"phone_number_id": key, "customer_id": customer_id, "phone_number": "", "name": name} for key in missing
    ]


def _free_ids(customer_id: int) -> Callable[[], str]:
    ids = count(customer_id * 100)
    return lambda: str(next(ids))
