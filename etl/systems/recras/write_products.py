"""Draft a product for Recras, and list the columns that it cannot store.

Document: "Products (Producten)" 1.0.0. It requires `inkoop`, `leverancier_id`, `minimum_aantal` and `naam`, of a
material all four fields, of a location the id; it gives no maximum length. Suppliers, product groups, materials,
locations and attachments have ids that are local to the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from etl.systems.declare import Draft, Drafting, Problem, Row, raw_names, read_only, written
from etl.systems.recras.fields import LOCATION, MATERIAL, PRICE, PRODUCT, SYSTEM
from etl.systems.shared.address import PARTS, misread_parts
from etl.systems.shared.body import Description, Id, Json, Line, RequiredLine, body_of, list_of, validated
from etl.systems.shared.cells import BLANK, flag, parsed, text
from etl.systems.shared.extra_back import lost_extra, restored_extra
from etl.systems.shared.local_ids import local_id, lost_ids, may_send
from etl.systems.shared.losses import losses
from etl.systems.shared.partial_rows import only_present

READ_ONLY = read_only(PRODUCT)
LISTS = {"ProductPrice": "product_prices", "Materialen": "product_materials", "Locaties": "product_locations"}


def iso_duration(value: str) -> str:
    """Accept an ISO 8601 duration. Raises ValueError for other text."""
    if value and (value[0] != "P" or not set(value[1:]) <= set("0123456789TDHMSWY.") or len(value) < 3):
        raise ValueError(f"{value[:60]} is not a duration, such as PT1H30M.")
    return value


LOCATION_TYPES: Mapping[str, Any] = {
    "id": Id,
    "latitude": float,
    "longitude": float,
    "uitgebreide_omschrijving": Description,
    "parent_id": Id,
}
MATERIAL_TYPES: Mapping[str, Any] = {"materiaal_id": Id, "afronding": Literal["boven", "niet"]}
TYPES: Mapping[str, Any] = {
    "leverancier_id": Id,
    "productgroep_id": Id,
    "duur": Annotated[Line, AfterValidator(iso_duration)],
    **dict.fromkeys(("beschrijving_klant", "uitgebreide_omschrijving", "personeelsinstructie"), Description),
    "extra": dict[str, Json],
    "Standaardbijlagen": list[Json],
    "ProductPrice": list_of(body_of("Price", PRICE, {}, required=PRICE)),
    "Materialen": list_of(body_of("Material", MATERIAL, MATERIAL_TYPES, required=MATERIAL)),
    "Locaties": list_of(body_of("Location", LOCATION, LOCATION_TYPES, required=("id",))),
}

Product = body_of("Product", PRODUCT, TYPES, required=("leverancier_id", "naam", "inkoop", "minimum_aantal"))
"""The body of POST producten."""
ProductChange = body_of("ProductChange", PRODUCT, {**TYPES, "naam": RequiredLine})
"""The body of PUT producten: any part of the fields."""

COLUMNS = written(PRODUCT)
NESTED = {"ProductPrice": raw_names(PRICE), "Materialen": raw_names(MATERIAL), "Locaties": raw_names(LOCATION)}
PROBLEM_COLUMNS = {
    **COLUMNS,
    **{f"{wire}.{name}": f"{LISTS[wire]}.{column}" for wire, names in NESTED.items() for column, name in names.items()},
}
"""The column to correct, by the path of the invalid field."""

CLEAR: dict[str, Any] = {
    **dict.fromkeys(("weergavenaam", "beschrijving_klant", "uitgebreide_omschrijving", "personeelsinstructie"), ""),
    **dict.fromkeys(("verkoop", "btw", "duur", "productgroep_id", "planstrategie", "extra")),
    **{wire: [] for wire in ("Standaardbijlagen", *LISTS)},
}
"""The value that empties a field: the empty value in the document's samples, null where they show none."""

_FLAGS = ("api_allowed", "separate_on_planning", "location_required")
_JSON = ("attributes", "default_attachments")
_IDS = ("supplier_id", "product_group_id")

HOLDS = frozenset(
    {f"products.{column}" for column in COLUMNS.values()}
    | {f"{LISTS[wire]}.{column}" for wire, names in NESTED.items() for column in names}
    | {f"product_locations.{column}" for column in PARTS}
    | {"product_prices.position", "products.duration_minutes"}
)


def draft(row: Row, drafting: Drafting) -> Draft | list[Problem]:
    """Build a product from a row and its prices, materials and locations."""
    row = only_present(row, drafting)
    given = {wire: _cell(row, column) for wire, column in COLUMNS.items()}
    filled = {
        COLUMN_WIRES[column]: value
        for column in _IDS
        if not drafting.partial
        and given[COLUMN_WIRES[column]] is None
        and (value := drafting.defaults.get(column)) is not None
    }
    given |= filled | {wire: _rows(row, wire) for wire in NESTED}
    given |= restored_extra(row, SYSTEM, given, originals=(), declared=PRODUCT)
    body = validated(ProductChange if drafting.partial else Product, _present(given), PROBLEM_COLUMNS)
    if isinstance(body, list):
        return [_explained(problem, row) for problem in body]
    wire = body.wire() | {name: value for name, value in given.items() if name not in PRODUCT}
    return Draft(wire, tuple(filled), losses(row, "products", HOLDS, _lost(row, wire)))


COLUMN_WIRES = {column: wire for wire, column in COLUMNS.items()}


def _present(given: Mapping[str, Any]) -> dict[str, Any]:
    """Drop nulls, so that a required field that is null is reported as missing."""
    return {wire: value for wire, value in given.items() if value is not None}


def _cell(row: Row, column: str) -> Any:
    value = row.values.get(column)
    if column in _IDS:
        return local_id(row, column)
    if column in _FLAGS:
        said = flag(value)
        return text(value) if said is None else said
    if column == "default_attachments" and not may_send(row, column):
        return None
    if column in _JSON:
        found = parsed(value)
        return text(value) if found is None else found
    return text(value)


def _rows(row: Row, wire: str) -> list[dict[str, Any]] | None:
    """Return the objects of a nested list; None if the row has no such table or its ids may not be sent."""
    table, names = LISTS[wire], NESTED[wire]
    key = {"Materialen": "material_id", "Locaties": "location_id"}.get(wire)
    if table not in row.children or (key and not may_send(row, key)):
        return None
    rows = sorted(row.children[table], key=_position)
    return [_present({name: text(values.get(column)) for column, name in names.items()}) for values in rows]


def _position(values: Mapping[str, Any]) -> int:
    place = text(values.get("position"))
    return int(place) if place and place.isascii() and place.isdigit() and len(place) < 10 else 0


def _explained(problem: Problem, row: Row) -> Problem:
    """Explain that the supplier of another account must be replaced by one of this account."""
    if problem.field != "supplier_id" or row.values.get("supplier_id") in BLANK or may_send(row, "supplier_id"):
        return problem
    reason = "The supplier's id is of another account: say which supplier it is in this one."
    return Problem("supplier_id", reason, "map supplier_id, or set it among the account's defaults")


def _lost(row: Row, wire: Mapping[str, Any]) -> set[str]:
    """List the columns that the target has, but cannot store with this row's values."""
    found = lost_extra(row, "products", wire) | lost_ids(row, "products", *_IDS)
    if row.values.get("default_attachments") not in (*BLANK, "[]"):
        found |= lost_ids(row, "products", "default_attachments")
    if flag(row.values.get("is_deleted")):
        found.add("products.is_deleted")
    if row.values.get("duration_minutes") not in BLANK and "duur" not in wire:
        found.add("products.duration_minutes")
    for values in row.children.get("product_locations", ()):
        found |= {f"product_locations.{part}" for part in misread_parts(values, text(values.get("address_line")))}
    for name, key in (("Materialen", "material_id"), ("Locaties", "location_id")):
        if name not in wire and not may_send(row, key):
            table = LISTS[name]
            columns = (*NESTED[name], *(PARTS if name == "Locaties" else ()))
            given = ((column, values.get(column)) for values in row.children.get(table, ()) for column in columns)
            found |= {f"{table}.{column}" for column, value in given if value not in BLANK}
    return found
