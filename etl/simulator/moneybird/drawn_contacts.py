"""Draw a Moneybird contact by row number: its wire object and its truth."""

from __future__ import annotations

from datetime import UTC, datetime

from etl.simulator.data import identifiers, phones, spelling
from etl.simulator.data.dice import INVOICED, Dice
from etl.simulator.data.drawn import Columns, DrawnContact, Wire, moment, type_phone
from etl.simulator.data.party import Party, draw_party, draw_person

FIRST_ID, STEP = 433_546_112_000_000_123, 4_194_301
"""Ids are made of the time, and higher than a double can tell apart."""
FIRST_PERSON = FIRST_ID + 10**15
ADMINISTRATION = 123
TEXTS = (
    "company_name", "firstname", "lastname", "address1", "address2", "zipcode", "city", "country", "phone",
    "delivery_method", "customer_id", "tax_number", "chamber_of_commerce", "bank_account", "attention", "email",
    "send_invoices_to_attention", "send_invoices_to_email", "send_estimates_to_attention", "send_estimates_to_email",
    "sepa_iban", "sepa_iban_account_name", "sepa_bic", "sepa_mandate_id", "sepa_mandate_date", "sepa_sequence_type",
    "credit_card_number", "credit_card_reference", "si_identifier", "si_identifier_type",
)  # fmt: skip
_NOT_IN_THIS_API = (
    "name", "department", "title", "initials", "website", "fax", "invoice_attention", "invoice_address_line",
    "bank_name", "payment_term_days", "discount_percentage", "client_code", "contact_group", "customer_type", "status",
    "company_id", "latitude", "longitude", "deleted_at",
)  # fmt: skip


def draw_contact(row: int, seed: int) -> DrawnContact:
    dice = Dice(seed, INVOICED, row)
    party = draw_party(row, dice, company_share=0.65)
    archived = dice.chance(0.04)
    contact = empty_contact(FIRST_ID + row * STEP, dice.pick(("", None)))
    contact |= {"customer_id": str(row + 1), "archived": archived}
    truth: Columns = {
        "system": "moneybird",
        "stream": "contacts",
        "source_id": contact["id"],
        "kind": "customer",
        "active": not archived,
        "reference": contact["customer_id"],
        "is_organisation": party.company is not None,
        **dict.fromkeys(_NOT_IN_THIS_API),
    }
    _names(contact, truth, party, dice)
    _where(contact, truth, party, dice)
    _identity(contact, truth, party, dice)
    numbers = _phone(contact, truth, party, dice)
    contact["created_at"], truth["created_at"] = _zulu(dice, 2015, 6)
    contact["updated_at"], truth["modified_at"] = _zulu(dice, 2021, 3)
    contact["version"] = _version(contact["updated_at"])
    persons = _people(contact, truth, row, party, dice, numbers)
    if dice.chance(0.2):
        contact["custom_fields"] = [{"id": "433546112000000009", "name": "Ketting", "value": dice.pick(("x", ""))}]
    return DrawnContact(contact, truth, persons, numbers)


def empty_contact(key: int, nothing: str | None = "") -> Wire:
    """A contact as one without any value is shown: empty texts, or null where it was made in another way."""
    return {
        "id": str(key),
        "administration_id": ADMINISTRATION,
        **dict.fromkeys(TEXTS, nothing),
        "country": "NL",
        "delivery_method": "Email",
        "sepa_sequence_type": "RCUR",
        "credit_card_type": None,
        "is_trusted": False,
        "max_transfer_amount": None,
        "email_ubl": True,
        "direct_debit": False,
        "sepa_active": False,
        "tax_number_validated_at": None,
        "tax_number_valid": None,
        "invoice_workflow_id": None,
        "estimate_workflow_id": None,
        "moneybird_payments_mandate": False,
        "sales_invoices_url": f"https://moneybird.com/{ADMINISTRATION}/sales_invoices/{key:064x}/all",
        "notes": [],
        "custom_fields": [],
        "contact_people": [],
        "archived": False,
        "events": [],
    }


def person_of(contact: Wire, key: int, **said: str | None) -> Wire:
    """A contact person as it is shown."""
    return {
        "id": str(key),
        "contact_id": contact["id"],
        "administration_id": ADMINISTRATION,
        **{name: said.get(name) for name in ("firstname", "lastname", "phone", "email", "department")},
        **{name: contact.get(name) for name in ("created_at", "updated_at", "version")},
    }


def _zulu(dice: Dice, first_year: int, years: int) -> tuple[str, datetime]:
    """Draw a time in UTC, as the API writes it."""
    _, at = moment(dice, first_year, years)
    at = at.replace(microsecond=dice.whole(0, 999) * 1000)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z", at


def _version(updated: str) -> int:
    return int(datetime.fromisoformat(updated).astimezone(UTC).timestamp())


def _names(contact: Wire, truth: Columns, party: Party, dice: Dice) -> None:
    """A firm has a company name, and one in three a person beside it; others have a person's name only."""
    person = party.person
    named = party.company is None or dice.chance(0.33)
    if party.company is not None:
        company = spelling.as_formula(party.company, dice)
        contact["company_name"] = spelling.padded(company, dice)
        truth |= {"company_name": company, "display_name": company}
    if not named:
        truth |= {"first_name": None, "insertion": None, "last_name": None}
        return
    contact |= {"firstname": person.first_name, "lastname": spelling.padded(person.family_name, dice)}
    truth["first_name"] = person.first_name
    if person.reads_alone:
        truth |= {"insertion": person.insertion, "last_name": person.last_name}


def _where(contact: Wire, truth: Columns, party: Party, dice: Dice) -> None:
    address = party.address
    line, postcode = spelling.one_line(address, dice), spelling.postcode(address, dice)
    contact |= {
        "address1": line.text,
        "zipcode": postcode.text,
        "city": spelling.padded(address.place.city, dice),
        "country": address.country,
    }
    truth |= {"address_line": line.text, "city": address.place.city, "country_code": address.country}
    truth["postcode"] = address.postcode
    if line.certain:
        truth |= spelling.split_columns(address)


def _identity(contact: Wire, truth: Columns, party: Party, dice: Dice) -> None:
    vat = spelling.vat_number(party.vat_number, dice)
    email = party.person.email
    attention = f"Afd. {dice.pick(('inkoop', 'administratie'))}" if dice.chance(0.1) else None
    nothing = contact["bank_account"]
    contact |= {
        "tax_number": vat.text or nothing,
        "chamber_of_commerce": party.coc_number or nothing,
        "send_invoices_to_email": email or nothing,
        "email": email or nothing,
        "send_estimates_to_email": email or nothing,
        "send_invoices_to_attention": attention or nothing,
        "attention": attention or nothing,
        "send_estimates_to_attention": attention or nothing,
    }
    truth |= {"coc_number": party.coc_number, "email": email, "attention": attention, "bank_number": None}
    if vat.certain:
        truth["vat_number"] = party.vat_number
    if dice.chance(0.3):
        _, contact["bank_account"] = identifiers.bank_account(dice)
        truth["bank_number"] = contact["bank_account"]


def _phone(contact: Wire, truth: Columns, party: Party, dice: Dice) -> list[Columns]:
    """Fill the one field for any number; whether a mobile number in it goes to phone or mobile is up to the reader."""
    chosen = party.person.landline or party.person.mobile
    junk = dice.pick(phones.NO_NUMBER) if dice.chance(0.005) else ""
    phone = type_phone(chosen, dice, country_known=True, junk=junk)
    contact["phone"] = phone.raw or contact["phone"]
    if not phone.raw:
        truth |= {"phone": None, "mobile": None}
        return []
    if phone.readable and phone.kind == "landline":
        truth |= {"phone": phone.e164, "mobile": None}
    return [{**_ids(truth), "person_id": None, **phone.columns()}]


def _people(contact: Wire, truth: Columns, row: int, party: Party, dice: Dice, numbers: list[Columns]) -> list[Columns]:
    """Add contact people, most of whom have an e-mail address and some a number."""
    persons: list[Columns] = []
    for nth in range(dice.pick((0, 0, 0, 1, 1, 2))):
        person = draw_person(party.address.place, row * 4 + nth, dice)
        key = FIRST_PERSON + (row * 4 + nth) * STEP
        phone = person.mobile.e164 if person.mobile else None
        contact["contact_people"].append(
            person_of(
                contact, key, firstname=person.first_name, lastname=person.family_name, phone=phone,
                email=person.email, department=dice.pick(("Inkoop", "", None)),
            )
        )  # fmt: skip
        columns: Columns = {**_ids(truth), "person_id": str(key), "first_name": person.first_name}
        columns |= {"email_1": person.email, "phone_1": phone}
        if person.reads_alone:
            columns |= {"insertion": person.insertion, "last_name": person.last_name}
        persons.append(columns)
        if phone:
            numbers.append(
                {**_ids(truth), "person_id": str(key), "raw": phone, "e164": phone, "valid": True, "kind": "mobile"}
            )
    return persons


def _ids(truth: Columns) -> Columns:
    return {name: truth[name] for name in ("system", "stream", "source_id")}
