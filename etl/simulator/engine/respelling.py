"""Change the spelling of stored values as real servers do: truncated, in capitals, escaped, or dropped.

    upper      in capitals                     html       &, < and > as entities; existing entities are kept
    cut:N      its first N characters          digits     its digits only
    drop       empty, whatever was sent        decimals   7.5 as the text "7.50"
                                               duration   PT1H as PT1H00M00S

A field has the name of the API's own body; `list.field` is that field of each object of a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Wire = dict[str, Any]
Form = Callable[[Any], Any]

_LOOSE = re.compile(r"&(?!(?:amp|lt|gt);)")
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


class Respelling:
    """The `forms` by field. Raises ValueError for an unknown form."""

    def __init__(self, forms: Mapping[str, str], inside: str = "") -> None:
        self._inside = inside
        self._own: dict[str, Form] = {}
        parts: dict[str, dict[str, str]] = {}
        for path, form in forms.items():
            name, dot, rest = path.partition(".")
            if dot:
                parts.setdefault(name, {})[rest] = form
            else:
                self._own[name] = _form(form)
        self._parts = {name: Respelling(inner) for name, inner in parts.items()}

    def __call__(self, record: Wire) -> Wire:
        """Return the record as the target stores it; missing fields are not added."""
        if self._inside:
            return {**record, self._inside: self._spelt(record[self._inside])}
        return self._spelt(record)

    def part(self, name: str) -> Respelling:
        """Return the respelling of the objects in a field of the record."""
        return self._parts.get(name) or Respelling({})

    def _spelt(self, record: Wire) -> Wire:
        spelt = dict(record)
        for name, form in self._own.items():
            if name in record:
                spelt[name] = form(record[name])
        for name, part in self._parts.items():
            if isinstance(record.get(name), list):
                spelt[name] = [part(one) for one in record[name]]
        return spelt


def _form(text: str) -> Form:
    name, colon, count = text.partition(":")
    if name == "cut" and colon and count.isdigit():
        return _of_text(lambda value: value[: int(count)])
    if text not in _FORMS:
        raise ValueError(f"There is no spelling {text!r}: {', '.join((*_FORMS, 'cut:N'))}.")
    return _FORMS[text]


def _of_text(form: Callable[[str], str]) -> Form:
    return lambda value: form(value) if isinstance(value, str) else value


def _escaped(text: str) -> str:
    return _LOOSE.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def _with_decimals(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    try:
        return f"{Decimal(str(value)):.2f}"
    except InvalidOperation:
        return value


def _whole_duration(text: str) -> str:
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        return text
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return f"PT{hours}H{minutes:02}M{seconds:02}S"


_FORMS: dict[str, Form] = {
    "upper": _of_text(str.upper),
    "drop": lambda value: "" if isinstance(value, str) else None,
    "html": _of_text(_escaped),
    "digits": _of_text(lambda text: "".join(sign for sign in text if sign.isdigit())),
    "decimals": _with_decimals,
    "duration": _of_text(_whole_duration),
}
