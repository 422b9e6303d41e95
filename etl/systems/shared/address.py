"""Write an address as one line, or as street, number and postfix, so that it reads back as the same parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from etl.systems import SYSTEMS
from etl.systems.declare import Row
from etl.systems.shared.cells import mapping, text

PARTS = ("street", "house_number", "house_number_postfix", "box", "address_extra")
REBUILT = "parts"
"""The rule of lines that were built from parts: these are rebuilt, so that they read back."""


def line(values: Mapping[str, Any], prefix: str = "", *, rebuilt: bool = False) -> str | None:
    """Return the address exactly as received; with `rebuilt`, or where there is none, build it from its parts."""
    received, street = values.get(f"{prefix}address_line"), text(values.get(f"{prefix}street"))
    rebuilt |= text(values.get(f"{prefix}address_rule")) == REBUILT
    if street is None or (text(received) and not rebuilt):
        return received if isinstance(received, str) and text(received) else text(received)
    number, postfix = text(values.get(f"{prefix}house_number")), text(values.get(f"{prefix}house_number_postfix"))
    # `12 14` may be two numbers; `12-14` is a number with what follows it.
    joint = "-" if number and postfix and postfix[0].isdigit() else " "
    whole = [street, joint.join(part for part in (number, postfix) if part), _box(values, prefix)]
    return _with_extra(" ".join(part for part in whole if part), values, prefix)


def misread_parts(values: Mapping[str, Any], sent: str | None, prefix: str = "") -> frozenset[str]:
    """List the columns of the parts that would not read back from the line that is sent.

    Either the line lacks a part, because only the line or only the part was edited, or the line reads otherwise:
    street `Markt 12 Hoven`, number 55, reads as number 12.
    """
    parts = {part: value for part in PARTS if (value := text(values.get(f"{prefix}{part}")))}
    whole, street = _bare(sent or ""), parts.get("street")
    missing = {part for part, value in parts.items() if _bare(value) not in whole}
    if sent and street and not missing and any(letter.isdigit() for letter in street):
        read = _read(sent, text(values.get(f"{prefix}country_code")))
        missing = {part for part in PARTS if parts.get(part) != text(read.get(part))}
    return frozenset(f"{prefix}{part}" for part in missing)


@lru_cache(maxsize=1 << 12)
def _read(sent: str, country: str | None) -> Mapping[str, Any]:
    import polars as pl

    from etl.normalise.address import split

    schema = {"address_line": pl.String, "country_code": pl.String}
    return split(pl.DataFrame({"address_line": [sent], "country_code": [country]}, schema=schema)).row(0, named=True)


_MARKS = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"(\d+)[\s/-]*(.*)", re.DOTALL)


def differs_from_parts(values: Mapping[str, Any]) -> bool:
    """Check whether a received line differs from the one built from its parts in more than punctuation and case."""
    received, street = text(values.get("address_line")), text(values.get("street"))
    if received is None or street is None or text(values.get("address_rule")) == REBUILT:
        return False
    return _bare(received) != _bare(line(values, rebuilt=True) or "")


def _bare(address: str) -> str:
    return _MARKS.sub("", address).casefold()


def original_house_number(row: Row) -> dict[str, str | None]:
    """Return a house number as typed with its postfix (`24-26`), as long as both columns still hold the same."""
    original = text(mapping(row.values.get("extra")).get("house_number"))
    match = _NUMBERED.fullmatch(original) if original else None
    number, postfix = text(row.values.get("house_number")), text(row.values.get("house_number_postfix"))
    behind = " ".join(part for part in (postfix, _box(row.values, "")) if part)
    if match is None or match[1] != number or _bare(match[2]) != _bare(behind) or text(row.values.get("address_extra")):
        return {}
    return {"house_number": original, "house_number_postfix": None}


def has_split_address(system: str) -> bool:
    """Check whether a system has street and number in separate fields, so that the lines of its rows are rebuilt."""
    streams = SYSTEMS[system].streams if system in SYSTEMS else ()
    return any(", " in stream.names.get("contacts", {}).get("address_line", "") for stream in streams)


def parts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return street, house_number and house_number_postfix, as far as there are any.

    A box goes into the postfix (`bus 3`), and text that was cut off the line follows it after a comma.
    """
    street, number = text(values.get("street")), text(values.get("house_number"))
    if street is None and number is None:
        whole = text(values.get("address_line"))
        return {"street": whole} if whole else {}
    postfix = " ".join(part for part in (text(values.get("house_number_postfix")), _box(values, "")) if part)
    postfix = _with_extra(postfix, values, "")
    fields = {"street": street, "house_number": number, "house_number_postfix": postfix}
    return {name: value for name, value in fields.items() if value}


def _box(values: Mapping[str, Any], prefix: str) -> str | None:
    box = text(values.get(f"{prefix}box"))
    return f"bus {box}" if box else None


def _with_extra(address: str, values: Mapping[str, Any], prefix: str) -> str:
    extra = text(values.get(f"{prefix}address_extra"))
    return f"{address}, {extra}" if extra else address
