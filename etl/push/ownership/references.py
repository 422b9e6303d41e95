"""References that only this ledger can make, so that a record that carries one is ours.

    etl<ledger>-<row>     the ledger's id in 6 letters and digits, the row's identity in 10: 20 characters in all

Short, and without capitals and symbols that a target may change. A row's own reference is not one of these: others may
use the same.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from hashlib import blake2b

from etl.state.entries import Source

SHORTEST = 14
"""The fewest characters that a target must keep of a reference that it truncates."""
LETTERED = 10
"""Bytes that become 16 letters, more than any part of a reference has."""
FORM = re.compile(r"etl([a-z2-7]{6})-([a-z2-7]{4,10})")


def reference_of(ledger_id: str, source: Source) -> str:
    """Make the reference of a row in a ledger: always the same one."""
    return f"etl{_ledger(ledger_id)}-{_short(chr(0).join((ledger_id, *source)), 10)}"


def is_ours(reference: str, ledger_id: str) -> bool:
    """Whether a reference, perhaps in capitals or truncated, was made by that ledger."""
    found = FORM.fullmatch(reference.strip().lower())
    return found is not None and found[1] == _ledger(ledger_id)


def is_whole(reference: str) -> bool:
    """Whether it has the form of ours, and is not truncated."""
    found = FORM.fullmatch(reference.strip().lower())
    return found is not None and len(found[2]) == 10


def is_same(one: str, other: str) -> bool:
    """Whether two references are the same, ignoring case, and even if one of ours was truncated."""
    first, second = sorted((one.strip().lower(), other.strip().lower()), key=len)
    if first == second:
        return bool(first)
    return len(first) >= SHORTEST and is_whole(second) and second.startswith(first)


@lru_cache(maxsize=16)
def _ledger(ledger_id: str) -> str:
    return _short(ledger_id, 6)


def _short(text: str, length: int) -> str:
    digest = blake2b(text.encode(), digest_size=16).digest()
    return base64.b32encode(digest[:LETTERED]).decode().lower()[:length]
