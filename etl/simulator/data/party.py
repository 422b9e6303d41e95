"""Draw the person or firm of a record, complete and correct, before it takes the form of any API.

This is the ground truth: separate parts, standard codes, numbers in E.164. The wire objects are typed from it, mistakes
included, so that an export can be compared with what it should have found.
"""

from __future__ import annotations

from dataclasses import dataclass

from etl.simulator.data import identifiers, names, phones, places
from etl.simulator.data.dice import Dice
from etl.simulator.data.phones import Phone
from etl.simulator.data.places import Town

_POSTCODE_LETTERS = "ABCDEGHJKLMNPRTVWXZ"  # without S: SA, SD and SS are never used


@dataclass(frozen=True, slots=True)
class PartyAddress:
    place: Town
    street: str
    number: int
    postfix: str | None
    box: str | None
    postcode: str
    po_box: bool
    tricky: bool  # the street's name has digits: only separate parts can be read without guessing

    @property
    def country(self) -> str:
        return self.place.country


@dataclass(frozen=True, slots=True)
class Person:
    gender: str  # male, female, unknown
    title: str
    first_name: str
    initials: str
    insertion: str | None
    last_name: str
    email: str | None
    mobile: Phone | None
    landline: Phone | None

    @property
    def family_name(self) -> str:
        return f"{self.insertion} {self.last_name}" if self.insertion else self.last_name

    @property
    def reads_alone(self) -> bool:
        """Whether the family name can be split without knowing the country: `Van Damme` is one name in Belgium only."""
        return self.insertion is not None or self.last_name.isalpha()

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class Party:
    company: str | None
    person: Person
    address: PartyAddress
    vat_number: str | None
    coc_number: str | None
    website: str | None


def draw_party(row: int, dice: Dice, *, company_share: float = 0.35) -> Party:
    chance = dice.whole(0, 99)
    if chance < 74:
        place = dice.pick(places.DUTCH)
    elif chance < 92:
        place = dice.pick(places.BELGIAN)
    else:
        place = dice.pick(places.GERMAN if chance < 97 else places.FRENCH)
    person = draw_person(place, row, dice)
    company = vat = coc = website = None
    if dice.chance(company_share):
        company = f"{dice.pick(names.TRADES)} {person.last_name} {dice.pick(names.LEGAL[place.country])}"
        vat = identifiers.vat_number(place.country, dice) if dice.chance(0.7) else None
        coc = identifiers.coc_number(dice) if place.country == "NL" else None
        website = f"https://www.shop{row}.example.{'nl' if place.country == 'NL' else 'com'}" if row % 3 else None
    return Party(company, person, draw_address(place, dice), vat, coc, website)


def draw_person(place: Town, row: int, dice: Dice) -> Person:
    gender = dice.pick(("male", "female", "female", "male", "unknown"))
    first_name = dice.pick(names.MALE if gender == "male" else names.FEMALE)
    insertion = None
    last_name = dice.pick(names.surnames(place.country))
    if place.country == "NL" and dice.chance(0.4):
        insertion = dice.pick(names.INSERTIONS)
    elif place.country == "BE" and dice.chance(0.3):
        last_name = dice.pick(names.BELGIAN_PREFIXED)
    return Person(
        gender=gender,
        title=dice.pick(names.TITLES[gender]),
        first_name=first_name,
        initials=f"{first_name[0]}." if dice.chance(0.6) else first_name[0],
        insertion=insertion,
        last_name=last_name,
        email=_email(first_name, last_name, row, dice) if dice.chance(0.85) else None,
        mobile=phones.mobile(place.country, dice) if dice.chance(0.8) else None,
        landline=phones.landline(place, dice) if dice.chance(0.5) else None,
    )


def _email(first_name: str, last_name: str, row: int, dice: Dice) -> str:
    """Build an address that is unique by row, in ASCII, at a reserved domain."""
    local = f"{first_name}.{last_name}".lower().translate(_PLAIN)
    return f"{local}{row}@example.{dice.pick(('com', 'nl', 'org', 'net'))}"


_PLAIN = str.maketrans(
    {"é": "e", "ë": "e", "ü": "u", "ö": "o", "ß": "ss", "è": "e", "ç": "c", "î": "i", " ": None, "'": None}
)


def draw_address(place: Town, dice: Dice) -> PartyAddress:
    postcode = str(dice.whole(place.first, place.last))
    if place.country == "NL":
        postcode += dice.pick(_POSTCODE_LETTERS) + dice.pick(_POSTCODE_LETTERS)
        if dice.chance(0.03):
            return PartyAddress(place, "Postbus", dice.whole(10, 9999), None, None, postcode, po_box=True, tricky=False)
    tricky = place.country == "NL" and dice.chance(0.03)
    street = dice.pick(places.TRICKY_STREETS if tricky else places.streets(place))
    postfix = box = None
    if place.country == "NL" and dice.chance(0.3):
        postfix = dice.pick(("a", "b", "c", "d", "A", "B", "C", "bis", "II", "III", "hs"))
    elif place.country == "BE" and dice.chance(0.3):
        box = dice.pick(("1", "2", "3", "12", "21", "101", "A", "B"))
    elif place.country in {"DE", "FR"} and dice.chance(0.1):
        postfix = dice.pick("abc") if place.country == "DE" else dice.pick(("bis", "ter"))
    return PartyAddress(place, street, dice.whole(1, 240), postfix, box, postcode, po_box=False, tricky=tricky)
