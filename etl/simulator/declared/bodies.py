"""Make records of what is sent, and answers to that: the inverse of what a target makes of a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from etl.simulator.declared.values import empty
from etl.simulator.engine.call import IncomingCall
from etl.systems.declare import Call, Items, Object, Stream, System, Target
from etl.systems.shared.dotted import nested, value_at

Json = dict[str, Any]

MARK = "sent"
REFUSALS: tuple[Mapping[str, Any], ...] = (
    {"error": True, "error_message": MARK},
    {"error": MARK},
    {"error": {"message": MARK}},
    {"error": {"message": {"value": MARK}}},
    {"message": MARK},
    {"code": "refused", "message": MARK},
    {"errors": [{"message": MARK}]},
    {"errors": [MARK]},
    {"response": {"code": 422, "message": MARK}},
)
"""The forms in which APIs tell an error; the first that a declaration reads is taken."""


def told(system: System, status: int, message: str) -> Any:
    """Return the body of a refusal, in a form that the declaration reads, if it reads any of ours."""
    for form in REFUSALS:
        body = _filled(form, status, message)
        refusal = system.refusal(body)
        if refusal is not None and message in refusal.message:
            return body
    return {"message": message}


def _filled(form: Any, status: int, message: str) -> Any:
    if isinstance(form, Mapping):
        return {name: status if value == 422 else _filled(value, status, message) for name, value in form.items()}
    if isinstance(form, list):
        return [_filled(one, status, message) for one in form]
    return message if form == MARK else form


def sent(target: Target, call: Call, incoming: IncomingCall, prefix: str) -> Json:
    """Return the fields of a body, without what is wrapped around them. Raises RefusedRequest for what cannot be
    read."""
    body: Any = incoming.form(prefix) if call.form else incoming.json_object()
    for name in _around(target):
        body = body.get(name) if isinstance(body, Mapping) else None
    return dict(body) if isinstance(body, Mapping) else {}


def _around(target: Target) -> tuple[str, ...]:
    """The names of the objects that are put around a body before it is sent."""
    found: list[str] = []
    inner: Any = target.wrap({MARK: MARK})
    while isinstance(inner, Mapping) and MARK not in inner and len(inner) == 1:
        name, inner = next(iter(inner.items()))
        found.append(str(name))
    return tuple(found) if isinstance(inner, Mapping) and MARK in inner else ()


def created(stream: Stream, body: Json, number: int) -> Json:
    """Return the record that a body creates; persons in it get ids, where the declaration says which field is one."""
    record = placed(stream, empty(stream.wire), body, whole=False)
    _number_items(stream, record, number)
    return record


def placed(stream: Stream, before: Json, body: Json, *, whole: bool) -> Json:
    """Return a record with a body in it, which is all that can be written of it, or a part.

    Of a whole one the fields that it lacks become empty, and those that nobody declared are gone.
    """
    place = _place(stream, body)
    inside: Json = before.get(place) or {} if place else before
    if whole:
        wire = _wire(stream, place)
        kept = {stream.key.rpartition(".")[2]}
        start = {**empty(wire), **{name: inside[name] for name in kept if name in inside}}
        changed = {**start, **body}
    else:
        changed = overlaid(inside, body)
    return {**before, place: changed} if place else changed


def overlaid(before: Json, changes: Json) -> Json:
    """Return a record with changes in it, in its objects as well."""
    found = dict(before)
    for name, value in changes.items():
        inner = found.get(name)
        found[name] = overlaid(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return found


def answers(stream: Stream, target: Target, record: Json, status: int, where: str) -> tuple[Json, dict[str, str]]:
    """Return the answer to a create: body and headers by which the declaration finds the new id, as little as does."""
    number = str(value_at(record, stream.key))
    for body, headers in _forms(stream, target, record, where):
        if target.created(status, headers.get("Location"), body) == number:
            return body, headers
    return enveloped(stream.element.records, record), {}


def _forms(stream: Stream, target: Target, record: Json, where: str) -> Iterator[tuple[Json, dict[str, str]]]:
    if "create" not in target.echoes:
        alone = nested({stream.key: value_at(record, stream.key)})
        yield enveloped(stream.element.records, alone), {}
        yield alone, {}
        yield {stream.key.rpartition(".")[2]: value_at(record, stream.key)}, {}
        yield {}, {"Location": where}
    yield enveloped(stream.element.records, record), {}
    yield record, {}


def enveloped(path: str, value: Any) -> Any:
    """Return a value in the objects of a dotted path."""
    for name in reversed(path.split(".") if path else ()):
        value = {name: value}
    return value


def _place(stream: Stream, body: Json) -> str:
    """The object of a record that the fields of a body belong to; empty for the record itself."""
    objects = [name for name, kind in stream.wire.items() if isinstance(kind, Object)]
    return max(("", *objects), key=lambda name: len(body.keys() & _wire(stream, name).keys()))


def _wire(stream: Stream, place: str) -> Mapping[str, Any]:
    inner = stream.wire.get(place)
    return inner.fields if isinstance(inner, Object) else stream.wire


def _number_items(stream: Stream, record: Json, number: int) -> None:
    ids = {paths for names in stream.names.values() for column, paths in names.items() if column == "person_id"}
    for name, kind in stream.wire.items():
        field = next((path.partition("[].")[2] for path in ids if path.startswith(f"{name}[].")), "")
        if isinstance(kind, Items) and field:
            items = [one for one in record.get(name) or () if isinstance(one, dict)]
            for place, item in enumerate(items):
                if item.get(field) is None:
                    item[field] = number * 100 + place
