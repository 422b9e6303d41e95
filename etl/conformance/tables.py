"""What a trial left: its tables, its landed pages, and where a text stands in any of its files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from etl.conformance.place import ACCOUNT, Place
from etl.decode.envelope import cut
from etl.state.journal_file import LANDING
from etl.state.landing import Landing
from etl.systems.declare import Stream
from etl.systems.shared.dotted import value_at


def table(place: Place, stream: Stream, name: str = "", out: Path | None = None) -> pl.DataFrame:
    """Return a table of a stream, its first one unless another is named."""
    return pl.read_parquet(path_of(place, stream, name, out))


def path_of(place: Place, stream: Stream, name: str = "", out: Path | None = None) -> Path:
    return (out or place.out) / (name or stream.tables[0]) / f"{ACCOUNT}.{stream.name}.parquet"


def extras(frame: pl.DataFrame) -> list[Any]:
    """Return what `extra` holds of each row, parsed."""
    return [json.loads(text) if text else {} for text in frame["extra"]]


def landed_ids(place: Place, stream: Stream) -> set[str]:
    """Return the ids of the records in all landed pages."""
    return {str(value_at(record, stream.key)) for page in landed(place, stream) for record in page}


def landed(place: Place, stream: Stream) -> Iterator[list[Any]]:
    landing = Landing(place.settings.state.dir / LANDING)
    for file, _ in landing.files():
        yield orjson.loads(cut(landing.read(file), stream.envelope).records or b"[]")


def files_with(place: Place, text: str) -> list[str]:
    """Return the files of a trial that hold a text, landed pages unpacked; tokens are to hold it."""
    landing = Landing(place.settings.state.dir / LANDING)
    found = [file for file, _ in landing.files() if text.encode() in landing.read(file)]
    others = [path for path in sorted(place.folder.rglob("*")) if path.is_file() and "tokens" not in path.parts]
    return found + [str(path.relative_to(place.folder)) for path in others if text.encode() in path.read_bytes()]
