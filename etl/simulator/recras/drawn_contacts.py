"""Draw a Recras contact by row number: its wire object as in `GET /api2/contacten`, and its truth."""

from __future__ import annotations

from etl.simulator.data import phones, spelling
from etl.simulator.data.dice import RELATION, Dice
from etl.simulator.data.drawn import Columns, DrawnContact, TypedPhone, Wire, type_phone
from etl.simulator.data.party import Party, Person, draw_party, draw_person

FIRST_ID = 17
FIRST_PERSON_ID = 15
PERSONS_A_ROW = 4  # ids reserved for each contact's persons, of which it uses one to three

GENDERS = {"male": "man", "female": "vrouw", "unknown": "onbekend"}
KINDS = {"klant": "customer", "leverancier": "supplier", "personeel": "staff", "overig": "other"}
COLLECTIONS = {"klant": "klanten", "leverancier": "leveranciers"}
CURIES = ({"name": "recras", "href": "/api_docs/{rel}.html", "templated": True},)


def type_of(row: int, seed: int) -> str:
    """Draw only the contact's type."""
    return _type(Dice(seed, RELATION, row))


def _type(dice: Dice) -> str:
    chance = dice.whole(0, 99)
    return "klant" if chance < 80 else "leverancier" if chance < 93 else "overig" if chance < 97 else "personeel"


def links(kind: str, contact_id: int) -> Wire:
    return {"curies": list(CURIES), "self": {"href": f"/api2/{COLLECTIONS.get(kind, 'contacten')}/{contact_id}"}}


def draw_relation(row: int, seed: int) -> DrawnContact:
    dice = Dice(seed, RELATION, row)
    kind = _type(dice)
    party = draw_party(row, dice, company_share=1.0 if kind == "leverancier" else 0.4)
    contact_id = FIRST_ID + row
    wire: Wire = {"id": contact_id, "type": kind}
    truth: Columns = {
        "system": "recras",
        "stream": "contacten",
        "source_id": str(contact_id),
        "kind": KINDS[kind],
        "active": True,
        **dict.fromkeys(("client_code", "payment_term_days", "created_at", "modified_at", "latitude", "longitude")),
    }
    _who(wire, truth, party, dice)
    _where(wire, truth, party, dice)
    vat = spelling.vat_number(party.vat_number, dice)
    wire |= {"website": party.website or _nothing(dice), "btw_nummer": vat.text or None}
    wire["bedrijf_id"] = dice.pick((1, 1, 1, 2, 3))
    truth |= {"website": party.website, "company_id": wire["bedrijf_id"]}
    if vat.certain:
        truth["vat_number"] = party.vat_number
    _by_type(wire, truth, kind, party, dice)
    wire |= {"_links": links(kind, contact_id), "mag_type_wijzigen": dice.chance(0.1)}
    persons, numbers = _persons(wire, truth, row, party, dice)
    if dice.chance(0.05):
        wire["extra_fields"] = [{"name": "Shoe size", "type": "number", "value": dice.whole(28, 48)}]
    return DrawnContact(wire, truth, persons, numbers)


# GET /api2/klanten sends neither persons nor these fields.
_NOT_OF_A_KLANT = (
    "country_code", "vat_number", "gender", "first_name", "insertion", "last_name", "email", "phone", "mobile",
)  # fmt: skip


def draw_klant(row: int, seed: int) -> DrawnContact | None:
    """Draw a contact as klanten show it; None for one that they do not."""
    drawn = draw_relation(row, seed)
    if drawn.wire["type"] != "klant":
        return None
    columns = {name: value for name, value in drawn.contact.items() if name not in _NOT_OF_A_KLANT}
    columns["stream"] = "klanten"
    if drawn.wire["landcode"] and drawn.wire["postcode"] != columns.get("postcode"):
        columns.pop("postcode", None)  # without a country, removing the postcode's space is a guess
    return drawn._replace(contact=columns)


def _nothing(dice: Dice) -> str | None:
    return dice.pick(("", "", None))


def _who(wire: Wire, truth: Columns, party: Party, dice: Dice) -> None:
    name = spelling.as_formula(party.company or party.person.full_name, dice)
    shown = f"{name} ({party.address.place.city})" if dice.chance(0.2) else name
    wire |= {"displaynaam": shown, "naam": spelling.padded(name, dice)}
    truth |= {"name": name, "display_name": shown}


def _where(wire: Wire, truth: Columns, party: Party, dice: Dice) -> None:
    """Fill the address; one in twelve has none, and a missing country is not guessed."""
    address = party.address
    country = None if dice.chance(0.04) else address.country
    province = address.place.province if address.country in {"NL", "BE"} and dice.chance(0.8) else None
    if dice.chance(0.08):
        nothing = _nothing(dice)
        wire |= {"adres": nothing, "postcode": nothing, "plaats": nothing}
        truth |= dict.fromkeys(("address_line", "street", "house_number", "house_number_postfix", "box"))
        truth |= {"postcode": None, "city": None}
    else:
        line, postcode = spelling.one_line(address, dice), spelling.postcode(address, dice)
        city = spelling.padded(address.place.city, dice)
        wire |= {"adres": line.text, "postcode": postcode.text, "plaats": city}
        truth |= {"address_line": line.text, "city": address.place.city}
        if line.certain:
            truth |= spelling.split_columns(address)
        if country or postcode.certain:
            truth["postcode"] = address.postcode
    wire |= {"landcode": country, "provinciecode": province or _nothing(dice)}
    if country:
        truth["country_code"] = country
    if province:
        truth["province_code"] = province


def _by_type(wire: Wire, truth: Columns, kind: str, party: Party, dice: Dice) -> None:
    truth |= dict.fromkeys(("status", "customer_type", "department", "invoice_attention"))
    if kind == "leverancier":
        status = "passief" if dice.chance(0.15) else "actief"
        wire |= {"status": status, "veelgebruikt": dice.chance(0.2), "betalen_vanaf": None}
        wire |= {"uitje_activiteit_herinnering": dice.chance(0.1), "onchange_email": False}
        truth |= {"status": status, "active": status == "actief"}
    elif kind == "klant":
        sort = dice.pick(("", "Familie", "Bedrijf", "School", None))
        department = dice.pick(("", "", "Inkoop", "Personeelszaken", None))
        attention = f"t.a.v. {party.person.full_name}" if dice.chance(0.2) else _nothing(dice)
        wire |= {"soort_klant": sort, "afdeling": department, "factuur_adressering": attention}
        truth |= {
            "customer_type": sort or None,
            "department": department or None,
            "invoice_attention": attention or None,
        }


def _persons(wire: Wire, truth: Columns, row: int, party: Party, dice: Dice) -> tuple[list[Columns], list[Columns]]:
    """Draw one to three persons. The first drawn is the main one, but not always the first in the list."""
    wires: list[Wire] = []
    persons: list[Columns] = []
    numbers: list[Columns] = []
    for nth in range(dice.pick((1, 1, 1, 2, 2, 3))):
        number = row * PERSONS_A_ROW + nth
        person = party.person if nth == 0 else draw_person(party.address.place, number, dice)
        ids: Columns = {name: truth[name] for name in ("system", "stream", "source_id")}
        ids["person_id"] = str(FIRST_PERSON_ID + number)
        phones_typed = _type_phones(person, dice, country_known=wire["landcode"] is not None)
        drawn: Wire = {"id": FIRST_PERSON_ID + number, **_described(person, dice), **_placed(wire, dice)}
        drawn |= _reached(person, phones_typed, dice)
        drawn |= {"hoofdcontact": nth == 0, "nieuwsbrief_ids": [dice.whole(1, 3)] if dice.chance(0.2) else []}
        wires.append(drawn)
        columns = {
            **ids,
            "main_contact": nth == 0,
            "newsletter_ids": [str(key) for key in drawn["nieuwsbrief_ids"]],
            **_person_truth(person, drawn, phones_typed),
            **_place(drawn, truth),
        }
        persons.append(columns)
        numbers += [{**ids, **phone.columns()} for phone in phones_typed if phone.raw]
        if nth == 0:
            truth |= _main_truth(person, columns, phones_typed)
    wire["contactpersonen"] = wires[::-1] if dice.chance(0.2) else wires
    return persons, numbers


def _type_phones(person: Person, dice: Dice, *, country_known: bool) -> tuple[TypedPhone, TypedPhone]:
    """Type telefoon1 and telefoon2: mostly mobile and landline, one time in five the other way round."""
    junk = dice.pick(phones.NO_NUMBER) if dice.chance(0.005) else ""
    mobile = type_phone(person.mobile, dice, country_known=country_known, junk=junk)
    landline = type_phone(person.landline, dice, country_known=country_known)
    return (landline, mobile) if dice.chance(0.2) else (mobile, landline)


def _described(person: Person, dice: Dice) -> Wire:
    return {
        "voornaam": spelling.padded(person.first_name, dice),
        "achternaam": person.family_name,
        "geslacht": GENDERS[person.gender],
        "aanhef": dice.pick(("", None, "Beste", f"Geachte {'heer' if person.gender == 'male' else 'mevrouw'}")),
    }


def _placed(wire: Wire, dice: Dice) -> Wire:
    """Repeat the contact's own address for the person, or leave it empty."""
    here = dice.chance(0.7)
    return {name: wire[name] if here else "" for name in ("adres", "postcode", "plaats")}


def _reached(person: Person, phones_typed: tuple[TypedPhone, TypedPhone], dice: Dice) -> Wire:
    first, second = phones_typed
    return {
        "telefoon1": first.raw or _nothing(dice),
        "telefoon2": second.raw or _nothing(dice),
        "email1": spelling.padded(person.email or "", dice) or _nothing(dice),
        "email2": _nothing(dice),
    }


def _person_truth(person: Person, drawn: Wire, phones_typed: tuple[TypedPhone, TypedPhone]) -> Columns:
    columns: Columns = {
        "gender": person.gender,
        "first_name": person.first_name,
        "salutation": drawn["aanhef"] or None,
        "email_1": person.email,
        "email_2": None,
    }
    if person.reads_alone:
        columns |= {"insertion": person.insertion, "last_name": person.last_name}
    for column, phone in zip(("phone_1", "phone_2"), phones_typed, strict=True):
        columns[f"{column}_raw"] = phone.raw or None
        if phone.readable:
            columns[column] = phone.e164
    return columns


def _place(drawn: Wire, truth: Columns) -> Columns:
    names = ("address_line", "street", "house_number", "house_number_postfix", "box", "postcode", "city")
    if not drawn["adres"]:
        return dict.fromkeys(names)
    return {name: truth[name] for name in names if name in truth}


def _main_truth(person: Person, columns: Columns, phones_typed: tuple[TypedPhone, TypedPhone]) -> Columns:
    """Return the contact's columns from its main person; a column without a number of its kind is None."""
    main: Columns = {
        name: columns[name] for name in ("gender", "first_name", "insertion", "last_name") if name in columns
    }
    main["email"] = person.email
    if all(phone.readable for phone in phones_typed):
        main |= {"mobile": None, "phone": None}
        main |= {"mobile" if phone.kind == "mobile" else "phone": phone.e164 for phone in phones_typed if phone.e164}
    return main
