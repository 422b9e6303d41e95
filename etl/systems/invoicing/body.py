"""The forms that the invoicing API takes.

Document: "Contacten", table "Velden": which fields can be read, changed, and are required at creation. All values are
text; it gives no maximum length.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from etl.systems.declare import written
from etl.systems.invoicing.fields import CONTACT
from etl.systems.shared.body import body_of

Days = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}$")]


TYPES: Mapping[str, Any] = {"type": Literal["1", "2"], "payment_term": Days}

ContactChange = body_of("ContactChange", CONTACT, TYPES)
"""The form that changes a contact, including the fields that are fixed at creation."""

NewContact = body_of(
    "NewContact",
    CONTACT,
    TYPES,
    required=(
        "client_reference", "group", "name", "location_address", "location_city", "invoice_address", "invoice_postal",
        "invoice_city", "phone", "email", "payment_term",
    ),
)  # fmt: skip
"""The form that creates a contact."""

COLUMNS = written(CONTACT)
"""Field of the contact to the column that it is built from."""
