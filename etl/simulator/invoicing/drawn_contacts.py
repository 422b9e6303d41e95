"""Draw an invoicing contact by row number: its wire object (`Contact` and `SubContact`) and its truth.

Everything except `trashed` is text or null, as in the document. The fields of a SubContact are assumed: the document
names it and shows it empty.
"""

from __future__ import annotations

from etl.simulator.data import identifiers, phones, spelling
from etl.simulator.data.dice import DEBTOR, Dice
from etl.simulator.data.drawn import Columns, DrawnContact, Wire, moment, type_phone
from etl.simulator.data.party import Party, draw_address, draw_party, draw_person
from etl.simulator.data.phones import Phone

FIRST_ID = 514

FIELDS = (
    "id", "client_reference", "client_code", "group", "type", "name", "location_address", "location_postal",
    "location_city", "location_country", "location_long", "location_lat", "invoice_address", "invoice_postal",
    "invoice_city", "invoice_country", "invoice_long", "invoice_lat", "phone", "fax", "website", "btw", "kvk", "email",
    "bank_name", "bank_nr", "created", "modified", "trashed", "payment_term",
)  # fmt: skip

_NOT_IN_THIS_API = ("customer_type", "department", "invoice_attention", "discount_percentage", "company_id", "status")


def draw_debtor(row: int, seed: int) -> DrawnContact:
    dice = Dice(seed, DEBTOR, row)
    party = draw_party(row, dice, company_share=0.7)
    contact_id = FIRST_ID + row
    supplier = dice.chance(0.2)
    trashed = dice.chance(0.03)
    name = spelling.as_formula(party.company or party.person.full_name, dice)
    contact: Wire = dict.fromkeys(FIELDS)
    contact |= {
        "id": str(contact_id),
        "client_reference": str(row + 2),
        "client_code": f"D{row:05d}" if dice.chance(0.5) else None,
        "group": dice.pick(("Algemeen", "Algemeen", "Webshop")),
        "type": "2" if supplier else "1",
        "name": spelling.padded(name, dice),
        "trashed": trashed,
        "payment_term": dice.pick(("14", "30", "8")),
    }
    truth: Columns = {
        "system": "invoicing",
        "stream": "contacts",
        "source_id": contact["id"],
        "kind": "supplier" if supplier else "customer",
        "active": not trashed,
        "name": name,
        "display_name": name,
        "reference": contact["client_reference"],
        "client_code": contact["client_code"],
        "contact_group": contact["group"],
        "payment_term_days": int(contact["payment_term"]),
        **dict.fromkeys(_NOT_IN_THIS_API),
    }
    country = _where(contact, truth, "location_", party, dice)
    _invoice(contact, truth, party, dice)
    _identity(contact, truth, party, dice)
    numbers = _phones(contact, truth, party, dice, country_known=country)
    contact["created"], truth["created_at"] = moment(dice, 2013, 8)
    contact["modified"], truth["modified_at"] = moment(dice, 2021, 3)
    subcontacts, persons = _subcontacts(contact, truth, row, party, dice)
    return DrawnContact({"Contact": contact, "SubContact": subcontacts}, truth, persons, numbers)


def _where(contact: Wire, truth: Columns, field: str, party: Party, dice: Dice) -> bool:
    """Fill one of the two addresses, and return whether its country can be read."""
    address = party.address
    column = "" if field == "location_" else field
    line, postcode = spelling.one_line(address, dice), spelling.postcode(address, dice)
    chance = dice.whole(0, 99)
    country = dice.pick(spelling.COUNTRY_NAMES[address.country])
    if chance < 6:
        country = dice.pick(("", "Nederlnd", "Belgi")) if address.country in {"NL", "BE"} else ""
    known = chance >= 6
    contact |= {
        f"{field}address": line.text,
        f"{field}postal": postcode.text,
        f"{field}city": spelling.padded(address.place.city, dice),
        f"{field}country": country,
    }
    truth |= {f"{column}address_line": line.text, f"{column}city": address.place.city}
    if line.certain:
        truth |= spelling.split_columns(address, column)
    if known:
        truth[f"{column}country_code"] = address.country
    if known or postcode.certain:
        truth[f"{column}postcode"] = address.postcode
    truth |= {f"{column}latitude": None, f"{column}longitude": None}
    if dice.chance(0.3):
        latitude, longitude = f"{address.place.latitude:.6f}", f"{address.place.longitude:.6f}"
        contact |= {f"{field}lat": latitude, f"{field}long": longitude}
        truth |= {f"{column}latitude": float(latitude), f"{column}longitude": float(longitude)}
    return known


_INVOICE_COLUMNS = (
    "address_line", "street", "house_number", "house_number_postfix", "box", "postcode", "city", "country_code",
    "latitude", "longitude",
)  # fmt: skip


def _invoice(contact: Wire, truth: Columns, party: Party, dice: Dice) -> None:
    """Fill the invoice address: one in four has none, as null or as empty text; one in seven has a different one."""
    chance = dice.whole(0, 99)
    if chance < 25:
        if chance < 8:
            contact |= dict.fromkeys((f"invoice_{part}" for part in ("address", "postal", "city", "country")), "")
        truth |= {f"invoice_{name}": None for name in _INVOICE_COLUMNS}
        return
    if chance < 40:
        other = draw_address(party.address.place, dice)
        party = Party(party.company, party.person, other, party.vat_number, party.coc_number, party.website)
    _where(contact, truth, "invoice_", party, dice)


def _identity(contact: Wire, truth: Columns, party: Party, dice: Dice) -> None:
    vat = spelling.vat_number(party.vat_number, dice)
    email = party.person.email
    nothing = dice.pick(("", None))
    contact |= {
        "btw": vat.text or nothing,
        "kvk": party.coc_number or nothing,
        "website": party.website or nothing,
        "email": spelling.padded(email or "", dice) or nothing,
    }
    truth |= {"coc_number": party.coc_number, "website": party.website, "email": email}
    truth |= {"bank_name": None, "bank_number": None}
    if vat.certain:
        truth["vat_number"] = party.vat_number
    if dice.chance(0.4):
        contact["bank_name"], contact["bank_nr"] = identifiers.bank_account(dice)
        truth |= {"bank_name": contact["bank_name"], "bank_number": contact["bank_nr"]}


def _phones(contact: Wire, truth: Columns, party: Party, dice: Dice, *, country_known: bool) -> list[Columns]:
    """Fill the one field for any number; whether a mobile number in it goes to phone or mobile is up to the reader."""
    chosen = party.person.landline or party.person.mobile
    junk = dice.pick(phones.NO_NUMBER) if dice.chance(0.005) else ""
    phone = type_phone(chosen, dice, country_known=country_known, junk=junk)
    fax: Phone | None = phones.landline(party.address.place, dice) if dice.chance(0.1) else None
    typed_fax = type_phone(fax, dice, country_known=country_known)
    contact |= {"phone": phone.raw or dice.pick(("", None)), "fax": typed_fax.raw or None}
    if not phone.raw:
        truth |= {"phone": None, "mobile": None}
    elif phone.readable and phone.kind == "landline":
        truth |= {"phone": phone.e164, "mobile": None}
    ids: Columns = {name: truth[name] for name in ("system", "stream", "source_id")}
    numbers = [{**ids, **phone.columns()}] if phone.raw else []
    return [*numbers, {**ids, **typed_fax.columns(), "kind": "fax"}] if typed_fax.raw else numbers


def _subcontacts(contact: Wire, truth: Columns, row: int, party: Party, dice: Dice) -> tuple[list[Wire], list[Columns]]:
    wires: list[Wire] = []
    persons: list[Columns] = []
    for nth in range(dice.pick((0, 0, 0, 1, 1, 2))):
        person = draw_person(party.address.place, row * 4 + nth, dice)
        number = str(row * 4 + nth + 1)
        wires.append(
            {
                "id": number,
                "contact_id": contact["id"],
                "first_name": person.first_name,
                "last_name": person.family_name,
                "function": dice.pick(("Inkoper", "Administratie", "", None)),
                "phone": person.landline.e164 if person.landline else None,
                "mobile": person.mobile.e164 if person.mobile else None,
                "email": person.email,
                "created": contact["created"],
                "modified": contact["modified"],
            }
        )
        columns: Columns = {name: truth[name] for name in ("system", "stream", "source_id")}
        columns |= {"person_id": number, "first_name": person.first_name, "email_1": person.email}
        if person.reads_alone:
            columns |= {"insertion": person.insertion, "last_name": person.last_name}
        persons.append(columns)
    return wires, persons
