"""Draw telephone numbers, and type them in the ways that people do."""

from __future__ import annotations

from typing import NamedTuple

from etl.simulator.data.dice import Dice
from etl.simulator.data.places import Town

CALLING_CODES = {"NL": "31", "BE": "32", "DE": "49", "FR": "33"}

NO_NUMBER = ("onbekend", "tst 12", "-", "geen", "0000")


class Phone(NamedTuple):
    country: str
    kind: str  # mobile or landline
    area: str  # without the leading zero
    rest: str

    @property
    def e164(self) -> str:
        return f"+{CALLING_CODES[self.country]}{self.area}{self.rest}"


class TypedNumber(NamedTuple):
    """A number as typed. An `international` one has its country's code, so that it can be read anywhere."""

    text: str
    international: bool


def mobile(country: str, dice: Dice) -> Phone:
    if country == "NL":
        return Phone("NL", "mobile", "6", f"{dice.pick('1234')}{dice.digits(7)}")
    if country == "BE":
        return Phone("BE", "mobile", f"4{dice.pick('789')}{dice.whole(0, 9)}", dice.digits(6))
    if country == "DE":
        return Phone("DE", "mobile", "151", f"{dice.pick('2456')}{dice.digits(7)}")
    return Phone("FR", "mobile", "6", f"{dice.pick('12')}{dice.digits(7)}")


def landline(place: Town, dice: Dice) -> Phone:
    country, area = place.country, place.area
    if country == "NL":
        return Phone(country, "landline", area, f"{dice.whole(2, 7)}{dice.digits(8 - len(area))}")
    if country == "BE":  # zones of one digit have a fixed second digit
        return Phone(country, "landline", area, f"{dice.pick('23')}{dice.digits(7 - len(area))}")
    if country == "DE":
        return Phone(country, "landline", area, f"{dice.whole(2, 8)}{dice.digits(6 if len(area) < 4 else 4)}")
    return Phone(country, "landline", area, f"{'20' if area == '3' else '42'}{dice.digits(6)}")


def typed(phone: Phone, dice: Dice) -> TypedNumber:
    """Type the number in one of the spellings that occur in shops' files."""
    code, area, rest = CALLING_CODES[phone.country], phone.area, phone.rest
    style = dice.whole(0, 9)
    if style < 5:
        return TypedNumber(_national(phone, style), international=False)
    text = (
        f"+{code}{area}{rest}",
        f"+{code} {area} {rest}",
        f"00{code}{area}{rest}",
        f"00{code} {area} {rest}",
        f"+{code} (0){area} {rest}",
    )[style - 5]
    return TypedNumber(text, international=text.startswith("+"))  # the meaning of 00 depends on the country


def _national(phone: Phone, style: int) -> str:
    area, rest = f"0{phone.area}", phone.rest
    if style == 0:
        return f"{area}-{rest}"
    if style == 1:
        return f"{area}{rest}"
    if style == 2:
        return f"{area} {rest}"
    if style == 3:
        return f"({area}) {rest}" if phone.kind == "landline" else f"{area} {pairs(rest)}"
    return f"{area} {rest[:3]} {pairs(rest[3:])}" if phone.kind == "landline" else f"{area}.{pairs(rest, '.')}"


def pairs(digits: str, gap: str = " ") -> str:
    return gap.join(digits[at : at + 2] for at in range(0, len(digits), 2))
