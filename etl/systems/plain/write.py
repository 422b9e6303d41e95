"""Write records of plain fields: the draft, the merge and the evidence that follow from a table of fields.

A body has its fields by their paths, those of objects too; `nested` puts them into these when it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from etl.systems.declare import AnyJson, Boolean, Draft, Drafting, Evidence, Problem, Record, Row
from etl.systems.plain.writable import Writable
from etl.systems.shared.address import differs_from_parts, line, misread_parts, original_house_number, parts
from etl.systems.shared.body import validated
from etl.systems.shared.cells import flag, mapping, parsed, same_text, text
from etl.systems.shared.child_losses import (
    PERSONS,
    BodyContent,
    lost_display_name,
    lost_of_numbers,
    lost_of_persons,
)
from etl.systems.shared.countries import country_problem, lost_province
from etl.systems.shared.dotted import flat
from etl.systems.shared.evidence import evidence_of, names, phones, places
from etl.systems.shared.extra_back import lost_extra
from etl.systems.shared.losses import losses, lost_inactive
from etl.systems.shared.new_id import body_id, location_id
from etl.systems.shared.numbers_to_send import full_name, same_number
from etl.systems.shared.overlay import blank, identity, overlay
from etl.systems.shared.partial_rows import address_line, only_present
from etl.systems.shared.references import is_our_own, is_same_reference, lost_reference, reference_to_send

SHOWN = ("display_name", "name")
HOUSE = ("street", "house_number", "house_number_postfix")
OTHER_NUMBER = {"phone": "mobile", "mobile": "phone"}
PERSON = ("first_name", "insertion", "last_name")
NUMBERS = frozenset(f"phone_numbers.{name}" for name in ("phone_number_id", "kind", "raw", "e164", "valid"))
HELD_WITH_NAMES = frozenset(f"contacts.{name}" for name in (*PERSON, "name", "company_name"))
NAMELESS = "There is nothing by which the record could be found again: fill this in."


def draft(writable: Writable, row: Row, drafting: Drafting) -> Draft | list[Problem]:
    """Build a body from a contact."""
    row = only_present(row, drafting)
    given = {path: _value(writable, path, row, drafting) for path in writable.fields}
    given |= _originals(writable, row, given)
    filled = {} if drafting.partial else _names(writable, row, given)
    given |= filled
    if writable.reference is not None:
        given[writable.reference] = reference_to_send(row, drafting)
    problems = [found for prefix in ("", "invoice_") if (found := _unknown_country(writable, row, given, prefix))]
    if not drafting.partial and all(blank(given.get(path)) for path in writable.who):
        problems.append(Problem(writable.columns[writable.who[0]], NAMELESS))
    body = validated(writable.model, {name: one for name, one in given.items() if one is not None}, writable.columns)
    if isinstance(body, list):
        return list({problem.field: problem for problem in [*body, *problems]}.values())
    if problems:
        return problems
    wire = body.wire()
    held = frozenset(f"contacts.{column}" for column in {*writable.paths, *writable.secondary, "kind"})
    held |= PERSONS | NUMBERS | HELD_WITH_NAMES | {"contacts.province_code"}
    lost = losses(row, "contacts", held, _lost(writable, row, drafting, wire))
    ours = (writable.reference,) if writable.reference is not None and is_our_own(row, drafting) else ()
    return Draft(wire, (*filled, *ours), lost, (*filled, *ours))


def _value(writable: Writable, path: str, row: Row, drafting: Drafting) -> Any:
    """Return what a row has for a field."""
    field, values = writable.fields[path], row.values
    column = field.column or ""
    if field.write is not None:
        return field.write(values.get(column))
    if column == "address_line":
        return address_line(row, drafting)
    if column == "invoice_address_line":
        return line(values, "invoice_")
    if isinstance(field.wire, AnyJson):
        return parsed(values.get(column))
    if isinstance(field.wire, Boolean):
        return flag(values.get(column))
    return _text(writable, column, row)


def _text(writable: Writable, column: str, row: Row) -> str | None:
    """Return the text of a column, with what has no field of its own."""
    values, found = row.values, text(row.values.get(column))
    if column in HOUSE:
        return {**parts(values), **(original_house_number(row) if row.system == writable.system else {})}.get(column)
    if column == "last_name" and "insertion" not in writable.paths:
        return " ".join(filter(None, (text(values.get("insertion")), found))) or None
    if (other := OTHER_NUMBER.get(column)) and other not in writable.paths:
        return found or text(values.get(other))
    return found


def _originals(writable: Writable, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that no column could take, for a row that returns to a system of its own kind."""
    extra = mapping(row.values.get("extra")) if row.system == writable.system else {}
    return {
        path: extra[path] for path in writable.fields if blank(given.get(path)) and isinstance(extra.get(path), str)
    }


def _names(writable: Writable, row: Row, given: Mapping[str, Any]) -> dict[str, str]:
    """Return a name to show, where the target has a field for one and the row has only other names."""
    found = next(filter(None, (text(row.values.get(column)) for column in (*SHOWN, "company_name"))), None)
    found = found or full_name(row.values)
    paths = [writable.paths[column] for column in SHOWN if column in writable.paths]
    return {path: found for path in paths[:1] if found and blank(given.get(path))}


def _unknown_country(writable: Writable, row: Row, given: Record, prefix: str) -> Problem | None:
    """Return the problem of an unknown country, unless it came from this system as it is sent."""
    path = writable.paths.get(f"{prefix}country_code")
    if path is None or writable.fields[path].write or (row.system == writable.system and given.get(path)):
        return None
    return country_problem(row, prefix)


def _lost(writable: Writable, row: Row, drafting: Drafting, wire: Record) -> set[str]:
    """List the columns that the target has, but cannot store with this row's values."""
    values, paths = row.values, writable.paths
    found = lost_extra(row, "contacts", wire)
    unsent = {column for path, column in writable.columns.items() if path not in wire}
    found |= {f"contacts.{column}" for column in unsent if text(values.get(column))}
    found |= lost_reference(row, drafting) if writable.reference is not None else set()
    if "kind" not in paths and text(values.get("kind")) not in (None, "customer"):
        found.add("contacts.kind")
    for column, prefix in (("address_line", ""), ("invoice_address_line", "invoice_")):
        if column in paths:
            found |= {f"contacts.{part}" for part in misread_parts(values, wire.get(paths[column]), prefix)}
    if "street" in paths and differs_from_parts(values):
        found.add("contacts.address_line")
    for column, other in OTHER_NUMBER.items():
        number = text(values.get(column))
        if column not in paths and other in paths and number and not same_number(number, wire.get(paths[other], "")):
            found.add(f"contacts.{column}")
    content = _content(writable, wire)
    for column in ("name", "company_name"):
        value = text(values.get(column))
        if column not in paths and value and not any(same_text(value, one) for one in content.names):
            found.add(f"contacts.{column}")
    if not any(same_text(full_name(values), one) for one in content.names):
        carried = {*paths, *(("insertion",) if "last_name" in paths else ())}
        found |= {f"contacts.{part}" for part in PERSON if part not in carried and text(values.get(part))}
    found |= set() if "active" in paths else lost_inactive(row)
    found |= set() if "province_code" in paths else lost_province(row)
    found |= set() if "display_name" in paths else lost_display_name(row, *content.names)
    return found | lost_of_persons(row, content, found) | lost_of_numbers(row, content, faxes="fax" in paths)


def _content(writable: Writable, wire: Record) -> BodyContent:
    held = {column: text(wire.get(path)) for column, path in writable.paths.items()}
    person = " ".join(filter(None, (held.get(column) for column in PERSON)))
    found = [person, *(held.get(column) for column in ("name", "display_name", "company_name"))]
    numbers = [held.get(column) for column in ("phone", "mobile", "fax")]
    emails = [*filter(None, [held.get("email")])]
    return BodyContent([*filter(None, found)], held.get("title"), emails, [*filter(None, numbers)])


def record(writable: Writable, remote: Record) -> Record:
    """Return a record's fields by their paths."""
    return flat({name: value for name, value in remote.items() if "." not in name}, writable.known)


def merge(writable: Writable, remote: Record, draft: Draft) -> Record:
    """Build the whole record for an update; where the API takes a part, the fields that can be written."""
    own = record(writable, remote)
    if not writable.whole:
        own = {path: value for path, value in own.items() if path in writable.fields}
    return overlay(own, draft, read_only=(writable.known - writable.fields.keys()) | writable.fixed)


def same(writable: Writable, remote: Record, body: Record) -> bool:
    """Match by reference; by all identifying fields where neither has one, or where the server truncated it."""
    if writable.reference is not None:
        ours, theirs = flat(body).get(writable.reference), flat(remote).get(writable.reference)
        if (by_reference := is_same_reference(theirs, ours)) is not None:
            return by_reference
    return who(writable, remote) == who(writable, body)


def who(writable: Writable, record: Record) -> tuple[str, ...]:
    numbers = [writable.paths[column] for column in ("phone", "mobile") if column in writable.paths]
    return identity(flat(record), writable.who, phones=numbers)


def evidence(writable: Writable, record: Record) -> Evidence:
    own = flat(record)
    held = {column: own.get(path) for column, path in writable.paths.items()}
    person = tuple(held.get(column) for column in PERSON)
    number = held.get("house_number")
    return evidence_of(
        name=names(person, *((held.get(column),) for column in ("name", "display_name", "company_name"))),
        email=names((held.get("email"),)),
        phone=phones(held.get(column) for column in ("phone", "mobile")),
        address=places(held.get("postcode"), number if number is not None else held.get("address_line")),
    )


def natural_key(writable: Writable, body: Record) -> str | None:
    """Return the reference: bodies with the same one must be sent in order."""
    return None if writable.reference is None else text(body.get(writable.reference))


def created(writable: Writable, status: int, location: str | None, body: Any) -> str | None:
    element = writable.element.split(".") if writable.element else []
    key = writable.key.split(".")
    return body_id(status, body, *element, *key) or body_id(status, body, *key) or location_id(status, location)
