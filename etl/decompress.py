"""Undoing a Content-Encoding, with the two checks that HTTP libraries leave out: that the end is there, and a bound."""

from __future__ import annotations

import sys
import zlib
from typing import Any

STEP = 1 << 20
KNOWN = ("identity", "gzip", "br", "zstd")


class BadEncoding(Exception):
    """The body is cut or damaged."""


class TooLarge(Exception):
    """The body is larger than allowed."""


def decompress(raw: bytes, encoding: str, max_bytes: int) -> bytes:
    """The body behind an encoding of KNOWN. Raises BadEncoding where its end is missing, TooLarge past the bound."""
    if encoding == "identity":
        if len(raw) > max_bytes:
            raise TooLarge
        return raw
    out: list[bytes] = []
    size = 0
    for piece in _pieces(raw, encoding):
        size += len(piece)
        if size > max_bytes:
            raise TooLarge
        out.append(piece)
    return b"".join(out)


def _pieces(raw: bytes, encoding: str) -> Any:
    try:
        yield from {"gzip": _gzip, "br": _brotli, "zstd": _zstd}[encoding](raw)
    except (BadEncoding, TooLarge):
        raise
    except Exception as error:  # each library has an error of its own, and all of them mean this
        raise BadEncoding(f"the {encoding} body is damaged") from error


def _gzip(raw: bytes) -> Any:
    while raw:
        inflate = zlib.decompressobj(31)
        yield inflate.decompress(raw, STEP)
        while not inflate.eof:
            if not inflate.unconsumed_tail:
                raise BadEncoding("the gzip body breaks off")
            yield inflate.decompress(inflate.unconsumed_tail, STEP)
        raw = inflate.unused_data


def _brotli(raw: bytes) -> Any:
    import brotli

    inflate = brotli.Decompressor()
    yield inflate.process(raw, output_buffer_limit=STEP)
    while not inflate.is_finished():
        piece = inflate.process(b"", output_buffer_limit=STEP)
        if not piece and not inflate.is_finished():
            raise BadEncoding("the br body breaks off")
        yield piece


def _zstd(raw: bytes) -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    while raw:
        inflate = zstd.ZstdDecompressor()
        yield inflate.decompress(raw, STEP)
        while not inflate.eof:
            if inflate.needs_input:
                raise BadEncoding("the zstd body breaks off")
            yield inflate.decompress(b"", STEP)
        raw = inflate.unused_data
