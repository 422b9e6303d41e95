"""Read a JSON array record by record: exactly, and slowly. Only for pages that the fast path cannot prove.

Numbers keep their text, whatever their size; undeclared keys are collected under `_unknown`; a record that does not
fit is set aside with its raw text, and the others pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from etl.decode.meant import meant
from etl.errors import ProtocolBroken
from etl.systems.declare import UNKNOWN, AnyJson, Boolean, Integer, Items, Number, Object, Scalars, Text, Wire

PATTERNS: dict[type, str] = {
    Integer: r"^\s*(?:[-+]?\d+(?:\.0+)?)?\s*$",
    Number: r"^\s*(?:[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?)?\s*$",
    Boolean: r"^\s*(?:true|false|True|False|0|1)?\s*$",
}
EXPECTED = {Text: "text", Integer: "a whole number", Number: "a number", Boolean: "true or false"}


@dataclass(frozen=True)
class Misfit:
    """A record set aside. `position` counts from 0 within its page; `raw` is its text as received."""

    position: int
    field: str
    reason: str
    raw: str
    key: str | None = None
    """Its id, if that could be read."""


class _NumberText(str):
    """A JSON number by its exact text; a str subclass, to distinguish text from number."""

    __slots__ = ()


class _Unfit(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class _NotJson:
    """The replacement for NaN and Infinity, which are not JSON."""


_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBERED = re.compile(r'[ \t\r\n]*"\d+"[ \t\r\n]*:[ \t\r\n]*(?=\{)', re.ASCII)
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
DEEPEST = 1000
"""The deepest nesting of a record: what Python 3.11 can read at all; later versions can read more."""


def read_carefully(records: bytes, fields: Mapping[str, Wire], key: str) -> tuple[list[dict[str, Any]], list[Misfit]]:
    """The records that fit, with scalars as text, and the others. Raises ProtocolBroken if this is not a JSON array."""
    text = records.decode("utf-8", "surrogateescape")
    good: list[dict[str, Any]] = []
    misfits: list[Misfit] = []
    for position, (start, end, record, twice) in enumerate(_records(text)):
        try:
            _check_text(text[start:end], record)
            if twice:
                raise _Unfit(twice[0], "the key stands twice in one object")
            if not isinstance(record, dict):
                raise _Unfit("", f"the record is {_kind(record)}, not an object")
            fitted = _fit_object(record, fields, "")
            if not _key_of(fitted, key):
                raise _Unfit(key, "the record has no id")
            good.append(fitted)
        except _Unfit as unfit:
            raw = text[start:end].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            field = unfit.field.encode("utf-8", "backslashreplace").decode()
            misfits.append(Misfit(position, field, unfit.reason, raw, _readable_key(record, key)))
    return good, misfits


def _records(text: str) -> Iterator[tuple[int, int, Any, list[str]]]:
    """Yield start, end and value of each record, and the keys that occur twice in it."""
    count = 0
    twice: list[str] = []

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice.extend(name for name in found if names.count(name) > 1)
        return found

    decoder = _decoder(object_of)
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise ProtocolBroken("The records are not a JSON array.")
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]" and _skip(text, at + 1) == len(text):
        return
    while True:
        twice.clear()
        try:
            record, end = decoder.raw_decode(text, at)
            too_deep = _is_deeper(text[at:end], DEEPEST)
        except json.JSONDecodeError:
            raise ProtocolBroken(f"The records break off or are malformed after {count} of them.") from None
        except RecursionError:
            too_deep = True
        if too_deep:
            raise ProtocolBroken(f"A record is nested too deeply, after {count} that were not.")
        yield at, end, record, list(twice)
        count += 1
        at = _skip(text, end)
        if text[at : at + 1] == "]" and _skip(text, at + 1) == len(text):
            return
        if text[at : at + 1] != ",":
            raise ProtocolBroken(f"The records break off or are malformed after {count} of them.")
        at = _skip(text, at + 1)


def _is_deeper(record: str, levels: int) -> bool:
    """Whether valid JSON is nested more deeply than this."""
    if record.count("[") + record.count("{") <= levels:
        return False
    depth = 0
    for token in _STRUCTURE.finditer(record):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > levels:
            return True
    return False


def _decoder(object_of: Callable[[list[tuple[str, Any]]], Any]) -> json.JSONDecoder:
    # not strict: an unescaped control character means the same character
    return json.JSONDecoder(
        parse_int=_NumberText,
        parse_float=_NumberText,
        parse_constant=lambda _: _NotJson(),
        object_pairs_hook=object_of,
        strict=False,
    )


def texts(records: bytes) -> Iterator[str]:
    """Yield the text of each record. Raises ProtocolBroken as `read_carefully` does."""
    text = records.decode("utf-8", "surrogateescape")
    for start, end, _, _ in _records(text):
        yield text[start:end]


def spans(text: str) -> Iterator[tuple[int, int, Any]]:
    """Yield start, end and value of each record of an array, decoded with surrogateescape. Numbers are texts of a
    subclass of str. Raises ProtocolBroken as `read_carefully` does."""
    for start, end, record, _ in _records(text):
        yield start, end, record


def last_boundary(records: bytes) -> int:
    """The end of the last complete record that is followed by a comma; 0 if there is none.

    `records` begins with a record, after the bracket of its array, and may be truncated anywhere.
    """
    text = records.decode("latin-1")  # one character per byte: the structure of JSON is ASCII
    decoder, end, at = _decoder(lambda pairs: None), 0, _skip(text, 0)
    while True:
        try:
            _, behind = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            return end
        at = _skip(text, behind)
        if text[at : at + 1] != ",":
            return end
        end, at = behind, _skip(text, at + 1)


def values_by_number(body: bytes, start: int) -> list[tuple[int, int]]:
    """The places of the objects in an object whose names are all numbers; none if it is another. The body may go on."""
    text, decoder, places = body.decode("latin-1"), _decoder(lambda pairs: None), list[tuple[int, int]]()
    at, following = start, "{"
    while text[at : at + 1] == following:
        name = _NUMBERED.match(text, at + 1)
        if name is None:
            return []
        try:
            _, end = decoder.raw_decode(text, name.end())
        except (json.JSONDecodeError, RecursionError):
            return []
        places.append((name.end(), end))
        at, following = _skip(text, end), ","
    return places if text[at : at + 1] == "}" else []


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _check_text(raw: str, record: Any) -> None:
    if any("\ud800" <= c <= "\udfff" for c in raw) if not raw.isascii() else False:
        raise _Unfit("", "the record is not valid UTF-8")
    if "\\u" in raw or "\x00" in raw:
        for path, value in _strings(record, ""):
            if "\x00" in value:
                raise _Unfit(path, "the text holds a NUL character")
            if any("\ud800" <= c <= "\udfff" for c in value):
                raise _Unfit(path, "the text holds half of a surrogate pair")


def _strings(value: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, dict):
        inner = [(f"{path}.{k}".strip("."), v) for k, v in value.items()] + [(path, k) for k in value]
    elif isinstance(value, list):
        inner = [(path, v) for v in value]
    else:
        return []
    return [found for p, v in inner for found in _strings(v, p)]


def _key_of(record: dict[str, Any], key: str) -> str:
    value: Any = record
    for name in key.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _readable_key(record: Any, key: str) -> str | None:
    return (_key_of(record, key) or None) if isinstance(record, dict) else None


def _fit_object(value: dict[str, Any], fields: Mapping[str, Wire], path: str) -> dict[str, Any]:
    fitted = {name: _fit(value[name], wire, f"{path}{name}") for name, wire in fields.items() if name in value}
    unknown = {name: inner for name, inner in value.items() if name not in fields}
    if unknown:
        fitted[UNKNOWN] = _json(unknown, path)
    return fitted


def _fit(value: Any, wire: Wire, path: str) -> Any:
    value = meant(value, wire)
    if value is None:
        return None
    match wire:
        case AnyJson():
            return _json(value, path)
        case Object(fields) if isinstance(value, dict):
            return _fit_object(value, fields, f"{path}.")
        case Items(fields) if isinstance(value, list):
            return [_fit(item, Object(fields), f"{path}[{n}]") for n, item in enumerate(value)]
        case Scalars():
            return [_fit(item, Text(), f"{path}[{n}]") for n, item in enumerate(value)]
        case Object() | Items():
            raise _Unfit(path, f"expected {'an object' if isinstance(wire, Object) else 'a list'}, got {_kind(value)}")
    if isinstance(value, bool):
        value = "true" if value else "false"
    if not isinstance(value, str):
        raise _Unfit(path, f"expected {EXPECTED[type(wire)]}, got {_kind(value)}")
    pattern = PATTERNS.get(type(wire))
    if pattern and not re.match(pattern, value):
        raise _Unfit(path, f"expected {EXPECTED[type(wire)]}, got other text")
    return str(value)


def _json(value: Any, path: str) -> str:
    def exact(inner: Any) -> Any:
        if isinstance(inner, _NumberText):
            return orjson.Fragment(inner.encode())
        raise _Unfit(path, f"holds {_kind(inner)}")

    try:
        return orjson.dumps(value, default=exact, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode()
    except orjson.JSONEncodeError as error:
        if isinstance(error.__cause__, _Unfit):
            raise error.__cause__ from None
        raise _Unfit(path, "is nested too deeply") from None


def _kind(value: Any) -> str:
    if isinstance(value, _NumberText):
        return "a number"
    names = {
        dict: "an object",
        list: "a list",
        str: "text",
        bool: "true or false",
        _NotJson: "no JSON value (NaN or Infinity)",
    }
    return names.get(type(value), "null")
