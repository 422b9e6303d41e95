"""Undo a Content-Encoding, with the two checks that HTTP libraries leave out: truncation, and a size bound."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STEP = 1 << 20


class BadEncoding(Exception):
    """The body is truncated or damaged."""


class TooLarge(Exception):
    """The body is larger than allowed."""


def decompress(raw: bytes, encoding: str, max_bytes: int) -> bytes:
    """Decode a body in an encoding of KNOWN. Raises BadEncoding if it is truncated, TooLarge past the bound."""
    if encoding == "identity":
        if len(raw) > max_bytes:
            raise TooLarge
        return raw
    return b"".join(inflated([raw], encoding, max_bytes))


def inflated(pieces: Iterable[bytes], encoding: str, max_bytes: int) -> Iterator[bytes]:
    """Decode a body piece by piece, each of about a megabyte at most. Raises as `decompress` does."""
    inflate = Inflate(encoding, max_bytes)
    for piece in pieces:
        yield from inflate.feed(piece)
    inflate.finish()


class Inflate:
    """Decodes a body as it arrives: `feed` what came, then `finish`."""

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self._encoding = encoding
        self._max_bytes = max_bytes
        self._size = 0
        self._codec = CODECS[encoding]()

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """Decode these bytes. Raises BadEncoding, TooLarge."""
        try:
            for piece in self._codec.feed(raw):
                self._size += len(piece)
                if self._size > self._max_bytes:
                    raise TooLarge
                yield piece
        except (BadEncoding, TooLarge):
            raise
        except Exception as error:  # each library has its own error, and all of them mean this
            raise BadEncoding(f"the {self._encoding} body is damaged") from error

    def finish(self) -> None:
        """Raise BadEncoding if the body is truncated."""
        if not self._codec.whole:
            raise BadEncoding(f"the {self._encoding} body breaks off")


class Codec(Protocol):
    @property
    def whole(self) -> bool: ...

    def feed(self, raw: bytes) -> Iterator[bytes]: ...


class Uncompressed:
    whole = True

    def feed(self, raw: bytes) -> Iterator[bytes]:
        if raw:
            yield raw


class Gzip:
    """Concatenated gzip members."""

    def __init__(self) -> None:
        self._member: Any = None

    @property
    def whole(self) -> bool:
        return self._member is not None and self._member.eof

    def feed(self, raw: bytes) -> Iterator[bytes]:
        while raw:
            if self._member is None or self._member.eof:
                self._member = zlib.decompressobj(31)
            yield self._member.decompress(raw, STEP)
            while self._member.unconsumed_tail and not self._member.eof:
                yield self._member.decompress(self._member.unconsumed_tail, STEP)
            raw = self._member.unused_data


class Brotli:
    def __init__(self) -> None:
        import brotli

        self._stream = brotli.Decompressor()

    @property
    def whole(self) -> bool:
        return bool(self._stream.is_finished())

    def feed(self, raw: bytes) -> Iterator[bytes]:
        if not raw:
            return
        piece = self._stream.process(raw, output_buffer_limit=STEP)
        while piece:
            yield piece
            piece = b"" if self.whole else self._stream.process(b"", output_buffer_limit=STEP)


class Zstd:
    """Concatenated Zstandard frames."""

    def __init__(self) -> None:
        self._frame = zstd.ZstdDecompressor()

    @property
    def whole(self) -> bool:
        return bool(self._frame.eof)

    def feed(self, raw: bytes) -> Iterator[bytes]:
        while raw:
            if self._frame.eof:
                self._frame = zstd.ZstdDecompressor()
            yield self._frame.decompress(raw, STEP)
            while not self._frame.eof and not self._frame.needs_input:
                yield self._frame.decompress(b"", STEP)
            raw = self._frame.unused_data


CODECS: dict[str, Callable[[], Codec]] = {"identity": Uncompressed, "gzip": Gzip, "br": Brotli, "zstd": Zstd}
KNOWN = tuple(CODECS)
