"""A drawn record: its wire object, and what a perfect export makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from etl.simulator.data.dice import Dice
from etl.simulator.data.phones import Phone, typed

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

Wire = dict[str, Any]
Columns = dict[str, object]


class DrawnContact(NamedTuple):
    """A contact as its wire object, and the expected rows of the output tables."""

    wire: Wire
    contact: Columns
    persons: list[Columns]
    phones: list[Columns]


class DrawnProduct(NamedTuple):
    """A product as its wire object, and the expected rows of the output tables."""

    wire: Wire
    product: Columns
    prices: list[Columns]
    materials: list[Columns]
    locations: list[Columns]


def moment(dice: Dice, first_year: int, years: int) -> tuple[str, datetime]:
    """Draw a naive Amsterdam time as the APIs write it, and the same in UTC; by day only, to avoid ambiguous hours."""
    naive = datetime(first_year, 1, 1, 7) + timedelta(
        days=dice.whole(0, 365 * years - 1), seconds=dice.whole(0, 50_000)
    )
    return f"{naive:%Y-%m-%d %H:%M:%S}", naive.replace(tzinfo=AMSTERDAM).astimezone(UTC)


class TypedPhone(NamedTuple):
    """A telephone number in a field. `e164` is expected if `readable`; else a reader would have to guess."""

    raw: str
    e164: str | None
    kind: str | None
    readable: bool

    def columns(self) -> Columns:
        """Return the columns of a phone_numbers row that follow from the number alone."""
        columns: Columns = {"raw": self.raw}
        if self.readable:
            columns |= {"e164": self.e164, "valid": self.e164 is not None}
        if self.readable and self.e164:
            columns["kind"] = self.kind
        return columns


NOT_TYPED = TypedPhone("", None, None, readable=True)


def type_phone(phone: Phone | None, dice: Dice, *, country_known: bool, junk: str = "") -> TypedPhone:
    if junk:
        return TypedPhone(junk, None, None, readable=True)
    if phone is None:
        return NOT_TYPED
    text, international = typed(phone, dice)
    return TypedPhone(text, phone.e164, phone.kind, readable=international or country_known)
