"""Split a response body into its envelope and the bytes of its array of records, whole or as it arrives.

A list of any size is read in pieces, each of which ends after a record: it does if the piece parses as an array of its
own (one cut inside a string or a nested object cannot parse). The last piece is cut out of the remainder together with
what came before the records, so that the envelope is checked whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from etl.decode.meant import NOTHING
from etl.decode.strict import last_boundary, values_by_number
from etl.errors import ProtocolBroken
from etl.systems.declare import Envelope

T = TypeVar("T")

LONGEST_TAIL = 1 << 16
"""The most bytes of an envelope after its records: bounds the search for their end in a truncated body."""
LONGEST_HEAD = 1 << 16
"""The most bytes before them, if the list is read as it arrives."""
PIECE = 1 << 19
LARGEST_RECORD = 32 << 20
NO_RECORDS = re.compile(rb'\{\s*\}|""')
BOM = b"\xef\xbb\xbf"
START = re.compile(rb"(?:" + BOM + rb")?\s*")
BARE = re.compile(START.pattern + rb"\[")
GUESSES = 8
"""How many record ends are tried before the records are scanned one by one."""


@dataclass(frozen=True)
class Page:
    """The envelope around the records, and the bytes of their array; empty if there is none."""

    envelope: Any
    records: bytes


def pointer(envelope: Any, path: str) -> Any:
    """The value at a dotted path; None if it is missing. A name may have dots of its own, as `@odata.nextLink`."""
    while isinstance(envelope, dict):
        if path in envelope:
            return envelope[path]
        name, _, path = path.partition(".")
        envelope = envelope.get(name) if path else None
    return None


def told(envelope: Any, path: str) -> Any:
    """The value at a dotted path; None if it is missing or says nothing."""
    value = pointer(envelope, path)
    return None if value is False or value in NOTHING else value


def cut(body: bytes, envelope: Envelope) -> Page:
    """Split a body. Raises ProtocolBroken if it is not the JSON that the envelope describes.

    The records are not parsed here: the cut is right if the rest parses with `[]` in their place, and they parse as an
    array later.
    """
    body = body.removeprefix(BOM).strip()
    if not body or body[:1] not in b"[{":
        raise ProtocolBroken("The response is not JSON." if body else "The response is empty.")
    if not envelope.records:
        if body[:1] == b"{":
            return _without_array(body, envelope)
        if body[-1:] != b"]":
            raise ProtocolBroken("The response is not whole JSON: it breaks off.")
        return Page(None, body)
    found = _beginning(body, envelope)
    if found is None:
        return _without_array(body, envelope)
    end = len(body)
    first = max(found.end(), end - LONGEST_TAIL)
    while (end := body.rfind(b"]", first, end)) >= 0:
        rest = body[: found.end()] + body[end:]
        try:
            around = orjson.loads(rest)
        except orjson.JSONDecodeError:
            continue
        if pointer(around, envelope.records) == [] and _is_array(body, found.end() - 1, end + 1):
            if _ends_another(body, found.end(), end + 1):
                continue
            return Page(around, body[found.end() - 1 : end + 1])
    return _without_array(body, envelope)


def _without_array(body: bytes, envelope: Envelope) -> Page:
    array = with_array(body, envelope)
    return Page(_parse(body), b"") if array is None else cut(array, envelope)


def with_array(body: bytes, envelope: Envelope) -> bytes | None:
    """The body with an array of records where an object by number stands for it, as PHP writes a list with gaps.

    `{}` and `""` stand for an empty one if the envelope counts none. None if the body has nothing of these.
    """
    found = _named(envelope.records, rb'(?=[{"])', body) if envelope.records else START.match(body)
    if found is None:
        return None
    count = envelope.count
    empty = NO_RECORDS.match(body, found.end()) if count else None
    listed = (b"[]", empty.end()) if empty else _by_number(body, found.end())
    if listed is None:
        return None
    array, end = listed
    try:
        around = orjson.loads((body[: found.end()] + b"[]" + body[end:]).removeprefix(BOM))
    except orjson.JSONDecodeError:
        return None
    if (pointer(around, envelope.records) if envelope.records else around) != []:
        return None
    if count and empty and str(pointer(around, count)) != "0":
        return None
    return body[: found.end()] + array + body[end:]


def _by_number(body: bytes, start: int) -> tuple[bytes, int] | None:
    """The objects in an object by number as the bytes of an array, and its end; None if it is another."""
    places = values_by_number(body, start)
    if not places:
        return None
    array = b"[" + b",".join(body[begin:end] for begin, end in places) + b"]"
    return array, body.index(b"}", places[-1][1]) + 1


def _beginning(body: bytes, envelope: Envelope) -> re.Match[bytes] | None:
    return _named(envelope.records, rb"\[", body)


def _named(path: str, value: bytes, body: bytes) -> re.Match[bytes] | None:
    """Find the last name of a dotted path, with a value that begins like this."""
    name = re.escape(path.rpartition(".")[2].encode())
    return re.search(rb'"' + name + rb'"\s*:\s*' + value, body)


def _is_array(body: bytes, start: int, end: int) -> bool:
    """Whether a cut is plausible: its last bracket follows the end of a record, or there are none."""
    inside = body[start + 1 : end - 1].rstrip()
    return not inside or inside[-1:] not in b",:[{"


def _ends_another(body: bytes, first: int, end: int) -> bool:
    """Whether a bracket ends an array that began behind the first record: one of the envelope, after the records.

    Of an array inside a record the rest would not have parsed.
    """
    begin = end
    for _ in range(GUESSES):
        begin = body.rfind(b"[", max(first, end - LONGEST_TAIL), begin)
        if begin < 0:
            return False
        try:
            orjson.loads(body[begin:end])
        except orjson.JSONDecodeError:
            continue
        return True
    return False


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProtocolBroken(
            f"The response is not whole JSON: it breaks off or is malformed at character {error.pos}."
        ) from None


class Cutter(Generic[T]):
    """Splits a body as it arrives. `quick` parses the bytes of an array, or returns None; its success proves the cut.

    `feed` yields the parsed complete pieces, by `parse` if `quick` fails; `finish` returns the remaining page with the
    last of the records. Raises ProtocolBroken as `cut` does.
    """

    def __init__(self, envelope: Envelope, quick: Callable[[bytes], T | None], parse: Callable[[bytes], T]) -> None:
        self._envelope = envelope
        self._quick = quick
        self._parse = parse
        self._head = b""
        self._waiting = bytearray()
        self._enough = PIECE

    def feed(self, body: bytes) -> Iterator[T]:
        self._waiting += body
        while len(self._waiting) >= self._enough and (self._head or self._begin()):
            found = self._piece()
            if found is None:
                self._enough = len(self._waiting) * 2
                if len(self._waiting) > LARGEST_RECORD:
                    raise ProtocolBroken(f"A record is larger than {LARGEST_RECORD >> 20} MB.")
                return
            self._enough = PIECE
            following, parsed = found
            yield parsed
            del self._waiting[:following]

    def finish(self) -> Page:
        return cut(self._head + bytes(self._waiting), self._envelope)

    def _begin(self) -> bool:
        """Find where the records begin; False if this is not the requested list."""
        start = bytes(self._waiting[:LONGEST_HEAD])
        found = _beginning(start, self._envelope) if self._envelope.records else BARE.match(start)
        if found is None:
            if len(self._waiting) > LARGEST_RECORD:
                raise ProtocolBroken("The answer is not the list that the document describes.")
            self._enough = len(self._waiting) * 2
            return False
        self._head = start[: found.end()]
        del self._waiting[: found.end()]
        return True

    def _piece(self) -> tuple[int, T] | None:
        """Where the first record begins that may break off, and the parsed records before it."""
        view = bytes(self._waiting[: max(PIECE, self._enough)])
        whole = view
        for _ in range(GUESSES):
            whole, comma, _ = whole.rpartition(b"},")
            if not comma:
                break
            parsed = self._quick(b"[" + whole + b"}]")
            if parsed is not None:
                return len(whole) + len(b"},"), parsed
        end = last_boundary(view)
        return (view.index(b",", end) + 1, self._parse(b"[" + view[:end] + b"]")) if end else None
