"""Fill in what follows from a table of fields, where a declaration does not say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields, replace
from functools import partial
from importlib import import_module
from typing import Any

from etl.systems.declare import PARENT, Field, Items, Stream, System, Target, Text, by_fields, wires
from etl.systems.plain.columns import published_of, published_of_children
from etl.systems.plain.read import into
from etl.systems.plain.writable import Writable
from etl.systems.shared.dotted import nested

FUNCTIONS = ("draft", "merge", "same", "created", "who", "natural_key", "record", "evidence")
"""What of a target `etl.systems.plain.write` has a function for."""


@dataclass(frozen=True)
class Follows:
    """A function of `etl.systems.plain.write` for these fields. Its first call imports what a write needs."""

    name: str
    writable: Writable

    def __call__(self, *arguments: Any) -> Any:
        return getattr(import_module("etl.systems.plain.write"), self.name)(self.writable, *arguments)


def completed(system: System) -> System:
    """Return a system with all that follows from its tables of fields; itself where nothing does."""
    streams = tuple(_stream(stream) for stream in system.streams)
    probe = system.probe if system.probe[0] or not streams else (streams[0].name, system.probe[1])
    if streams != system.streams or probe != system.probe:
        system = replace(system, streams=streams, probe=probe)
    if isinstance(system.targets, str):
        return system
    targets = completed_targets(system, system.targets)
    return system if targets == system.targets else replace(system, targets=targets)


def completed_targets(system: System, targets: Iterable[Target]) -> tuple[Target, ...]:
    """Return targets with all that follows from the table of fields of the stream that reads each back."""
    streams = {stream.name: stream for stream in system.streams}
    return tuple(
        _target(system, stream, one)
        if one.draft is by_fields and (stream := streams.get(one.stream)) is not None and stream.fields
        else one
        for one in targets
    )


def _stream(stream: Stream) -> Stream:
    if not stream.fields:
        return stream
    if stream.for_each is not None and PARENT not in stream.fields:
        stream = replace(stream, fields={**stream.fields, PARENT: Field(Text())})
    given: dict[str, Any] = {}
    if not stream.wire:
        lists = {one.name: Field(Items(wires(one.fields))) for one in stream.children.values()}
        given["wire"] = wires({**stream.fields, **lists})
    if not stream.key:
        given["key"] = next(name for name, field in stream.fields.items() if field.column == "source_id")
    if stream.into is by_fields:
        given["into"] = partial(into, stream.fields, stream.children)
        given["tables"] = ("contacts", *stream.children)
    if not stream.names and "contacts" in (given.get("tables") or stream.tables):
        key = given.get("key") or stream.key
        given["names"] = {
            "contacts": published_of(stream.fields),
            **{table: published_of_children(one, key) for table, one in stream.children.items()},
        }
    return replace(stream, **given) if given else stream


def _target(system: System, stream: Stream, target: Target) -> Target:
    writable = Writable(
        system.id,
        {name: field for name, field in stream.fields.items() if field.writable},
        frozenset(stream.fields),
        stream.key,
        stream.element.records,
        target.reference,
        target.fixed,
        whole=target.update is None or target.update.method == "PUT",
    )
    follows: dict[str, Any] = {name: Follows(name, writable) for name in FUNCTIONS}
    follows |= {
        "whole": follows["record"],
        "keeps": writable.keeps,
        "keeps_own": writable.keeps_own,
        "server_made": writable.known - writable.fields.keys(),
        "columns": writable.columns,
        "secondary_columns": writable.secondary,
        "clear": writable.clear,
    }
    given = {name: value for name, value in follows.items() if _is_unsaid(target, name)}
    return replace(target, wrap=nested if _is_unsaid(target, "wrap") else target.wrap, **given)


def _is_unsaid(target: Target, name: str) -> bool:
    """Whether a target has what the class gives every one."""
    known = next(one for one in fields(target) if one.name == name)
    usual = known.default if known.default_factory is MISSING else known.default_factory()
    return bool(getattr(target, name) == usual)
