"""Check what is sent to WooCommerce's customers, and put it into a user.

As in the plugin's source a field that is missing or null is left as it is, on every level, and "" empties it. Names of
the account are cleaned, fields of an address are stored as they come. That an empty e-mail address in the billing
address is refused follows from WordPress' check of the format, and was not tried.
"""

from __future__ import annotations

import re
from typing import Any

from etl.simulator.engine.answer import RefusedRequest
from etl.simulator.woocommerce.drawn_customers import BILLING, SHIPPING

Wire = dict[str, Any]

ADDRESSES = {"billing": BILLING, "shipping": SHIPPING}
EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
TAG = re.compile(r"<[^>]*>")


class Refused(RefusedRequest):
    """A refusal with the code that the API's errors have, and what else stands in their `data`."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(status, message)
        self.code, self.data = code, data


def invalid(name: str, reason: str) -> Refused:
    return Refused(400, "rest_invalid_param", f"Invalid parameter(s): {name}", params={name: reason})


def checked(body: Wire) -> Wire:
    """Return the fields of a body that say anything. Raises Refused for one of another type."""
    for name in ("email", "first_name", "last_name", "username", "password"):
        if body.get(name) is not None and not isinstance(body[name], str):
            raise invalid(name, f"{name} is not of type string.")
    for name, fields in ADDRESSES.items():
        address = body.get(name)
        if address is not None and not isinstance(address, dict):
            raise invalid(name, f"{name} is not of type object.")
        for field in fields:
            value = (address or {}).get(field)
            if value is not None and not isinstance(value, str):
                raise invalid(name, f"{name}[{field}] is not of type string.")
            if field == "email" and value is not None and not is_email(value):
                raise invalid(name, "Invalid email address.")
    return {name: value for name, value in body.items() if value is not None}


def is_email(text: str) -> bool:
    return EMAIL.fullmatch(text) is not None


def changed(user: Wire, body: Wire) -> bool:
    """Put the names and addresses of a body into a user, and return whether any is another one now."""
    before = {name: user[name] for name in ("first_name", "last_name", *ADDRESSES)}
    for name in ("first_name", "last_name"):
        if name in body:
            user[name] = " ".join(TAG.sub("", body[name]).split())
    for name, fields in ADDRESSES.items():
        given = {field: value for field, value in body.get(name, {}).items() if field in fields and value is not None}
        user[name] = {**user[name], **given}
    return any(user[name] != value for name, value in before.items())
