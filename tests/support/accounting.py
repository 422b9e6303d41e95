"""Whether all of a record as received is found in its rows: each value in a column made of it, or in `extra`.

The declared `names` say which column is made of which field; this says when a cell holds what the field held.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from etl.systems.declare import AnyJson, Items, Object, Stream, Wire
from etl.systems.shared.dotted import value_at

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]

WORDS = {
    ("nederland", "NL"), ("belgium", "BE"), ("man", "male"), ("vrouw", "female"), ("onbekend", "unknown"),
    ("klant", "customer"), ("leverancier", "supplier"), ("personeel", "staff"), ("overig", "other"),
    ("1", "customer"), ("2", "supplier"),
}  # fmt: skip
NUMBERS = ("phone", "mobile", "fax", "e164", "phone_1", "phone_2")
PARTS_OF_A_LINE = ("address_line",)


def unaccounted(stream: Stream, record: Mapping[str, Any], tables: Tables) -> list[str]:
    """The paths of the record's fields that no row of its own holds. Blank values need no place."""
    key: Any = record
    for name in stream.key.split("."):
        key = key[name]
    own = {table: [row for row in rows if row["source_id"] == str(key)] for table, rows in tables.items()}
    (main,) = own[stream.tables[0]]
    return list(_missing(stream, record, stream.wire, "", {stream.tables[0]: [main]}, own, str(key)))


def apart(stream: Stream, found: Sequence[Row]) -> Tables:
    """Records with their child rows inside, as `get` and `find` give them, as the rows of each table."""
    main, *children = stream.tables
    tables: dict[str, list[Row]] = {table: [] for table in stream.tables}
    for record in found:
        keys = {name: record[name] for name in ("account", "system", "stream", "source_id")}
        tables[main].append({name: value for name, value in record.items() if name not in children})
        for child in children:
            tables[child] += [{**keys, **row} for row in record[child]]
    return tables


def _missing(
    stream: Stream, value: Mapping[str, Any], fields: Mapping[str, Wire], path: str, rows: Tables, own: Tables, key: str
) -> Iterator[str]:
    for name, inner in value.items():
        here, wire = f"{path}{name}", fields.get(name, AnyJson())
        if blank(inner):
            continue
        if isinstance(wire, Object):
            yield from _missing(stream, inner, wire.fields, f"{here}.", rows, own, key)
        elif isinstance(wire, Items):
            for place, item in enumerate(inner):
                yield from _missing_of_item(stream, item, wire.fields, here, place, own, key)
        elif not (_held(stream, name, here, inner, rows, key) or _is_row(stream, here, inner, own)):
            yield here


def _missing_of_item(
    stream: Stream, item: Mapping[str, Any], fields: Mapping[str, Wire], path: str, place: int, own: Tables, key: str
) -> Iterator[str]:
    """One row of a child table must hold all of it; what is lacking in the best of them is lacking."""
    made_of_it = [table for table in own if any(f"{path}[]." in name for name in stream.names.get(table, {}).values())]
    children = [(table, row) for table in made_of_it if table != stream.tables[0] for row in own[table]]
    whole = [list(_missing(stream, item, fields, f"{path}[].", {table: [row]}, own, key)) for table, row in children]
    lacking = min(whole, key=len, default=[f"{path}[{place}]"])
    kept = _extra(own[stream.tables[0]][0]).get(f"{path}[{place}]", {})
    yield from (name for name in lacking if name.rpartition(".")[2] not in kept)


def _held(stream: Stream, name: str, path: str, value: Any, rows: Tables, key: str) -> bool:
    if name == stream.key.rpartition(".")[2] and str(value) == key:
        return True
    for table, of_table in rows.items():
        made_of = stream.names.get(table, {})
        columns = [column for column, names in made_of.items() if path in names.split(", ")]
        for row in of_table:
            if any(same(value, row[column], column) for column in columns if row.get(column) is not None):
                return True
            pieces = [str(row[column]) for column in ("insertion", "last_name") if column in columns and row[column]]
            if bare(" ".join(pieces)) == bare(str(value)):
                return True
            extra = _extra(row)
            if any(equal(value, extra.get(own)) for own in {name, path, path.replace("[]", "")}):
                return True
            if equal(value, value_at(extra, path)):  # in the object that it came in
                return True
    return False


def _is_row(stream: Stream, path: str, value: Any, own: Tables) -> bool:
    """Whether a field that is no list has a row of a child table."""
    children = {table: rows for table, rows in own.items() if table != stream.tables[0] and "[]" not in path}
    made_of = {table: stream.names.get(table, {}) for table in children}
    return any(
        same(value, row[column], column)
        for table, rows in children.items()
        for row in rows
        for column, names in made_of[table].items()
        if path in names.split(", ") and column != "source_id" and row.get(column) is not None
    )


def _extra(row: Row) -> dict[str, Any]:
    extra = row.get("extra")
    return dict(json.loads(extra)) if extra else {}


def blank(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def equal(value: Any, kept: Any) -> bool:
    """Equal in an `extra`, where a number may stand as its text."""
    return kept is not None and (value == kept or str(value).strip() == str(kept).strip())


def same(value: Any, cell: Any, column: str) -> bool:
    """Whether a cell of this column holds what the field held, in the form of its column."""
    if isinstance(value, list) and isinstance(cell, list):
        return bool([str(one) for one in value] == cell)
    if isinstance(value, (dict, list)):
        return bool(json.loads(cell) == value)
    if isinstance(cell, datetime):
        if str(value).endswith("Z"):
            return datetime.fromisoformat(str(value)) == cell
        local = cell.astimezone(ZoneInfo("Europe/Amsterdam"))
        return str(value) in (f"{local:%Y-%m-%d %H:%M:%S}", f"{cell:%Y-%m-%dT%H:%M:%S}")
    if column == "active":
        return (
            isinstance(value, bool) and bool(cell) is not value
        )  # made of `trashed` or `archived`; a status has its own column
    if isinstance(value, bool) or isinstance(cell, bool):
        return bool(value == cell)
    if isinstance(cell, (int, float, Decimal)):
        return _number(value) == _number(cell)
    text = str(value).strip()
    if text.startswith("+") or column in NUMBERS:
        return _digits(cell).endswith(_digits(text).lstrip("0")) and _digits(text) != ""
    if column in PARTS_OF_A_LINE:
        return text in str(cell)
    return bare(text) == bare(str(cell)) or (text.casefold(), str(cell)) in WORDS


def bare(text: str) -> str:
    """Letters and digits alone, without case: what stays of a code or a name however it is written."""
    return "".join(c for c in text.casefold() if c.isalnum()) or text.strip()


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
