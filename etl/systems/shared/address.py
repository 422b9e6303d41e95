"""An address for a target: as one line, or as street, number and postfix. Reading it back gives the same parts."""

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
"""The rule of lines that were put together from parts: these are put together anew, so that they read back."""


def line(values: Mapping[str, Any], prefix: str = "", *, rebuilt: bool = False) -> str | None:
    """The address exactly as received; with `rebuilt`, and where there is none, put together from its parts."""
    received, street = values.get(f"{prefix}address_line"), text(values.get(f"{prefix}street"))
    rebuilt |= text(values.get(f"{prefix}address_rule")) == REBUILT
    if street is None or (text(received) and not rebuilt):
        return received if isinstance(received, str) and text(received) else text(received)
    number, postfix = text(values.get(f"{prefix}house_number")), text(values.get(f"{prefix}house_number_postfix"))
    # `12 14` may be two numbers; `12-14` is a number with what follows it.
    joint = "-" if number and postfix and postfix[0].isdigit() else " "
    whole = [street, joint.join(part for part in (number, postfix) if part), _box(values, prefix)]
    return _with_extra(" ".join(part for part in whole if part), values, prefix)


def misread(values: Mapping[str, Any], sent: str | None, prefix: str = "") -> frozenset[str]:
    """The parts that a line does not read back as: those that it does not hold, for the line was changed and they were
    not, or they were and it was not; and `Markt 12 Hoven`, number 55, is number 12 in a line."""
    given = {part: said for part in PARTS if (said := text(values.get(f"{prefix}{part}")))}
    whole, street = _bare(sent or ""), given.get("street")
    missing = {part for part, said in given.items() if _bare(said) not in whole}
    if sent and street and not missing and any(letter.isdigit() for letter in street):
        read = _read(sent, text(values.get(f"{prefix}country_code")))
        missing = {part for part in PARTS if given.get(part) != text(read.get(part))}
    return frozenset(f"{prefix}{part}" for part in missing)


@lru_cache(maxsize=1 << 12)
def _read(sent: str, country: str | None) -> Mapping[str, Any]:
    import polars as pl

    from etl.normalise.address import split

    schema = {"address_line": pl.String, "country_code": pl.String}
    return split(pl.DataFrame({"address_line": [sent], "country_code": [country]}, schema=schema)).row(0, named=True)


_MARKS = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"(\d+)[\s/-]*(.*)", re.DOTALL)


def put_anew(values: Mapping[str, Any]) -> bool:
    """Whether a line as it was received says more, or says it otherwise, than one put together from its parts."""
    received, street = text(values.get("address_line")), text(values.get("street"))
    if received is None or street is None or text(values.get("address_rule")) == REBUILT:
        return False
    return _bare(received) != _bare(line(values, rebuilt=True) or "")


def _bare(address: str) -> str:
    return _MARKS.sub("", address).casefold()


def typed(row: Row) -> dict[str, str | None]:
    """A house number typed with what follows it (`24-26`), as it was, while both columns still say the same."""
    original = text(mapping(row.values.get("extra")).get("house_number"))
    found = _NUMBERED.fullmatch(original) if original else None
    number, postfix = text(row.values.get("house_number")), text(row.values.get("house_number_postfix"))
    said = " ".join(part for part in (postfix, _box(row.values, "")) if part)
    if found is None or found[1] != number or _bare(found[2]) != _bare(said) or text(row.values.get("address_extra")):
        return {}
    return {"house_number": original, "house_number_postfix": None}


def keeps_apart(system: str) -> bool:
    """Whether a system keeps street and number apart, so that the lines of its rows are rebuilt ones."""
    streams = SYSTEMS[system].streams if system in SYSTEMS else ()
    return any(", " in stream.names.get("contacts", {}).get("address_line", "") for stream in streams)


def parts(values: Mapping[str, Any]) -> dict[str, str]:
    """Street, house_number and house_number_postfix, whatever of them there is.

    A box stands in the postfix (`bus 3`), and behind a comma what was cut off the line.
    """
    street, number = text(values.get("street")), text(values.get("house_number"))
    if street is None and number is None:
        whole = text(values.get("address_line"))
        return {"street": whole} if whole else {}
    postfix = " ".join(part for part in (text(values.get("house_number_postfix")), _box(values, "")) if part)
    postfix = _with_extra(postfix, values, "")
    given = {"street": street, "house_number": number, "house_number_postfix": postfix}
    return {name: value for name, value in given.items() if value}


def _box(values: Mapping[str, Any], prefix: str) -> str | None:
    box = text(values.get(f"{prefix}box"))
    return f"bus {box}" if box else None


def _with_extra(address: str, values: Mapping[str, Any], prefix: str) -> str:
    extra = text(values.get(f"{prefix}address_extra"))
    return f"{address}, {extra}" if extra else address
