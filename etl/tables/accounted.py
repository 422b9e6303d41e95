"""Account for the columns of a user's own table: they keep their order, and none that holds contacts is passed over."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from etl.tables.known_columns import MADE

_BESIDE = {**MADE, "address_line": (*MADE["address_line"], "address_alternative", "address_rule")}
"""Columns that are made of another one stand behind it."""
_WHO = frozenset(
    {"name", "display_name", "company_name", "first_name", "last_name", "email", "phone", "mobile", "fax"}
    | {"address_line", "street", "house_number", "postcode", "city", "invoice_address_line", "invoice_postcode"}
)
_CONTACT_DATA = (
    r"^[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}$"  # an e-mail address
    r"|^(?:\+|00?)[1-9][0-9 ()./-]{7,16}$"  # a phone number
    r"|^[1-9][0-9]{3} ?[A-Z]{2}$"  # a Dutch postcode
    r"|^\p{L}[\p{L} .'-]+ [0-9]{1,4} ?[a-zA-Z]?$"  # a street with a number
)
_SAMPLE = 1000


def in_order(done: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Put normalised columns where the file's own stood; those that no column of the file has come last."""
    given, placed = set(own.columns), dict[str, None]()
    for name in own.columns:
        made = [one for one in _BESIDE.get(name, ()) if one not in given]
        placed |= dict.fromkeys(one for one in (name, *made) if one in done.columns)
    return done.select(*placed, pl.exclude(list(placed)))


def without_people(known: Collection[str]) -> bool:
    """Whether none of name, address, phone and e-mail is among the columns that are known."""
    return _WHO.isdisjoint(known)


def holding_contacts(frame: pl.DataFrame, names: Collection[str]) -> list[str]:
    """Those of these columns whose values look like addresses, phones or e-mail addresses."""
    texts = frame.head(_SAMPLE).select(name for name in names if frame.schema[name] == pl.String)
    shares = texts.select(pl.all().str.strip_chars().str.contains(_CONTACT_DATA).mean())
    return [name for name in texts.columns if (shares[name].item() or 0) > 0.5]
