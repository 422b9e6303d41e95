"""Draw a customer of a WooCommerce shop by row number, with its truth. Blank fields are "", as the API has them.

Of every hundred users six have another role than `customer` or `subscriber`. Some have their names in the billing
address alone, some no address at all. A box or a floor may stand in the second line of an address. Nobody's
`meta_data` holds anything.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import md5

from etl.simulator.data import phones, spelling
from etl.simulator.data.dice import Dice
from etl.simulator.data.drawn import Columns, DrawnContact, TypedPhone, Wire, moment, type_phone
from etl.simulator.data.party import Party, PartyAddress, draw_address, draw_party, draw_person

SHOPPER = 6
FIRST_ID = 25
SITE = "https://winkel.example/wp-json/wc/v3/customers"

ADDRESS = (
    "first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country", "phone",
)  # fmt: skip
BILLING = (*ADDRESS[:9], "email", "phone")
SHIPPING = ADDRESS

_NOT_IN_THIS_API = (
    "name", "department", "attention", "title", "gender", "initials", "website", "fax", "latitude", "longitude",
    "invoice_attention", "invoice_address_line", "invoice_street", "invoice_house_number",
    "invoice_house_number_postfix", "invoice_box", "invoice_postcode", "invoice_city", "invoice_country_code",
    "invoice_latitude", "invoice_longitude", "vat_number", "coc_number", "bank_name", "bank_number",
    "payment_term_days", "discount_percentage", "reference", "client_code", "contact_group", "status", "company_id",
    "extra_fields",
)  # fmt: skip


def draw_shopper(row: int, seed: int) -> DrawnContact:
    dice = Dice(seed, SHOPPER, row)
    party = draw_party(row, dice, company_share=0.25)
    key = FIRST_ID + row
    role, kind = _role(dice)
    email = party.person.email or f"klant{row}@example.nl"
    wire: Wire = {"id": key, **_times(dice), "email": email, "first_name": "", "last_name": "", "role": role}
    truth: Columns = dict.fromkeys(_NOT_IN_THIS_API)
    truth |= {"system": "woocommerce", "stream": "customers", "source_id": str(key), "kind": kind, "active": True}
    truth |= {"customer_type": role, "email": email}
    truth |= {column: _utc(wire[f"date_{name}_gmt"]) for column, name in _TIMES.items()}
    wire["username"] = email.partition("@")[0]
    billing: Wire = dict.fromkeys(BILLING, "")
    numbers: list[Columns] = []
    has_address = dice.chance(0.94)
    country = has_address and dice.chance(0.96)
    _who(wire, billing, truth, party, dice, has_address=has_address)
    if country or party.person.reads_alone:
        truth |= {"insertion": party.person.insertion, "last_name": party.person.last_name}
    if has_address:
        numbers = _where(wire, billing, truth, party, dice, country=country)
    else:
        truth |= dict.fromkeys(("address_line", "street", "house_number", "postcode", "city", "country_code"))
        truth |= {"company_name": None, "phone": None, "mobile": None}
    wire["billing"] = billing
    wire["shipping"] = _shipping(billing, party, row, dice)
    wire |= {"is_paying_customer": dice.chance(0.7), "avatar_url": _avatar(email), "meta_data": []}
    wire["_links"] = links(key)
    ids: Columns = {name: truth[name] for name in ("system", "stream", "source_id")}
    if raw := wire["shipping"]["phone"]:
        known = {"e164": raw, "valid": True, "kind": "mobile"} if raw.startswith("+") else {}
        numbers.append({"phone_number_id": "shipping.phone", "raw": raw, **known})
    return DrawnContact(wire, truth, [], [{**ids, **number} for number in numbers])


def links(key: int) -> Wire:
    return {"self": [{"href": f"{SITE}/{key}"}], "collection": [{"href": SITE}]}


def _role(dice: Dice) -> tuple[str, str]:
    chance = dice.whole(0, 99)
    if chance < 86:
        return "customer", "customer"
    if chance < 94:
        return "subscriber", "customer"
    return (("shop_manager", "staff"), ("wholesale_customer", "customer"), ("bbp_participant", "other"))[chance % 3]


_TIMES = {"created_at": "created", "modified_at": "modified"}


def _times(dice: Dice) -> Wire:
    """Return the times of the shop, which is in Amsterdam, and in GMT; nobody changed one in four since."""
    found: Wire = {}
    for name, year in (("created", 2016), ("modified", 2023)):
        local, utc = moment(dice, year, 3)
        known = name == "created" or dice.chance(0.75)
        found[f"date_{name}"] = local.replace(" ", "T") if known else None
        found[f"date_{name}_gmt"] = f"{utc:%Y-%m-%dT%H:%M:%S}" if known else None
    return found


def _utc(text: str | None) -> datetime | None:
    return datetime.fromisoformat(f"{text}+00:00") if text else None


def _who(wire: Wire, billing: Wire, truth: Columns, party: Party, dice: Dice, *, has_address: bool) -> None:
    """Fill in the names of the account and of its address: the same, another one's, or only one of them."""
    person, chance = party.person, dice.whole(0, 99)
    names = {"first_name": spelling.padded(person.first_name, dice), "last_name": person.family_name}
    if chance >= 15 or not has_address:
        wire |= names
    if has_address:
        other = draw_person(party.address.place, 0, dice)
        billing |= {"first_name": other.first_name, "last_name": other.family_name} if chance >= 95 else names
        billing["email"] = wire["email"] if dice.chance(0.9) else f"inkoop.{wire['email']}"
    truth["first_name"] = person.first_name


def _where(wire: Wire, billing: Wire, truth: Columns, party: Party, dice: Dice, *, country: bool) -> list[Columns]:
    address = party.address
    company = spelling.as_formula(party.company or "", dice)
    first, second, certain = _lines(address, dice)
    postcode = spelling.postcode(address, dice)
    billing |= {
        "company": spelling.padded(company, dice),
        "address_1": first,
        "address_2": second,
        "city": spelling.padded(address.place.city, dice),
        "postcode": postcode.text,
        "country": address.country if country else "",
    }
    truth |= {"company_name": company or None, "city": address.place.city}
    truth["address_line"] = f"{first.strip()}, {second}" if second else first
    if certain:
        truth |= spelling.split_columns(address)
    if country:
        truth["country_code"] = address.country
    if country or postcode.certain:
        truth["postcode"] = address.postcode
    return _phone(billing, truth, party, dice, country=country)


def _lines(address: PartyAddress, dice: Dice) -> tuple[str, str, bool]:
    """Type the address in one line, or what follows its number in a second one."""
    chance = dice.whole(0, 99)
    if address.country in ("NL", "BE") and not (address.po_box or address.tricky or address.postfix):
        if address.box and chance < 50:
            return f"{address.street} {address.number}", f"bus {address.box}", True
        if not address.box and chance < 8:
            return f"{address.street} {address.number}", "2e verdieping", True
    line = spelling.one_line(address, dice)
    return line.text, "", line.certain


def _phone(billing: Wire, truth: Columns, party: Party, dice: Dice, *, country: bool) -> list[Columns]:
    """Fill the one field for any number; whether a mobile number in it goes to phone or mobile is up to the reader."""
    junk = dice.pick(phones.NO_NUMBER) if dice.chance(0.005) else ""
    typed: TypedPhone = type_phone(party.person.landline or party.person.mobile, dice, country_known=country, junk=junk)
    billing["phone"] = typed.raw
    if not typed.raw:
        truth |= {"phone": None, "mobile": None}
        return []
    if typed.readable and typed.kind == "landline":
        truth |= {"phone": typed.e164, "mobile": None}
    return [{"phone_number_id": "billing.phone", **typed.columns()}]


def _shipping(billing: Wire, party: Party, row: int, dice: Dice) -> Wire:
    """Return the address for deliveries: most shops leave it empty, or the same; one in seven is somebody else's."""
    chance = dice.whole(0, 99)
    shipping: Wire = dict.fromkeys(SHIPPING, "")
    if chance < 60 or not billing["city"]:
        return shipping
    if chance < 85:
        return {**{name: billing[name] for name in SHIPPING}, "phone": ""}
    place = party.address.place
    person, address = draw_person(place, row, dice), draw_address(place, dice)
    return {
        **shipping,
        "first_name": person.first_name,
        "last_name": person.family_name,
        "address_1": spelling.one_line(address, dice).text,
        "city": place.city,
        "postcode": address.postcode,
        "country": address.country,
        "phone": person.mobile.e164 if person.mobile else "",
    }


def _avatar(email: str) -> str:
    return f"https://secure.gravatar.com/avatar/{md5(email.encode(), usedforsecurity=False).hexdigest()}?s=96"
