"""Answers rendered ahead, so that serving one costs a copy of its bytes.

A block of rows is written out once. Every further block is the same text with the leading digits of its ids replaced,
so that five million rows are ready in seconds and any [offset, offset + n) is a cut through one text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

import orjson

from benchmarks.export.people import contacts, customers

PAGE = 500
FIRST_CUSTOMER, FIRST_CONTACT, FIRST_PERSON = 1_000_000, 10_000_000, 100_000_000
PIECE = 1 << 20


class Block:
    """Rows as JSON, each with a comma behind it; row n is `text[starts[n] : starts[n + 1]]`."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        written = [orjson.dumps(row) + b"," for row in rows]
        self.starts = [0, *accumulate(map(len, written))]
        self.text = b"".join(written)

    @property
    def rows(self) -> int:
        return len(self.starts) - 1


class Customers:
    """The whole list of `rows` customers in memory (720 bytes each), by page from any offset.

    Ids count up from `FIRST_CUSTOMER`, so that all have seven digits, up to nine million rows.
    """

    BLOCK = 100_000

    def __init__(self, rows: int) -> None:
        if rows > 9_000_000:
            raise ValueError("ids have seven digits: at most 9,000,000 rows")
        self.rows = rows
        block = Block(customers(min(rows, self.BLOCK), first_id=FIRST_CUSTOMER))
        self._starts = block.starts
        self._texts = [
            memoryview(block.text.replace(b'"customer_id":10', b'"customer_id":%d' % (10 + number)))
            for number in range(-(-rows // self.BLOCK))
        ]

    def page(self, offset: int) -> bytes:
        """The answer to `list.json?offset=…`; past the end an empty page."""
        stop = min(offset + PAGE, self.rows)
        after = b"%d" % stop if stop < self.rows else b"null"
        parts: list[bytes | memoryview] = [
            b'{"error":false,"error_message":null,"customers":[',
            *self._cuts(offset, stop),
        ]
        if stop > offset:
            parts[-1] = parts[-1][:-1]
        parts.append(b'],"pagination":{"count":%d,"next_offset":%s}}' % (max(stop - offset, 0), after))
        return b"".join(parts)

    def _cuts(self, offset: int, stop: int) -> Iterator[memoryview]:
        while offset < stop:
            number, first = divmod(offset, self.BLOCK)
            last = min(self.BLOCK, first + stop - offset)
            yield self._texts[number][self._starts[first] : self._starts[last]]
            offset += last - first


class Contacten:
    """One JSON array of contacten, of at least so many bytes, in pieces; only one block of it is held at a time.

    Ids count up from `FIRST_CONTACT` and, of contact persons, from `FIRST_PERSON`; each block of both takes its own
    first four digits.
    """

    BLOCK = 10_000

    def __init__(self, size: int) -> None:
        rows = contacts(self.BLOCK, first_id=FIRST_CONTACT, first_person_id=FIRST_PERSON) if size else ()
        self._block = Block(rows)
        blocks, rest = divmod(size, len(self._block.text) or 1)
        partial = next((n for n, start in enumerate(self._block.starts) if start >= rest), 0)
        self._cuts = [self._block.rows] * blocks + [partial] * bool(partial)
        self.rows = sum(self._cuts)
        self.size = 1 + (sum(self._block.starts[cut] for cut in self._cuts) or 1)

    def pieces(self) -> Iterator[bytes | memoryview]:
        """The array's bytes, `size` of them."""
        yield b"["
        for number, cut in enumerate(self._cuts):
            text = self._block.text[: self._block.starts[cut] - (number == len(self._cuts) - 1)]
            for before in (b'{"id":', b"/klanten/", b"/leveranciers/"):
                text = text.replace(before + b"1000", before + b"%d" % (1000 + number))
            view = memoryview(text)
            yield from (view[at : at + PIECE] for at in range(0, len(view), PIECE))
        yield b"]"
