"""Undoing a Content-Encoding: the end is there or it is an error, and never more than the bound."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.decode.decompress import BadEncoding, TooLarge, decompress
from tests.support import zstd

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
MEGABYTE = 1 << 20


@given(body=st.binary(min_size=1, max_size=3000), encoding=st.sampled_from(sorted(COMPRESS)), data=st.data())
def test_what_was_compressed_comes_back_and_every_cut_is_detected(
    body: bytes, encoding: str, data: st.DataObject
) -> None:
    raw = COMPRESS[encoding](body)
    assert decompress(raw, encoding, MEGABYTE) == body
    cut = data.draw(st.integers(1, len(raw) - 1))
    with pytest.raises(BadEncoding):
        decompress(raw[:cut], encoding, MEGABYTE)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_several_members_behind_one_another_are_one_body(encoding: str) -> None:
    raw = COMPRESS[encoding](b"one ") + COMPRESS[encoding](b"two")
    assert decompress(raw, encoding, MEGABYTE) == b"one two"


@pytest.mark.parametrize("encoding", [*COMPRESS, "identity"])
def test_a_body_past_the_bound_is_refused_and_one_at_the_bound_is_not(encoding: str) -> None:
    raw = COMPRESS.get(encoding, bytes)(bytes(5 * MEGABYTE))
    assert len(decompress(raw, encoding, 5 * MEGABYTE)) == 5 * MEGABYTE
    with pytest.raises(TooLarge):
        decompress(raw, encoding, 5 * MEGABYTE - 1)


@pytest.mark.parametrize("encoding", COMPRESS)
def test_bytes_that_are_no_such_encoding_are_an_error(encoding: str) -> None:
    with pytest.raises(BadEncoding):
        decompress(b"[{}]", encoding, MEGABYTE)
