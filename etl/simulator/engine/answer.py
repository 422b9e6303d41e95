"""The answers of an API, before limits, faults and compression are applied."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

JSON = "application/json"
CHUNK_ROWS = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body: whole, or in parts that are rendered while they are sent.

    `key` identifies the body's content: equal keys mean equal bytes, so that a rendered body can be cached.
    """

    status: int = 200
    body: bytes = b""
    parts: Iterable[bytes] | None = None
    key: Hashable = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON


class RefusedRequest(Exception):
    """A request was refused with this status and message, which each API puts in its own form."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


def answer_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, orjson.dumps(value), headers=headers or {})


def joined(rows: Iterable[bytes], before: bytes, after: bytes) -> Iterator[bytes]:
    """Yield a JSON array of rendered rows between two pieces of text, a few hundred rows at a time."""
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
