"""Redaction of expired bodies: replace every value by its hash, which still shows whether a value has changed.

State, ids and times, which prove that a row was sent once, are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson

MARK = "\x00"
HASHED = re.compile(rf"{MARK}([0-9a-f]{{16}}):[0-9a-f]{{24}}")
BLANK: tuple[Any, ...] = (None, "", [], {})


def hashed_values(fields: Mapping[str, Any], salt: str, *, key: str = "") -> dict[str, Any]:
    """Replace each value of an object by a salted hash (16 hex digits of salt); blank or hashed values stay. Nested
    objects, in lists too, keep their field names, so that fields can still be compared; any other list is one value.

    With a `key` (up to 64 characters), hashed values are hashed again, and nobody without the key can try values."""
    return {name: _forgotten(value, salt, key) for name, value in fields.items()}


def _forgotten(value: Any, salt: str, key: str) -> Any:
    if value in BLANK or (is_hashed(value) and not key):
        return value
    if isinstance(value, dict):
        return hashed_values(value, salt, key=key)
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return [_forgotten(one, salt, key) for one in value]
    return _hash(value, salt, key)


def is_hashed(value: Any) -> bool:
    return isinstance(value, str) and value[:1] == MARK and HASHED.fullmatch(value) is not None


def is_forgotten(value: Any) -> bool:
    """Whether a value is a hash, or contains one."""
    if isinstance(value, dict):
        return any(map(is_forgotten, value.values()))
    return any(map(is_forgotten, value)) if isinstance(value, list) else is_hashed(value)


def is_same_value(kept: Any, value: Any) -> bool:
    """Whether a value, or the hash kept of it, equals this value."""
    if is_hashed(kept) and not is_hashed(value):
        return bool(kept == _hash(value, kept[1:17]))
    if isinstance(kept, dict) and isinstance(value, dict):
        return kept.keys() == value.keys() and all(is_same_value(kept[name], value[name]) for name in kept)
    if isinstance(kept, list) and isinstance(value, list):
        return len(kept) == len(value) and all(map(is_same_value, kept, value))
    return bool(kept == value)


def _hash(value: Any, salt: str, key: str = "") -> str:
    packed = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return f"{MARK}{salt}:{blake2b(packed, digest_size=12, salt=bytes.fromhex(salt), key=key.encode()).hexdigest()}"
