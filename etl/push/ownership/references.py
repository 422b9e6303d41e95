"""References of our own: no other ledger can make them, so that a record that carries one is ours.

    etl<ledger>-<row>     the ledger's id in 6 letters and figures, the row's own place in 10: 20 characters in all

Short, and without capitals and signs that a target may change. A row's own reference is not one of these: anybody may
have the same.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from hashlib import blake2b

from etl.state.entries import Source

SHORTEST = 14
"""A target that cuts references off must leave at least so much of one."""
LETTERED = 10
"""Bytes that are 16 letters: more than any reference has of them."""
FORM = re.compile(r"etl([a-z2-7]{6})-([a-z2-7]{4,10})")


def reference_of(ledger_id: str, source: Source) -> str:
    """The reference of a row in a ledger: always the same."""
    return f"etl{_ledger(ledger_id)}-{_short(chr(0).join((ledger_id, *source)), 10)}"


def is_ours(reference: str, ledger_id: str) -> bool:
    """Whether a reference, perhaps in capitals or cut off, was made by that ledger."""
    found = FORM.fullmatch(reference.strip().lower())
    return found is not None and found[1] == _ledger(ledger_id)


def is_whole(reference: str) -> bool:
    """Whether it has the form of ours, and nothing of it is cut off."""
    found = FORM.fullmatch(reference.strip().lower())
    return found is not None and len(found[2]) == 10


def is_same(one: str, other: str) -> bool:
    """Whether two references are one: case aside, and though one of ours was cut off."""
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
