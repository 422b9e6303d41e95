"""What an API answers, before limits, faults and compression have had their way with it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

JSON = "application/json"
CHUNK_ROWS = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body: whole, or in parts that are only made while they are sent.

    `key` names the body's content: equal keys mean equal bytes, so that a rendered body may be kept.
    """

    status: int = 200
    body: bytes = b""
    parts: Iterable[bytes] | None = None
    key: Hashable = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON


class RefusedRequest(Exception):
    """The request is refused with this status and message; each API dresses it up in its own way."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


def answer_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, orjson.dumps(value), headers=headers or {})


def joined(rows: Iterable[bytes], before: bytes, after: bytes) -> Iterator[bytes]:
    """A JSON array of rendered rows between two pieces of text, some hundreds of rows at a time."""
    held: list[bytes] = []
    opening = before
    for row in rows:
        held.append(row)
        if len(held) == CHUNK_ROWS:
            yield opening + b",".join(held)
            opening, held = b",", []
    if held:
        yield opening + b",".join(held) + after
    else:
        yield (b"" if opening == b"," else opening) + after
