"""Find what in a table of fields cannot work: each fault with the field that is to be mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from etl.systems.declare import (
    AnyJson,
    Boolean,
    Field,
    Integer,
    Number,
    Scalars,
    Stream,
    System,
    Target,
    Text,
    by_fields,
)
from etl.systems.plain.columns import CHILDREN, RAW, fillable
from etl.systems.plain.writable import IDENTIFYING

SCALARS = (Text, Integer, Number, Boolean, AnyJson)


def faults_of_fields(stream: Stream) -> Iterator[str]:
    """Yield what in a stream's table of fields cannot work; nothing for a stream without one."""
    if stream.into is by_fields and not stream.fields:
        yield "into is missing, and there are no fields from which it follows"
    for name in ("wire", "tables"):
        if stream.into is by_fields and stream.fields and getattr(stream, name):
            yield f"{name}: it follows from the fields, and is said only beside an into of your own"
    columns: dict[str, str] = {}
    for name, field in stream.fields.items():
        for fault in _of_field(stream, name, field):
            yield f"fields.{name}: {fault}"
            return
        if field.column is not None and (other := columns.setdefault(field.column, name)) != name:
            yield f"fields.{name}: the field {other} is for the column {field.column}, too"
    yield from _of_children(stream)
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
    elif field.raw not in (None, RAW.get(field.column or "", field.column)):
        yield f"raw: {field.raw!r} is no name of the column {field.column} before it is normalised; leave it out"
    if field.writable and field.column is None:
        yield "it is writable, and has no column from which it is written"
    if field.writable and field.column == "source_id":
        yield "it is the record's id, which only the server writes"
    if field.writable and field.read is not None and field.write is None:
        yield "it is writable and has a read, so it takes a write, too"


def _of_children(stream: Stream) -> Iterator[str]:
    for table, children in stream.children.items():
        where = f"children.{table}"
        columns = Counter(field.column for field in children.fields.values() if field.column)
        if table not in CHILDREN:
            yield f"{where}: a list makes rows of {' or '.join(CHILDREN)}"
            return
        if "." in children.name or children.name in stream.fields:
            yield f"{where}: {children.name!r} is to be a list of the record itself, and no field beside"
        if table == "contact_persons" and "person_id" not in columns:
            yield f"{where}: no field is for the column person_id, by which one is known"
        yield from (f"{where}: two fields are for the column {one}" for one, times in columns.items() if times > 1)
        for name, field in children.fields.items():
            if "." in name or not isinstance(field.wire, (*SCALARS, Scalars)) or field.raw or field.read:
                yield f"{where}.fields.{name}: a field of a list has a name without dots, and is read as it is"
            elif isinstance(field.wire, Scalars) != (field.column == "newsletter_ids"):
                yield f"{where}.fields.{name}: Scalars is for the column newsletter_ids, and nothing else is"
            if field.column is not None and field.column not in fillable(table):
                yield f"{where}.fields.{name}: {table} has no column {field.column!r} that a field fills"
            if field.writable:
                yield f"{where}.fields.{name}: it is writable, and a field of a list is only read"


def faults_of_target(stream: Stream, target: Target) -> Iterator[str]:
    """Yield what cannot work in a target over a table of fields; nothing for one with columns of its own."""
    own = {name: field for name, field in stream.fields.items() if field.writable}
    if not stream.fields or target.columns.keys() - own.keys():
        return
    if not own:
        yield f"no field of the stream {stream.name} is writable"
    elif not {field.column for field in own.values()} & {*IDENTIFYING}:
        yield "no field that is writable tells records apart: a name, an e-mail address, a number or an address"
    if target.reference is not None and (target.reference not in own or own[target.reference].column != "reference"):
        yield f"reference: {target.reference!r} is no writable field for the column reference"
    forms = [call for call in (target.create, target.update) if call is not None and call.form]
    if forms and any("." in name for name in own):
        yield "create and update: a form has no objects, such as that of a field with a dot in its name"


def unwritten(system: System, targets: Iterable[Target]) -> Iterator[str]:
    """Yield each writable field of a stream that no target writes."""
    written = {target.stream for target in targets}
    for stream in system.streams:
        found = [name for name, field in stream.fields.items() if field.writable]
        if found and stream.name not in written:
            yield f"streams.{stream.name}.fields.{found[0]}: it is writable, and no target writes it"
