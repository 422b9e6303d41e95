"""Find what in a table of fields cannot work: each fault with the field that is to be mended."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from etl.systems.declare import AnyJson, Boolean, Field, Integer, Number, Stream, Text, by_fields
from etl.systems.plain.columns import RAW, fillable

SCALARS = (Text, Integer, Number, Boolean, AnyJson)


def faults_of_fields(stream: Stream) -> Iterator[str]:
    """Yield what in a stream's table of fields cannot work; nothing for a stream without one."""
    if stream.into is by_fields and not stream.fields:
        yield "into is missing, and there are no fields from which it follows"
    columns: dict[str, str] = {}
    for name, field in stream.fields.items():
        for fault in _of_field(stream, name, field):
            yield f"fields.{name}: {fault}"
            return
        if field.column is not None and (other := columns.setdefault(field.column, name)) != name:
            yield f"fields.{name}: the field {other} is for the column {field.column}, too"
    if stream.fields and "source_id" not in columns and not (stream.key and stream.into is not by_fields):
        yield "fields: none is for the column source_id, by which records are told apart"
    if stream.key and stream.into is by_fields and columns.get("source_id", stream.key) != stream.key:
        yield f"key: {stream.key!r} is not the field for source_id, {columns['source_id']!r}"


def _of_field(stream: Stream, name: str, field: Any) -> Iterator[str]:
    if not isinstance(field, Field):
        yield f"{field!r:.40} is no Field"
        return
    if not all(part.strip() for part in name.split(".")) or "[" in name:
        yield "its name is no path of names with dots between them"
    if whole := next((one for one in stream.fields if name.startswith(f"{one}.")), None):
        yield f"the object {whole} is a field itself, so it has no field of its own"
    if stream.into is not by_fields:
        return
    if not isinstance(field.wire, SCALARS):
        yield f"{type(field.wire).__name__} takes an into of your own; of an object name the fields: {name}.…"
    if field.column is not None and field.column not in fillable("contacts"):
        meant = {raw: column for column, raw in RAW.items()}.get(field.column)
        near = [meant] if meant else get_close_matches(field.column, sorted(fillable("contacts")), 1)
        yield f"contacts has no column {field.column!r} that a field fills{f'; is it {near[0]}?' if near else ''}"
