"""Draw accounts and contacts by row number: their wire objects, and what a perfect export makes of them."""

from __future__ import annotations

from datetime import UTC, datetime

from etl.simulator.data import spelling
from etl.simulator.data.dice import Dice
from etl.simulator.data.drawn import Columns, DrawnContact, Wire, type_phone
from etl.simulator.data.party import Party, draw_party, draw_person

FIRST_ID = 0x5A1E
ACCOUNT, CONTACT = 14, 15
"""The kinds of record, for the dice."""
ROUND, PERSONS = 25, 13
"""So many of a round of accounts have a contact."""
NULL_FIELDS = (
    "Accountant", "AccountManager", "AccountManagerFullName", "ActivitySector", "AddressLine2", "AddressLine3",
    "BRIN", "BSN", "BusinessType", "CanDropShip", "Classification1", "Creator", "DiscountSales", "EndDate",
    "GLAccountSales", "Latitude", "LeadSource", "Longitude", "Modifier", "OINNumber", "Parent", "PaymentConditionSales",
    "PhoneExtension", "PriceList", "Remarks", "RSIN", "SalesCurrency", "State", "StateName", "TradeName",
)  # fmt: skip
NULL_OF_PERSONS = (
    "AddressLine2", "BirthDate", "BirthName", "BusinessEmail", "BusinessMobile", "BusinessPhone", "EndDate", "Notes",
    "PhoneExtension", "Picture", "SocialSecurityNumber", "State",
)  # fmt: skip


def guid(key: int, kind: int) -> str:
    """The id of a record; ids sort as their keys do."""
    return f"{key:08x}-{kind:04x}-4e1c-9d3a-{key * 2_654_435_761 % 2**48:012x}"


def key_of(text: str) -> int:
    """The key of an id. Raises ValueError."""
    return int(text[:8], 16)


def has_person(row: int) -> bool:
    """Whether an account has a contact: 13 of 25."""
    return row * PERSONS % ROUND < PERSONS


def draw_account(row: int, seed: int) -> DrawnContact:
    dice = Dice(seed, ACCOUNT, row)
    party = draw_party(row, dice, company_share=0.9)
    wire: Wire = dict.fromkeys(NULL_FIELDS)
    truth: Columns = {"system": "exact", "stream": "accounts"}
    _who(wire, truth, row, party, dice)
    _where(wire, truth, party, dice)
    _reach(wire, truth, party, dice)
    _times(wire, truth, dice)
    return DrawnContact(wire, truth, [], [])


def _who(wire: Wire, truth: Columns, row: int, party: Party, dice: Dice) -> None:
    name = party.company or party.person.full_name
    status, supplier = dice.pick("CCCCSPA"), dice.chance(0.25)
    blocked, code = dice.chance(0.04), str(row + 1)
    wire |= {
        "ID": guid(FIRST_ID + row, ACCOUNT),
        "Code": code.rjust(18),
        "Name": spelling.padded(name, dice),
        "Type": "D" if row == 0 else "A",
        "Status": status,
        "IsSupplier": supplier,
        "IsSales": True,
        "Blocked": blocked,
        "SearchCode": name.upper()[:10],
        "Language": "nl",
        "MainContact": guid(FIRST_ID + _nth_person(row), CONTACT) if has_person(row) else None,
        "StartDate": "/Date(1388534400000)/",
    }
    kind = "customer" if status == "C" else "supplier" if supplier else "other"
    truth |= {
        "source_id": wire["ID"],
        "kind": kind if row else "other",
        "active": not blocked,
        "name": name,
        "display_name": name,
        "client_code": code,
        "status": status,
    }


def _where(wire: Wire, truth: Columns, party: Party, dice: Dice) -> None:
    address = party.address
    line, postcode = spelling.one_line(address, dice), spelling.postcode(address, dice)
    wire |= {
        "AddressLine1": line.text,
        "Postcode": postcode.text,
        "City": spelling.padded(address.place.city, dice),
        "Country": address.country + dice.pick(("", "", " ")),
        "CountryName": spelling.COUNTRY_NAMES[address.country][0],
    }
    truth |= {"address_line": line.text, "city": address.place.city, "country_code": address.country}
    truth |= {"postcode": address.postcode, "latitude": None, "longitude": None}
    if line.certain:
        truth |= spelling.split_columns(address)


def _reach(wire: Wire, truth: Columns, party: Party, dice: Dice) -> None:
    person = party.person
    phone = type_phone(person.landline, dice, country_known=True)
    vat = spelling.vat_number(party.vat_number, dice)
    wire |= {
        "Phone": phone.raw or None,
        "Fax": None,
        "Email": person.email,
        "Website": party.website,
        "VATNumber": vat.text or None,
        "ChamberOfCommerce": party.coc_number,
    }
    truth |= {"phone": phone.e164, "mobile": None, "fax": None, "email": person.email, "website": party.website}
    truth |= {"coc_number": party.coc_number}
    if vat.certain:
        truth["vat_number"] = party.vat_number


def _times(wire: Wire, truth: Columns, dice: Dice) -> None:
    created = dice.whole(1_400_000_000_000, 1_700_000_000_000)
    modified = created + dice.whole(0, 60_000_000_000)
    wire |= {"Created": f"/Date({created})/", "Modified": f"/Date({modified})/"}
    for name, at in (("created_at", created), ("modified_at", modified)):
        truth[name] = datetime.fromtimestamp(at // 1000, UTC).replace(microsecond=at % 1000 * 1000)


def draw_contact(row: int, seed: int) -> DrawnContact | None:
    """Draw the contact of the account of that row; None where it has none."""
    if not has_person(row):
        return None
    account = draw_account(row, seed).wire
    dice = Dice(seed, CONTACT, row)
    party = draw_party(row, dice)
    place, person = party.address.place, draw_person(party.address.place, row, dice)
    phone, mobile = (type_phone(one, dice, country_known=True) for one in (person.landline, person.mobile))
    typed = spelling.parts(party.address, dice)
    wire: Wire = dict.fromkeys(NULL_OF_PERSONS)
    wire |= {
        "ID": guid(FIRST_ID + _nth_person(row), CONTACT),
        "Account": account["ID"],
        "AccountName": account["Name"],
        "AccountIsCustomer": account["Status"] == "C",
        "AccountIsSupplier": account["IsSupplier"],
        "IsMainContact": True,
        "HID": row + 7,
        "FullName": person.full_name,
        "Title": person.title or None,
        "Gender": {"male": "M", "female": "V"}.get(person.gender, "O"),
        "Initials": person.initials,
        "FirstName": person.first_name,
        "MiddleName": person.insertion,
        "LastName": person.last_name,
        "JobTitleDescription": dice.pick(("Inkoper", "Administratie", None)),
        "Email": person.email,
        "Phone": phone.raw or None,
        "Mobile": mobile.raw or None,
        "AddressStreet": typed.street,
        "AddressStreetNumber": typed.number,
        "AddressStreetNumberSuffix": typed.postfix or None,
        "Postcode": party.address.postcode,
        "City": place.city,
        "Country": place.country,
        "Language": "nl",
    }
    truth: Columns = {
        "system": "exact",
        "stream": "contacts",
        "source_id": wire["ID"],
        "kind": "other",
        "active": True,
        "company_name": str(account["Name"]).strip(),
        "display_name": person.full_name,
        "gender": person.gender,
        "first_name": person.first_name,
        "insertion": person.insertion,
        "last_name": person.last_name,
        "email": person.email,
        "phone": phone.e164,
        "mobile": mobile.e164,
        "postcode": party.address.postcode,
        "city": place.city,
        "country_code": place.country,
    }
    if typed.certain:
        truth |= spelling.split_columns(party.address)
    _times(wire, truth, dice)
    return DrawnContact(wire, truth, [], [])


def _nth_person(row: int) -> int:
    """How many accounts before this one have a contact."""
    return row // ROUND * PERSONS + sum(has_person(one) for one in range(row - row % ROUND, row))
