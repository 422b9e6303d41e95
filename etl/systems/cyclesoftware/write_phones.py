"""The phone numbers of a CycleSoftware customer: `mob`, `tel`, and any others with an id of the account's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from etl.systems.cyclesoftware.fields import MOBILE, TELEPHONE
from etl.systems.declare import Row
from etl.systems.shared.cells import text
from etl.systems.shared.numbers_to_send import DialledNumber, numbers, same_number

SLOTS = {MOBILE: "mobile", TELEPHONE: "phone"}
"""The ids of the two numbers that every customer has, and the columns of the contact that they fill."""
FAX = "Fax"

Phone = dict[str, Any]


def body_phones(row: Row, *, own: bool) -> tuple[list[Phone], bool]:
    """Return the phone numbers for the body, and whether ids were dropped. `own`: the row comes from CycleSoftware.

    A valid number is sent in E.164, or as it was typed if the row's own country is sent too, so that it reads back the
    same. The contact's own columns take precedence over its phone_numbers, which may be older.
    """
    given = list(numbers(row))
    columns = {slot: dialled for slot, column in SLOTS.items() if (dialled := text(row.values.get(column)))}
    as_typed = own and text(row.values.get("country_code")) is not None
    slots = [number for number in given if number.id in SLOTS] if own else []
    if slots and {number.e164 for number in slots if number.e164} == set(columns.values()):
        sent = [_phone(number.id, number, as_typed=as_typed) for number in slots]
    else:
        sent = [_named(slot, dialled, given) for slot, dialled in columns.items()]
    others = [number for number in given if number not in slots and not any(_is_same(phone, number) for phone in sent)]
    keeps_ids = own and row.local
    sent += [_phone(number.id if keeps_ids else None, number, as_typed=as_typed) for number in others]
    return sent, own and not row.local and any(number.id for number in others)


def _named(slot: str, dialled: str, given: Sequence[DialledNumber]) -> Phone:
    """Build the phone of a column, with the name it has among the phone_numbers."""
    name = next((number.name for number in given if number.e164 == dialled and number.name), None)
    return {"phone_number_id": slot, "phone_number": dialled, "name": name}


def _phone(number_id: str | None, number: DialledNumber, *, as_typed: bool) -> Phone:
    name = number.name or (FAX if number.kind == "fax" else None)
    return {"phone_number_id": number_id, "phone_number": number.written(as_typed=as_typed), "name": name}


def _is_same(phone: Phone, number: DialledNumber) -> bool:
    return same_number(phone["phone_number"], number.e164 or number.raw)


def merged(remote: Sequence[Mapping[str, Any]], sent: Sequence[Mapping[str, Any]]) -> list[Phone]:
    """Merge the numbers that are sent into the remote's, matched by id, then by number; append new ones.

    None is removed. `customer_id` is read-only.
    """
    kept = [{name: value for name, value in phone.items() if name != "customer_id"} for phone in remote]
    for phone in sent:
        number_id = phone.get("phone_number_id")
        if number_id is not None:
            place = next((one for one in kept if one.get("phone_number_id") == number_id), None)
            changes = dict(phone)
        else:
            dialled = str(phone["phone_number"])
            place = next((one for one in kept if same_number(str(one.get("phone_number") or ""), dialled)), None)
            changes = {"name": phone["name"]} if phone.get("name") else {}
        if place is None:
            kept.append(dict(phone))
        else:
            place.update(changes)
    return kept
