"""Type values with the variations and mistakes of real data, in known shares.

Each function returns the typed text and whether a careful reader can recover the truth from it without guessing. If
not, the truth leaves those columns out.
"""

from __future__ import annotations

from typing import NamedTuple

from etl.simulator.data.dice import Dice
from etl.simulator.data.party import PartyAddress

Columns = dict[str, object]


class TypedText(NamedTuple):
    text: str
    certain: bool = True


class AddressParts(NamedTuple):
    """An address in an API with separate street, number and postfix."""

    street: str
    number: str
    postfix: str
    certain: bool = True


COUNTRY_NAMES = {
    "NL": ("Nederland", "nederland", "NL", "Nederland ", "The Netherlands", "NEDERLAND"),
    "BE": ("België", "Belgie", "Belgium", "BE", "belgië", "Belgique"),
    "DE": ("Duitsland", "Germany", "DE", "Deutschland"),
    "FR": ("Frankrijk", "France", "FR"),
}


def split_columns(address: PartyAddress, prefix: str = "") -> Columns:
    return {
        f"{prefix}street": address.street,
        f"{prefix}house_number": address.number,
        f"{prefix}house_number_postfix": address.postfix,
        f"{prefix}box": address.box,
    }


def parts(address: PartyAddress, dice: Dice) -> AddressParts:
    """Type the parts, mostly in the right fields; else the postfix in the number, or everything in the street."""
    number, postfix = str(address.number), address.postfix or ""
    if address.box:
        postfix = f"{_box_word(address, dice)} {address.box}"
    chance = dice.whole(0, 99)
    if chance < 76 or address.tricky:
        return AddressParts(address.street, number, postfix)
    if chance < 86:
        return AddressParts(address.street, _number(number, postfix, dice), "")
    if chance < 94:
        line = one_line(address, dice)
        return AddressParts(line.text, "", "", line.certain)
    if chance < 96:
        return AddressParts(address.street, f"{number}-{address.number + 2}", "", certain=False)
    if chance < 97:
        return AddressParts(f"{address.street} {number}", number, postfix, certain=False)
    return AddressParts(f"{address.street} ", f" {number}", postfix)


def one_line(address: PartyAddress, dice: Dice) -> TypedText:
    """Type the address in one line; in France with the number first."""
    number = _number(str(address.number), address.postfix or "", dice)
    if address.country == "FR":
        return TypedText(f"{number} {address.street}", certain=False)
    if address.box:
        return _with_box(address, dice)
    line = f"{address.street} {number}"
    chance = dice.whole(0, 99)
    if chance >= 91:
        return TypedText(_unclear(address, line, chance), certain=False)
    if chance >= 88 and " " not in address.street:
        line = line.replace(" ", "  ", 1)
    elif chance >= 82:
        line += " "
    return TypedText(line, not address.tricky)


def _with_box(address: PartyAddress, dice: Dice) -> TypedText:
    chance = dice.whole(0, 99)
    if chance > 95:
        return TypedText(f"{address.street} {address.number}/{address.box}", certain=False)
    gap = ", " if address.place.french and chance < 40 else " "
    return TypedText(f"{address.street}{gap}{address.number} {_box_word(address, dice)} {address.box}")


def _unclear(address: PartyAddress, line: str, chance: int) -> str:
    """Type a line that can only be guessed: floors, ranges, numbers glued to their street, care of somebody."""
    if chance < 94:
        return f"{line}, 2e verdieping"
    if chance < 96:
        return f"{address.street} {address.number}-{address.number + 4}"
    return line.replace(f" {address.number}", str(address.number), 1) if chance < 98 else f"p/a {line}"


def _number(number: str, postfix: str, dice: Dice) -> str:
    if not postfix:
        return number
    if " " in postfix:  # a box: never glued
        return f"{number} {postfix}"
    gap = dice.pick(("", " ", "-")) if len(postfix) == 1 else dice.pick((" ", "-"))
    return f"{number}{gap}{postfix}"


def _box_word(address: PartyAddress, dice: Dice) -> str:
    return dice.pick(("bte", "boîte")) if address.place.french else "bus"


def postcode(address: PartyAddress, dice: Dice) -> TypedText:
    """Type a postcode, Dutch ones with or without a space; reading a space is certain only if the country is known."""
    if address.country != "NL":
        return TypedText(address.postcode)
    chance = dice.whole(0, 99)
    if chance < 55:
        return TypedText(address.postcode)
    if chance < 90:
        return TypedText(f"{address.postcode[:4]} {address.postcode[4:]}", certain=False)
    if chance < 95:
        return TypedText(address.postcode.lower(), certain=False)
    return TypedText(f"{address.postcode} ", certain=False)


def vat_number(number: str | None, dice: Dice) -> TypedText:
    """Type a VAT number compactly, with dots or spaces, in lower case, or wrongly (then it cannot be recovered)."""
    if number is None:
        return TypedText("")
    chance = dice.whole(0, 99)
    if chance < 84:
        return TypedText(number)
    if chance < 90 and number.startswith("NL"):
        return TypedText(f"NL{number[2:6]}.{number[6:8]}.{number[8:11]}.{number[11:]}")
    if chance < 94:
        return TypedText(f"{number[:2]} {number[2:]}")
    if chance < 97:
        return TypedText(number.lower())
    return TypedText(number[2:], certain=False)


def padded(text: str, dice: Dice) -> str:
    """Sometimes add a trailing space, which no reader should keep."""
    return f"{text} " if text and dice.chance(0.03) else text


def as_formula(text: str, dice: Dice) -> str:
    """Sometimes make the text look like a formula to a spreadsheet; it is data all the same."""
    return f"={text}" if text and dice.chance(0.006) else text
