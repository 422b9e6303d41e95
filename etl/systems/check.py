"""Find what in a declaration cannot work, before anything is called: each fault with the field that is to be mended."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from string import Formatter
from typing import get_args

from etl import records
from etl.systems.check_auth import auth_faults
from etl.systems.declare import (
    Changed,
    Daily,
    Envelope,
    Items,
    Limit,
    Lookup,
    MovingWindow,
    Newer,
    Object,
    Paging,
    Stream,
    System,
    Target,
    Wire,
    by_fields,
)
from etl.systems.declare.limits import LONGEST_S, length_of
from etl.systems.plain.check import faults_of_fields, faults_of_target, unwritten
from etl.systems.plain.complete import completed

ID = re.compile(r"[a-z][a-z0-9_]{0,40}")
"""What a system may be called: files, tenants and classes are named after it."""


def faults(system: System) -> list[str]:
    """List what in a system cannot work, but for targets in a module of their own; empty for a sound one."""
    return _told(_of_system(system))


def target_faults(system: System, targets: Sequence[Target]) -> list[str]:
    """List what in targets cannot work that a module of their own holds."""
    return _told(chain(_of_targets(system, targets), _of_endpoints(system, targets)))


def _told(found: Iterator[str]) -> list[str]:
    """List faults, also of a declaration that is so far off that looking at it fails."""
    told: list[str] = []
    try:
        told.extend(found)
    except Exception as error:
        told = told or [f"it cannot be read: {type(error).__name__}: {error}"]
    return told


def _of_system(system: System) -> Iterator[str]:
    if not isinstance(system.id, str) or not ID.fullmatch(system.id):
        yield f"id {system.id!r} is none: small letters, digits and _, a letter first, at most 41"
    for name in ("auth", "limits", "streams", "unverified"):
        if not isinstance(getattr(system, name), tuple):
            yield f"{name} is no tuple: one value takes a comma behind it, as in (one,)"
            return
    if not callable(system.refusal):
        yield "refusal is no function"
    yield from _of_limits(system.limits, system.at_once)
    if not isinstance(system.targets, str):
        yield from _of_endpoints(system, system.targets)
    if not system.streams:
        yield "streams is empty"
    for stream in system.streams:
        if not isinstance(stream, Stream):
            yield f"streams: {stream!r:.40} is no Stream"
            return
    yield from _twice("streams", (stream.name for stream in system.streams))
    if wrong := [f"streams.{one.name}.{fault}" for one in system.streams for fault in faults_of_fields(one)]:
        yield from wrong
        return
    system = completed(system)
    for stream in system.streams:
        yield from (f"streams.{stream.name}.{fault}" for fault in _of_stream(system, stream))
    yield from auth_faults(system)
    if system.probe[0] not in {stream.name for stream in system.streams}:
        yield f"probe: there is no stream {system.probe[0]!r}"
    if not isinstance(system.targets, str):
        yield from _of_targets(system, system.targets)
        yield from unwritten(system, system.targets)


def _of_limits(limits: Iterable[Limit], at_once: int | None) -> Iterator[str]:
    if at_once is not None and (type(at_once) is not int or at_once < 1):
        yield f"at_once is {at_once!r}, and is to be a whole number from 1 on"
    known: dict[tuple[str, str | None], int] = {}
    for limit in limits:
        if not isinstance(limit, (MovingWindow, Daily)):
            yield f"limits: {limit!r:.40} is neither a MovingWindow nor a Daily"
            return
        kind = type(limit).__name__
        if type(limit.limit) is not int or limit.limit < 1:
            yield f"limits: {kind}.limit is {limit.limit!r}, and is to be a whole number from 1 on"
            return
        if isinstance(limit, MovingWindow) and not 0 < limit.seconds <= LONGEST_S:
            yield f"limits: {kind}.seconds is {limit.seconds!r}, and is to be above 0 and at most {LONGEST_S}, a day"
            return
        # a system may have days of several kinds, that headers of their own tell apart
        same = (limit.window, limit.headers if isinstance(limit, Daily) and not limit.endpoint else None)
        other = known.setdefault(same, limit.limit)
        if other != limit.limit:
            yield f"limits: one window has two limits, {other} and {limit.limit} per {length_of(limit.window)}"


def _of_endpoints(system: System, targets: Sequence[Target]) -> Iterator[str]:
    """Find limits of endpoints that there are not, and calls that count as more than a limit allows."""
    paths: list[tuple[str, str, int]] = []
    for stream in system.streams:
        called = (stream.path, stream.get, stream.find)
        paths += [(f"streams.{stream.name}.weight", path, stream.weight) for path in called if path]
    for target in targets:
        calls = {"create": target.create, "update": target.update, "delete": target.delete}
        named = [(f"targets.{target.name}.{name}.weight", call) for name, call in calls.items() if call is not None]
        paths += [(where, call.path, call.weight) for where, call in named]
    for limit in system.limits:
        if limit.endpoint and (limit.endpoint[0] != "/" or limit.endpoint not in {path for _, path, _ in paths}):
            yield f"limits: endpoint {limit.endpoint!r} is no path of a stream or target"
    wrong: dict[str, str] = {}
    for where, path, weight in paths:
        least = min((limit.limit for limit in system.limits if limit.endpoint in ("", path)), default=None)
        if type(weight) is not int or weight < 1:
            wrong[where] = f"is {weight!r}, and is to be a whole number from 1 on"
        elif least is not None and weight > least:
            wrong[where] = f"is {weight}, and a limit allows {least}: such a call can never be made"
    yield from (f"{where} {fault}" for where, fault in wrong.items())


def _of_stream(system: System, stream: Stream) -> Iterator[str]:
    wire = {*_paths(stream.wire)}
    if not ID.fullmatch(stream.name.lower()):
        yield f"name {stream.name!r} is none: letters, digits and _, a letter first, at most 41"
    if stream.key not in wire:
        yield f"key: {stream.key!r} is not in the wire"
    if not callable(stream.into):
        yield "into is no function"
    yield from _of_tables(stream, wire)
    yield from _of_paging(stream)
    if stream.get and "{id}" not in stream.get:
        yield f"get: {stream.get!r} has no {{id}}"
    places = {"path": [stream.path], "get": [stream.get], "find": [stream.find or ""]}
    places["parameters"] = [*stream.parameters, *stream.parameters.values()]
    for name, texts in places.items():
        known = {*system.options, *(("id",) if name == "get" else ())}
        yield from (f"{name}: {{{one}}} is no option of the system" for one in _placeholders(texts) - known)
    if stream.redirects is not None:
        yield from _not_a_pattern(stream.redirects)
    sent = Counter(stream.find_parameters.values())
    for parameter in (one for one, times in sent.items() if times > 1):
        criteria = [name for name, one in stream.find_parameters.items() if one == parameter]
        yield f"find_parameters: {' and '.join(criteria)} are sent as the same {parameter!r}"
    if stream.find_parameters and stream.find is None:
        yield "find is missing, and find_parameters are there"


def _of_tables(stream: Stream, wire: set[str]) -> Iterator[str]:
    if not isinstance(stream.tables, tuple) or not stream.tables:
        yield 'tables is no tuple of names: ("contacts",)'
        return
    unknown = [table for table in stream.tables if table not in records.TABLES]
    yield from (f"tables: there is no table {table!r}" for table in unknown)
    if not unknown and "extracted_at" not in records.fields(stream.tables[0]):
        yield f"tables: {stream.tables[0]} cannot be the first, it is a child of another"
    for table, names in stream.names.items():
        if table not in stream.tables:
            yield f"names: {table!r} is not among its tables"
            continue
        for column, name in names.items():
            if column not in records.fields(table):
                yield f"names: {table} has no column {column!r}"
            yield from (f"names: {one!r} is not in the wire" for one in name.split(", ") if one not in wire)


def _of_paging(stream: Stream) -> Iterator[str]:
    if not isinstance(stream.paging, get_args(Paging)):
        yield f"paging: {stream.paging!r:.40} is no way of paging"
    if not isinstance(stream.envelope, Envelope) or not isinstance(stream.element, Envelope):
        yield "envelope is no Envelope"


def _of_targets(system: System, targets: Sequence[Target]) -> Iterator[str]:
    if not isinstance(targets, tuple) or not all(isinstance(target, Target) for target in targets):
        yield "targets is no tuple of Target"
        return
    yield from _twice("targets", (target.name for target in targets))
    for target in targets:
        yield from (f"targets.{target.name}.{fault}" for fault in _of_target(system, target))


def _of_target(system: System, target: Target) -> Iterator[str]:
    stream = next((one for one in system.streams if one.name == target.stream), None)
    if stream is None:
        yield f"stream: there is no stream {target.stream!r}, so what is in doubt cannot be found"
    elif target.table not in stream.tables:
        yield f"table: the stream {target.stream} has no table {target.table!r}"
    elif not stream.get:
        yield f"stream: {target.stream} has no get, so what was written cannot be read back"
    if stream is not None:
        yield from faults_of_target(stream, target)
    if not isinstance(target.lookup, get_args(Lookup)):
        yield "lookup: there is no way to find what is in doubt; say Scan() if the whole list is to be read, or Never()"
    if isinstance(target.lookup, Changed) and stream is not None and stream.since is None:
        yield f"lookup: Changed() finds nothing, because the stream {target.stream} has no since; say Scan()"
    if isinstance(target.lookup, Newer) and not target.lookup.parameter:
        yield "lookup: Newer has no parameter, so it finds nothing; say Scan()"
    yield from _of_functions(target)
    for table in target.children:
        if table not in records.TABLES:
            yield f"children: there is no table {table!r}"
    for column in target.columns.values():
        table, _, name = column.rpartition(".")
        if (table or target.table) not in records.TABLES or name not in records.fields(table or target.table):
            yield f"columns: there is no column {column!r}"


def _of_functions(target: Target) -> Iterator[str]:
    for name in ("draft", "merge", "same", "created", "who"):
        if not callable(getattr(target, name)):
            yield f"{name} is no function"
        elif getattr(target, name) is by_fields:
            yield f"{name} is missing, and the stream {target.stream} has no fields from which it follows"


def _twice(where: str, names: Iterable[str]) -> Iterator[str]:
    yield from (f"{where}: {name} is there twice" for name, times in Counter(names).items() if times > 1)


def _paths(wire: Mapping[str, Wire], before: str = "") -> Iterator[str]:
    """Yield the path of every field, as a key and `names` write it: `Contact.id`, `phones[].number`."""
    for name, kind in wire.items():
        match kind:
            case Object(inner):
                yield from _paths(inner, f"{before}{name}.")
            case Items(inner):
                yield from _paths(inner, f"{before}{name}[].")
            case _:
                yield before + name


def _placeholders(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


def _not_a_pattern(text: str) -> Iterator[str]:
    try:
        re.compile(text)
    except re.error as error:
        yield f"redirects: {text!r} is no regular expression: {error}"
