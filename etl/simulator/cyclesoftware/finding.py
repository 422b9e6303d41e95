"""Simulate CycleSoftware's find: rows by e-mail, telephone number, postcode and the rest of its eight parameters.

The index over the drawn rows is built by the first query that needs it.
Telephone numbers are compared by their digits, a Dutch country code as a zero: the document finds `073 303 0050` by
`0733030050`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from etl.simulator.engine.store import RecordStore

Wire = dict[str, Any]

# The document names the enum `customer_types` without printing it; these numbers are our assumption.
CUSTOMER_TYPE_IDS = {"1": "Klant", "2": "Zakelijk", "3": "E-commerce"}
PARAMETERS = (
    "phone_number", "postal_code", "housenumber", "housenumber_postfix", "email", "query", "country_code",
    "customer_type_id",
)  # fmt: skip


class Finder:
    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self._index: dict[str, list[int]] = {}
        self._complete = False
        store.watch(self._note)

    def find(self, wanted: Mapping[str, str], among: Sequence[int]) -> list[Wire]:
        """Return the rows that match all parameters, by ascending id."""
        allowed = None if among is self._store.ids() else set(among)
        found = []
        for key in self._candidates(wanted):
            if key in self._store and (allowed is None or key in allowed):
                wire = self._store.get(key)
                if wire is not None and matches(wire, wanted):
                    found.append(wire)
        return found

    def _candidates(self, wanted: Mapping[str, str]) -> Iterable[int]:
        keys = [_key(name, wanted[name]) for name in ("email", "phone_number", "postal_code") if wanted.get(name)]
        if not keys:
            return self._store.ids()
        if not self._complete:
            self._complete = True
            for row, wire in self._store.drawn():
                self._note(row, wire)
        return sorted({*min((self._index.get(key, []) for key in keys), key=len)})

    def _note(self, row: int, wire: Wire) -> None:
        """Index a row. Its old values stay in the index: `matches` decides."""
        keys = {_key("email", wire.get("email") or ""), _key("postal_code", wire.get("postcode") or "")}
        keys |= {_key("phone_number", phone["phone_number"] or "") for phone in wire.get("phone_numbers", [])}
        for key in keys:
            self._index.setdefault(key, []).append(row)


def _key(name: str, value: str) -> str:
    return f"{name[0]}{_SAME[name](value)}"


def matches(wire: Wire, wanted: Mapping[str, str]) -> bool:
    return all(_FITS[name](wire, value) for name, value in wanted.items() if name in _FITS and value)


def digits(number: str) -> str:
    plain = "".join(sign for sign in number.replace("(0)", "") if sign.isdigit())
    for prefix in ("0031", "31"):
        if plain.startswith(prefix) and len(plain) == len(prefix) + 9:
            return f"0{plain[len(prefix) :]}"
    return plain


def _same(text: str) -> str:
    return text.strip().casefold()


def _without_gaps(text: str) -> str:
    return "".join(text.split()).upper()


def _text(wire: Wire, *names: str) -> str:
    return " ".join(str(wire.get(name) or "") for name in names)


_SAME: dict[str, Callable[[str], str]] = {"email": _same, "phone_number": digits, "postal_code": _without_gaps}
_NAMES = ("company_name", "attn", "first_name", "insertion", "name", "customer_reference", "email", "city", "street")
_FITS: dict[str, Callable[[Wire, str], bool]] = {
    "email": lambda wire, value: _same(wire.get("email") or "") == _same(value),
    "phone_number": lambda wire, value: any(
        digits(phone["phone_number"] or "") == digits(value) for phone in wire["phone_numbers"]
    ),
    "postal_code": lambda wire, value: _without_gaps(wire["postcode"]) == _without_gaps(value),
    "housenumber": lambda wire, value: _same(wire["house_number"]) == _same(value),
    "housenumber_postfix": lambda wire, value: _same(wire["house_number_postfix"]) == _same(value),
    "query": lambda wire, value: _same(value) in " ".join(_text(wire, *_NAMES).casefold().split()),
    "country_code": lambda wire, value: _same(wire["country_code_iso_3166"]) == _same(value),
    "customer_type_id": lambda wire, value: wire["customer_type_name"] == CUSTOMER_TYPE_IDS.get(value),
}
