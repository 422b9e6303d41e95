"""Read a list as it arrives: decompress it, cut it into parts, and check it at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from etl.decode.decompress import BadEncoding, Inflate, TooLarge
from etl.decode.envelope import Cutter
from etl.errors import TryLater
from etl.http.answer import AGAIN, Bounds, Incoming, too_large
from etl.http.judge import BEGINNING, Repeatable, refuse_web_page, wait_of
from etl.paginate.check import ListCheck

T = TypeVar("T")

WHOLE = Bounds(max_bytes=64 << 30, total_s=6 * 3600)


class Listing(Generic[T]):
    """A list that is arriving as a body. `quick` parses the bytes of an array, or returns None; `parse` parses them or
    raises ProtocolBroken; `size` counts the parsed records. `envelope` and `received` are set at the end."""

    def __init__(
        self,
        check: ListCheck,
        incoming: Incoming,
        *,
        quick: Callable[[bytes], T | None],
        parse: Callable[[bytes], T],
        size: Callable[[T], int],
    ) -> None:
        self._check = check
        self._parse = parse
        self._size = size
        self._wait_s = wait_of(incoming)
        self._inflate = Inflate(incoming.encoding, WHOLE.max_bytes)
        self._cutter = Cutter(check.stream.envelope, quick, parse)
        self._beginning = b""
        self.envelope: Any = None
        self.received = 0

    def feed(self, raw: bytes) -> Sequence[T]:
        """The parts that these bytes complete. Raises Repeatable, ProtocolBroken."""
        parts: list[T] = []
        with self._inflating():
            for body in self._inflate.feed(raw):
                if len(self._beginning) < BEGINNING:
                    self._beginning += body[:BEGINNING]
                    refuse_web_page(self._beginning, self._check.where, wait_s=self._wait_s)
                with self._check.repeated():
                    parts += self._cutter.feed(body)
        self.received += sum(map(self._size, parts))
        return parts

    def finish(self) -> T:
        """The last part. Raises if the list is truncated, or is not a list."""
        with self._inflating():
            self._inflate.finish()
        with self._check.repeated():
            page = self._cutter.finish()
        self._check.envelope(page.envelope, page.records)
        with self._check.repeated():
            last = self._parse(page.records)
        self.received += self._size(last)
        self.envelope = page.envelope
        self._check.count(page.envelope, self.received)
        return last

    @contextmanager
    def _inflating(self) -> Iterator[None]:
        where = self._check.where
        try:
            yield
        except BadEncoding as error:
            raise Repeatable(TryLater(f"{where}: {error}.", remedy=AGAIN)) from None
        except TooLarge:
            raise too_large(where, WHOLE) from None
