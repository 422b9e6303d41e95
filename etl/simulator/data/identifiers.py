"""Draw VAT, chamber of commerce and bank numbers with valid check digits."""

from __future__ import annotations

from etl.simulator.data.dice import Dice

BANKS = (("ING", "INGB"), ("Rabobank", "RABO"), ("ABN AMRO", "ABNA"), ("Triodos", "TRIO"))


def vat_number(country: str, dice: Dice) -> str:
    """Draw a valid VAT number, written without spaces or dots."""
    return {"NL": _dutch, "BE": _belgian, "DE": _german, "FR": _french}[country](dice)


def coc_number(dice: Dice) -> str:
    """Draw a Dutch KvK number: eight digits, no check digit. The first may be a zero, which spreadsheets lose."""
    return dice.digits(8)


def bank_account(dice: Dice) -> tuple[str, str]:
    """Draw a Dutch bank's name and a valid IBAN."""
    name, code = dice.pick(BANKS)
    account = dice.digits(10)
    as_number = "".join(str(int(sign, 36)) for sign in f"{code}{account}NL00")
    return name, f"NL{98 - int(as_number) % 97:02d}{code}{account}"


def _dutch(dice: Dice) -> str:
    while True:  # one try in eleven would need a check digit of ten, which does not exist
        body = str(dice.whole(10_000_000, 89_999_999))
        check = sum(int(digit) * weight for digit, weight in zip(body, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return f"NL{body}{check}B{dice.whole(1, 9):02d}"


def _belgian(dice: Dice) -> str:
    body = dice.whole(2_000_000, 9_999_999)  # eight digits with the leading zero
    return f"BE0{body}{97 - body % 97:02d}"


def _german(dice: Dice) -> str:
    body = str(dice.whole(10_000_000, 99_999_999))
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return f"DE{body}{(11 - product) % 10}"


def _french(dice: Dice) -> str:
    body = str(dice.whole(30_000_000, 89_999_999))
    doubled = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(body[::-1]))
    siren = f"{body}{-doubled % 10}"
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
