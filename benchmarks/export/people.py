"""Invented customers and contacts as the APIs send them: tidy, as most real ones are, and the same in every run.

The simulator's data are as messy as data get; here the share of odd spellings is that of life, so that the time of a
row is that of a usual one. The words are the simulator's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from etl.simulator.data import names, phones, places
from etl.simulator.data.dice import CUSTOMER, RELATION, Dice
from etl.simulator.data.identifiers import coc_number, vat_number

POSTFIXES = ("", "", "", "", "a", "b", "c", "bis", "II")
KINDS = ("Klant", "Klant", "Zakelijk", "E-commerce")
COUNTRIES = (*(places.DUTCH,) * 8, places.BELGIAN, places.GERMAN)
CURIES = [{"name": "recras", "href": "/api_docs/{rel}.html", "templated": True}]

SUPPLIER = {
    "status": "actief",
    "veelgebruikt": False,
    "betalen_vanaf": None,
    "uitje_activiteit_herinnering": False,
    "onchange_email": False,
}


def customers(count: int, *, first_id: int) -> Iterator[dict[str, Any]]:
    """Customer objects of CycleSoftware's document, ids one by one from `first_id`."""
    for number in range(count):
        yield _customer(first_id + number, number, Dice(11, CUSTOMER, number))


def contacts(count: int, *, first_id: int, first_person_id: int) -> Iterator[dict[str, Any]]:
    """Contacten of Recras' document, each with one or two contact persons; both have ids without a gap or a double."""
    person_id = first_person_id
    for number in range(count):
        contact = _contact(first_id + number, person_id, Dice(11, RELATION, number))
        person_id += len(contact["contactpersonen"])
        yield contact


def _customer(customer_id: int, number: int, dice: Dice) -> dict[str, Any]:
    place = dice.pick(dice.pick(COUNTRIES))
    country, surname = place.country, dice.pick(names.surnames(place.country))
    first, insertion = _first_name(dice), dice.pick(names.INSERTIONS) if dice.chance(1 / 3) else ""
    firm = f"{dice.pick(names.TRADES)} {surname} {dice.pick(names.LEGAL[country])}" if dice.chance(2 / 3) else ""
    landline = phones.typed(phones.landline(place, dice), dice).text if dice.chance(0.5) else ""
    return {
        "customer_id": customer_id,
        "customer_type_name": dice.pick(KINDS),
        "customer_reference": f"REF-{dice.digits(6)}",
        "postcode": _postcode(place, dice, gap=""),
        "house_number": str(dice.whole(1, 240)),
        "house_number_postfix": dice.pick(POSTFIXES),
        "company_name": firm,
        "attn": f"{first[0]}. {surname}",
        "title": dice.pick(("", "Dhr.", "Mevr.", "Dr.", "Ing.")),
        "initials": f"{first[0]}.",
        "insertion": insertion,
        "first_name": first,
        "name": surname,
        "street": dice.pick(places.streets(place)),
        "city": place.city,
        "country_code_iso_3166": country,
        "email": f"{first[0].lower()}.klant{number}@example.{'com' if country == 'DE' else country.lower()}",
        "vat_number": vat_number(country, dice) if firm else "",
        "coc_number": coc_number(dice) if firm and country == "NL" else "",
        "discount_percentage": dice.whole(0, 50) / 2,
        "datetime_created": f"20{dice.whole(18, 24)}-{dice.whole(1, 12):02d}-{dice.whole(1, 28):02d} "
        f"{dice.whole(8, 19):02d}:{dice.whole(0, 59):02d}:{dice.whole(0, 59):02d}",
        "phone_numbers": [
            {"phone_number_id": key, "customer_id": customer_id, "phone_number": text, "name": f"{first} {surname}"}
            for key, text in (("mob", phones.typed(phones.mobile(country, dice), dice).text), ("tel", landline))
        ],
    }


def _contact(contact_id: int, person_id: int, dice: Dice) -> dict[str, Any]:
    place = dice.pick(dice.pick(COUNTRIES))
    surname, customer = dice.pick(names.surnames(place.country)), dice.chance(0.9)
    name, kinds = f"{dice.pick(names.TRADES)} {surname}", "klanten" if customer else "leveranciers"
    where = {
        "adres": f"{dice.pick(places.streets(place))} {dice.whole(1, 240)}{dice.pick(POSTFIXES)}",
        "postcode": _postcode(place, dice, gap=" "),
        "plaats": place.city,
    }
    only_customers = {
        "soort_klant": "Familie",
        "afdeling": dice.pick(("", "Inkoop")),
        "factuur_adressering": f"t.a.v. {surname}",
    }
    return {
        "id": contact_id,
        "type": "klant" if customer else "leverancier",
        "displaynaam": f"{name} ({place.city})",
        "naam": name,
        **where,
        "landcode": place.country,
        "provinciecode": place.province if dice.chance(0.5) else None,
        "website": f"https://www.{surname.lower()}.example" if surname.isascii() and surname.isalpha() else "",
        "btw_nummer": vat_number(place.country, dice) if dice.chance(0.5) else None,
        "bedrijf_id": dice.whole(1, 5),
        **(only_customers if customer else SUPPLIER),
        "_links": {"curies": CURIES, "self": {"href": f"/api2/{kinds}/{contact_id}"}},
        "mag_type_wijzigen": dice.chance(0.5),
        "contactpersonen": [
            _person(person_id + n, n == 0, surname, place, where, dice) for n in range(dice.whole(1, 2))
        ],
    }


def _person(
    person_id: int, main: bool, surname: str, place: places.Town, where: dict[str, str], dice: Dice
) -> dict[str, Any]:
    sex = dice.pick(("man", "vrouw", "onbekend"))
    first = _first_name(dice)
    return {
        "id": person_id,
        "voornaam": first,
        "achternaam": surname,
        "geslacht": sex,
        "aanhef": {"man": "Dhr.", "vrouw": "Mevr."}.get(sex, ""),
        **where,
        "telefoon1": phones.typed(phones.mobile(place.country, dice), dice).text,
        "telefoon2": "",
        "email1": f"{first[0].lower()}{dice.digits(5)}@example.nl",
        "email2": "",
        "hoofdcontact": main,
        "nieuwsbrief_ids": list(range(1, dice.whole(1, 3))),
    }


def _first_name(dice: Dice) -> str:
    return dice.pick(names.MALE) if dice.chance(0.5) else dice.pick(names.FEMALE)


def _postcode(place: places.Town, dice: Dice, *, gap: str) -> str:
    digits = str(dice.whole(place.first, place.last))
    if place.country != "NL":
        return digits
    return f"{digits}{gap}{dice.pick('ABCDEGHJKLMNPRSTVWXZ')}{dice.pick('ABCDEGHJKLMNPRTVWXZ')}"
