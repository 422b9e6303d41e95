"""Read landed pages again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from etl.decode.envelope import Cutter
from etl.decode.fast import Decoded, Parsed, decode_all, key_of, parse, quick
from etl.errors import ProtocolBroken
from etl.state.journal import LandedPage
from etl.state.landing import Landing
from etl.systems.declare import PARENT, Stream


def parts_of(page: LandedPage, stream: Stream, landing: Landing) -> Iterator[Parsed]:
    """Yield the records of a page, a part at a time. Raises InputOutputError if it is missing or damaged."""
    parent = page.parameters.get(PARENT)

    def whole(array: bytes) -> Parsed:
        return parse(array, stream, parent)

    cutter = Cutter(stream.envelope, lambda array: quick(array, stream, parent), whole)
    for piece in landing.open(page.file):
        yield from cutter.feed(piece)
    yield whole(cutter.finish().records or b"[]")


def decoded(page: LandedPage, stream: Stream, landing: Landing) -> Iterator[tuple[Parsed, Decoded]]:
    """Yield the same parts, each with its proved records."""
    for part in parts_of(page, stream, landing):
        yield part, decode_all([part], stream)[0]


def keys_of(pages: Iterable[LandedPage], stream: Stream, landing: Landing) -> Iterator[pl.Series]:
    """Yield the ids of the records that fit, in order."""
    for page in pages:
        for _, part in decoded(page, stream, landing):
            yield part.frame.select(key_of(stream).alias("key")).to_series()


def must_have_one_parent_each(pages: Iterable[LandedPage], name: str, stream: Stream, landing: Landing) -> None:
    """Raise ProtocolBroken where an id came with several parents: of its records only the last would stay."""
    pairs = [pl.DataFrame(schema={"key": pl.String, "parent": pl.String})]
    for page in pages:
        parent = pl.lit(page.parameters[PARENT]).alias("parent")
        pairs += [keys.to_frame().with_columns(parent) for keys in keys_of([page], stream, landing)]
    twice = pl.concat(pairs).group_by("key").agg(pl.col("parent").n_unique()).filter(pl.col("parent") > 1).height
    if twice:
        raise ProtocolBroken(
            f"{name}: {twice:,} ids came for more than one of {stream.for_each}.",
            remedy="The tables are as they were. Does the path ask for those of one? Is the key theirs alone?",
        )
