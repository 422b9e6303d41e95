"""Draw a CycleSoftware customer by row number, with its truth. Fields as in the document's table."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from etl.simulator.data import phones, spelling
from etl.simulator.data.dice import CUSTOMER, Dice
from etl.simulator.data.drawn import Columns, DrawnContact, TypedPhone, Wire, moment, type_phone
from etl.simulator.data.party import Party, draw_party

FIRST_ID = 1001

_NOT_IN_THIS_API = (
    "name", "department", "website", "fax", "latitude", "longitude", "invoice_attention", "invoice_address_line",
    "invoice_street", "invoice_house_number", "invoice_house_number_postfix", "invoice_box", "invoice_postcode",
    "invoice_city", "invoice_country_code", "invoice_latitude", "invoice_longitude", "bank_name", "bank_number",
    "payment_term_days", "client_code", "contact_group", "status", "company_id", "modified_at",
)  # fmt: skip


def draw_customer(row: int, seed: int) -> DrawnContact:
    """Draw a customer; one in 211 is a duplicate of the row before under a new number."""
    entered = row - 1 if row % 211 == 210 else row
    dice = Dice(seed, CUSTOMER, entered)
    party = draw_party(entered, dice)
    customer_id = FIRST_ID + row
    wire: Wire = {"customer_id": customer_id}
    truth: Columns = dict.fromkeys(_NOT_IN_THIS_API)
    truth |= {"system": "cyclesoftware", "stream": "customers", "source_id": str(customer_id), "kind": "customer"}
    truth |= {"active": True}
    country = _country(party, dice)
    _who(wire, truth, row, party, dice)
    if country or party.person.reads_alone:
        truth |= {"insertion": party.person.insertion, "last_name": party.person.last_name}
    _where(wire, truth, party, country, dice)
    _numbers(wire, truth, party, dice)
    phone_truth = _phones(wire, truth, party, dice, country_known=bool(country))
    return DrawnContact(_in_order(wire), truth, [], phone_truth)


def _country(party: Party, dice: Dice) -> str:
    chance = dice.whole(0, 99)
    return "" if chance < 3 else party.address.country.lower() if chance < 9 else party.address.country


def _who(wire: Wire, truth: Columns, row: int, party: Party, dice: Dice) -> None:
    person = party.person
    kind = "Zakelijk" if party.company else dice.pick(("Klant", "Klant", "Klant", "E-commerce"))
    company = spelling.as_formula(party.company or "", dice)
    insertion = person.insertion or ""
    if insertion and dice.chance(0.2):
        insertion = insertion.capitalize()
    attention = f"t.a.v. {person.full_name}" if party.company and dice.chance(0.3) else ""
    reference = "" if dice.chance(0.1) else f"REF{row + 1}"
    wire |= {
        "customer_type_name": kind,
        "customer_reference": reference,
        "attn": spelling.as_formula(attention, dice),
        "title": person.title,
        "initials": person.initials,
        "insertion": insertion,
        "first_name": spelling.padded(person.first_name, dice),
        "name": spelling.padded(person.last_name, dice),
        "email": spelling.padded(person.email or "", dice),
    }
    if company or not dice.chance(0.2):  # the document's own sample leaves an empty one out
        wire["company_name"] = spelling.padded(company, dice)
    truth |= {
        "customer_type": kind,
        "reference": reference or None,
        "company_name": company or None,
        "attention": wire["attn"] or None,
        "title": person.title.strip() or None,
        "initials": person.initials,
        "first_name": person.first_name,
        "email": person.email,
    }


def _where(wire: Wire, truth: Columns, party: Party, country: str, dice: Dice) -> None:
    address = party.address
    typed = spelling.parts(address, dice)
    postcode = spelling.postcode(address, dice)
    wire |= {
        "street": typed.street,
        "house_number": typed.number,
        "house_number_postfix": typed.postfix,
        "postcode": postcode.text,
        "city": spelling.padded(address.place.city, dice),
        "country_code_iso_3166": country,
    }
    truth["city"] = address.place.city
    if typed.certain:
        truth |= spelling.split_columns(address)
    if country:
        truth["country_code"] = address.country
    if country or postcode.certain:
        truth["postcode"] = address.postcode


def _numbers(wire: Wire, truth: Columns, party: Party, dice: Dice) -> None:
    vat = spelling.vat_number(party.vat_number, dice)
    discount = Decimal(dice.pick(("0", "0", "0", "0", "5", "10", "12.5", "7.25")))
    created: tuple[str, datetime] | None = moment(dice, 2012, 11) if dice.chance(0.8) else None
    plain = int(discount) if discount == discount.to_integral_value() else float(discount)
    wire |= {
        "vat_number": vat.text,
        "coc_number": party.coc_number or "",
        "discount_percentage": f"{discount:.2f}" if dice.chance(0.05) else plain,
    }
    if created or dice.chance(0.9):  # `?datetime`: null, or not there at all
        wire["datetime_created"] = created[0] if created else None
    truth |= {"coc_number": party.coc_number, "discount_percentage": discount}
    truth["created_at"] = created[1] if created else None
    if vat.certain:
        truth["vat_number"] = party.vat_number


def _phones(wire: Wire, truth: Columns, party: Party, dice: Dice, *, country_known: bool) -> list[Columns]:
    """`mob` and `tel` are always there, empty or not, as in the document's samples; one in ten has more."""
    person = party.person
    junk = dice.pick(phones.NO_NUMBER) if dice.chance(0.007) else ""
    mobile = type_phone(person.mobile, dice, country_known=country_known, junk=junk)
    landline = type_phone(person.landline, dice, country_known=country_known)
    numbers: list[tuple[str, TypedPhone, str]] = [
        ("mob", mobile, person.full_name),
        ("tel", landline, person.full_name),
    ]
    if dice.chance(0.1):
        extra = phones.mobile(party.address.country, dice)
        number = str(400_000 + wire["customer_id"])
        numbers.append((number, type_phone(extra, dice, country_known=country_known), "Extra 1"))
    # The vendor's sample has a number with the id of another customer than the one that holds it.
    owner = 6 if dice.chance(0.01) else wire["customer_id"]
    wire["phone_numbers"] = [
        {"phone_number_id": key, "customer_id": owner, "phone_number": phone.raw, "name": name}
        for key, phone, name in numbers
    ]
    for column, phone in (("mobile", mobile), ("phone", landline)):
        if phone.readable:
            truth[column] = phone.e164
    ids: Columns = {name: truth[name] for name in ("system", "stream", "source_id")}
    return [
        {**ids, "phone_number_id": key, "name": name, **phone.columns()} for key, phone, name in numbers if phone.raw
    ]


ORDER = (
    "customer_id", "customer_type_name", "customer_reference", "postcode", "house_number", "house_number_postfix",
    "company_name", "attn", "title", "initials", "insertion", "first_name", "name", "street", "city",
    "country_code_iso_3166", "email", "vat_number", "coc_number", "discount_percentage", "datetime_created",
    "phone_numbers",
)  # fmt: skip


def _in_order(wire: Wire) -> Wire:
    return {key: wire[key] for key in ORDER if key in wire}
