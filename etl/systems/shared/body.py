"""Build the models of bodies from declared fields, and word validation errors for a shop owner."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from types import GenericAlias
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    create_model,
)
from pydantic import Field as Bounds
from pydantic_core import ErrorDetails

from etl.systems.declare import AnyJson, Boolean, Field, Fields, Integer, Number, Problem, Text

MAX_TEXT = 255
"""No document gives a maximum length: this is ours, the length of a text column in most databases."""
MAX_DESCRIPTION = 20_000

_UNSENDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def sendable(value: str) -> str:
    """Raises ValueError for control characters and lone surrogates: no server stores them unchanged."""
    if _UNSENDABLE.search(value):
        raise ValueError("This holds characters that cannot be sent, such as a NUL.")
    return value


def is_json(value: Any) -> bool:
    """Check whether a value can be sent as JSON: no lone surrogates, no NaN or infinity."""
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def _json(value: Any) -> Any:
    if not is_json(value):
        raise ValueError("This holds characters or numbers that cannot be sent.")
    return value


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


Line = Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(sendable)]
RequiredLine = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT), AfterValidator(sendable)]
Description = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION), AfterValidator(sendable)]
Json = Annotated[Any, AfterValidator(_json)]
JsonNumber = PlainSerializer(_plain)
"""Serialise a decimal as the JSON number that the documents show: an integer where it is whole."""
Amount = Annotated[Decimal, Bounds(allow_inf_nan=False, max_digits=18), JsonNumber]
Count = Annotated[int, Bounds(ge=-(2**63), lt=2**63)]
Id = Annotated[int, Bounds(ge=1, le=2**63 - 1)]


class Body(BaseModel):
    """A body as the document defines it. Other fields, such as the read-only ones in its samples, are left out."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    def wire(self) -> dict[str, Any]:
        """Return the body for JSON, without nulls."""
        return self.model_dump(mode="python", by_alias=True, exclude_none=True)


BodyT = TypeVar("BodyT", bound=Body)

_BY_WIRE: Mapping[type, Any] = {Text: Line, Integer: Count, Number: Amount, Boolean: bool, AnyJson: Json}


def body_of(
    name: str, fields: Fields, types: Mapping[str, Any], *, required: Collection[str] = (), base: type[Body] = Body
) -> type[Body]:
    """Build the model of a body from the writable fields, each of its wire type or of the one given in `types`.

    A required text may not be empty. Raises ValueError if `types` or `required` names a field that cannot be written.
    """
    writable = {field: one for field, one in fields.items() if one.writable}
    if stray := {*types, *required} - writable.keys():
        raise ValueError(f"{name} has no writable field {', '.join(sorted(stray))}.")
    annotated: dict[str, Any] = {}
    for field, one in writable.items():
        kind = types[field] if field in types else _kind(one, required=field in required)
        annotated[field] = (kind, ...) if field in required else (kind | None, None)
    return create_model(name, __base__=base, **annotated)


def _kind(field: Field, *, required: bool) -> Any:
    return RequiredLine if required and isinstance(field.wire, Text) else _BY_WIRE[type(field.wire)]


def list_of(model: type[Body]) -> Any:
    """Return the type of a list of such objects."""
    return GenericAlias(list, (model,))


def validated(model: type[BodyT], fields: Mapping[str, Any], columns: Mapping[str, str]) -> BodyT | list[Problem]:
    """Return the body, or the problems with it. `columns` maps a wire field, nested as `a.b`, to the row's column."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=True, include_input=False)
        return list(dict.fromkeys(_problem(one, columns) for one in errors))


def _problem(error: ErrorDetails, columns: Mapping[str, str]) -> Problem:
    names = [part for part in error["loc"] if isinstance(part, str)]
    path = ".".join(names)
    column = columns.get(path) or columns.get(names[-1] if names else "") or path
    return Problem(column, _reason(error))


def _reason(error: ErrorDetails) -> str:
    context, kind = error.get("ctx", {}), error["type"]
    if kind == "string_too_long":
        return f"This is too long: at most {context['max_length']} characters fit."
    if kind in _BOUNDS:
        return f"This number must be {_BOUNDS[kind]} {next(iter(context.values()))}."
    if kind == "literal_error":
        return f"This must be {context['expected']}."
    if kind == "value_error":
        return str(context["error"])
    return next((reason for start, reason in _REASONS.items() if kind.startswith(start)), _ANYTHING)


MISSING = "This is required, and missing."
_REASONS = {
    "missing": MISSING,
    "string_too_short": MISSING,
    "string": "This holds characters that cannot be sent.",
    "bool": "This must be true or false.",
    "decimal": "This is not a number.",
    "finite": "This is not a number.",
    "int": "This is not a whole number.",
}
_ANYTHING = "This does not fit what the target takes."
_BOUNDS = {
    "greater_than_equal": "at least",
    "less_than_equal": "at most",
    "greater_than": "more than",
    "less_than": "less than",
}
