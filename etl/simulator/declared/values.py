"""Make records of a stream by its wire types: each number makes another record, with a value in every field.

A field that is for a column gets what makes sense there. What only the vendor has words for, such as a kind, is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from etl.records import kinds
from etl.systems.declare import AnyJson, Boolean, Integer, Items, Number, Object, Scalars, Stream, Wire

Json: TypeAlias = dict[str, Any]

UNDECLARED = "nobody_declared"
"""A field of every record that no declaration has."""
OWN_WORDS = frozenset(
    {"kind", "gender", "status", "customer_type", "contact_group", "province_code", "invoice_province_code"}
    | {"vat_number", "coc_number", "bank_number", "latitude", "longitude", "invoice_latitude", "invoice_longitude"}
    | {"extra_fields", "newsletter_ids", "box", "invoice_box", "house_number_postfix", "invoice_house_number_postfix"}
)
"""Columns whose values are words of the vendor's, or figures with a check that no made-up number passes."""
SECOND = frozenset({"mobile", "insertion", "active"})
"""Columns that are filled from a field which is for another column as well."""
FIXED = {
    "postcode": "1234 AB",
    "city": "Utrecht",
    "country_code": "NL",
    "street": "Dorpsstraat",
    "website": "https://example.nl",
    "created_at": "2025-01-02T10:00:00Z",
    "modified_at": "2025-01-02T10:00:00Z",
    "insertion": "van",
}


def filled(stream: Stream, number: int) -> Json:
    """Return the record of that number, with a field that nobody declared."""
    columns = columns_of(stream)
    return {**_object(stream, stream.wire, number, columns, ""), UNDECLARED: f"kept {number}"}


def empty(wire: Mapping[str, Wire]) -> Json:
    """Return a record with all fields and no values."""
    return {name: _nothing(kind) for name, kind in wire.items()}


def keyed(stream: Stream, number: int) -> int | str:
    """Return the id of a record as its wire type has it."""
    kind: Wire | None = None
    fields: Mapping[str, Wire] = stream.wire
    for name in stream.key.split("."):
        kind = fields.get(name)
        fields = kind.fields if isinstance(kind, Object) else {}
    return number if isinstance(kind, Integer | Number) else str(number)


def columns_of(stream: Stream) -> dict[str, tuple[str, str]]:
    """Map the path of a field to the table and the column that it is for, as far as the declaration says."""
    found: dict[str, tuple[str, str]] = {}
    for table, names in stream.names.items():
        for column in sorted(names, key=SECOND.__contains__):
            for path in names[column].split(", "):
                found.setdefault(path, (table, column))
    return found


def _nothing(kind: Wire) -> Any:
    match kind:
        case Object(fields):
            return empty(fields)
        case Items() | Scalars():
            return []
    return None


def _object(
    stream: Stream, wire: Mapping[str, Wire], number: int, columns: Mapping[str, tuple[str, str]], before: str
) -> Json:
    made: Json = {}
    for name, kind in wire.items():
        path = f"{before}{name}"
        match kind:
            case Object(fields):
                made[name] = _object(stream, fields, number, columns, f"{path}.")
            case Items(fields):
                made[name] = [_object(stream, fields, number, columns, f"{path}[].")]
            case _ if path == stream.key:
                made[name] = keyed(stream, number)
            case _:
                made[name] = _value(kind, name, number, *columns.get(path, ("", "")))
    return made


def _value(kind: Wire, name: str, number: int, table: str, column: str) -> Any:
    if column in OWN_WORDS:
        return _nothing(kind)
    if isinstance(kind, AnyJson):
        return {"of": number} if kind.shape is None else _shaped(kind.shape, number)
    scalars: dict[type, Any] = {
        Scalars: [number],
        Integer: number,
        Number: number + 0.5,
        Boolean: column == "active",
    }
    found = scalars.get(type(kind))
    return _text(name, number, table, column) if found is None else found


def _shaped(shape: Any, number: int) -> Any:
    """Return JSON of a shape: Python types in dicts and lists."""
    if isinstance(shape, Mapping):
        return {name: _shaped(inner, number) for name, inner in shape.items()}
    if isinstance(shape, list | tuple):
        return [_shaped(inner, number) for inner in shape]
    return {bool: True, int: number, float: number + 0.5}.get(shape, f"kept {number}")


def _text(name: str, number: int, table: str, column: str) -> str:
    plain = column.removeprefix("invoice_")
    known = {
        **FIXED,
        **dict.fromkeys(("email", "email_1", "email_2"), f"n{number}@example.nl"),
        **dict.fromkeys(("phone", "fax", "raw", "phone_1", "phone_2"), f"+3120{2_000_000 + number}"),
        "mobile": f"+316{10_000_000 + number}",
        "address_line": f"Dorpsstraat {number}",
    }
    if plain not in known and table and kinds(table).get(column) != "string":
        return str(number)
    return known.get(plain, f"{(column or name).replace('_', ' ')} {number}")
