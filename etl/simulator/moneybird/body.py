"""Take the body of a write to Moneybird: which fields there are, what they may hold, and what they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from etl.simulator.engine.answer import RefusedRequest
from etl.simulator.engine.call import IncomingCall

Wire = dict[str, Any]

TEXTS = frozenset(
    {
        "company_name", "firstname", "lastname", "address1", "address2", "zipcode", "city", "country", "phone",
        "customer_id", "tax_number", "chamber_of_commerce", "bank_account", "send_invoices_to_attention",
        "send_invoices_to_email", "send_estimates_to_attention", "send_estimates_to_email", "sepa_iban",
        "sepa_iban_account_name", "sepa_bic", "sepa_mandate_id", "sepa_mandate_date", "si_identifier",
        "si_identifier_type", "invoice_workflow_id", "estimate_workflow_id",
    }
)  # fmt: skip
FLAGS = frozenset({"email_ubl", "direct_debit", "sepa_active"})
ONE_OF = {
    "delivery_method": ("Email", "Post", "Manual", "Simplerinvoicing", "Peppol"),
    "sepa_sequence_type": ("RCUR", "FRST", "OOFF", "FNAL"),
}
SHOWN_AS = {"send_invoices_to_email": "email", "send_invoices_to_attention": "attention"}
NAMES = ("company_name", "firstname", "lastname")


class Invalid(RefusedRequest):
    """What is wrong with the fields of a contact, by field: 422."""

    def __init__(self, details: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
        super().__init__(422, "")
        self.details = details


def given(call: IncomingCall) -> Wire:
    """Return the fields of `contact`. Raises RefusedRequest for what no document knows."""
    contact = call.json_object().get("contact")
    if not isinstance(contact, dict):
        raise RefusedRequest(400, "Contact is required")
    for name, value in contact.items():
        fits = (name in TEXTS and isinstance(value, str)) or (name in FLAGS and isinstance(value, bool))
        if not fits and value not in ONE_OF.get(name, ()):
            raise RefusedRequest(400, f"contact[{name}] does not have a valid value")
    if not contact.get("country", "NL").isalpha() or len(contact.get("country", "NL")) != 2:
        raise RefusedRequest(400, "contact[country] does not have a valid value")
    return contact


def changed(contact: Wire, said: Wire) -> Wire:
    """Return a contact with what is said; what is left out stays. Raises Invalid where it then has no name."""
    found = {**contact, **said, **{SHOWN_AS[name]: value for name, value in said.items() if name in SHOWN_AS}}
    if not any(str(found[name] or "").strip() for name in NAMES):
        raise Invalid({name: [{"error": "is required"}] for name in NAMES})
    return found
