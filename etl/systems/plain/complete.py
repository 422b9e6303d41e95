"""Fill in what follows from a table of fields, where a declaration does not say it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from etl.systems.declare import Stream, System, by_fields, wires
from etl.systems.plain.columns import published_of
from etl.systems.plain.read import into


def completed(system: System) -> System:
    """Return a system with all that follows from its tables of fields; itself where nothing does."""
    streams = tuple(_stream(stream) for stream in system.streams)
    probe = system.probe if system.probe[0] or not streams else (streams[0].name, system.probe[1])
    if streams == system.streams and probe == system.probe:
        return system
    return replace(system, streams=streams, probe=probe)


def _stream(stream: Stream) -> Stream:
    fields = stream.fields
    if not fields:
        return stream
    given: dict[str, Any] = {}
    if not stream.wire:
        given["wire"] = wires(fields)
    if not stream.key:
        given["key"] = next(name for name, field in fields.items() if field.column == "source_id")
    if stream.into is by_fields:
        given["into"] = partial(into, fields)
        given["tables"] = ("contacts",)
    if not stream.names and "contacts" in (given.get("tables") or stream.tables):
        given["names"] = {"contacts": published_of(fields)}
    return replace(stream, **given) if given else stream
