"""Validate the bodies of Recras' POST and PUT for contacten and klanten.

Only what the documents require is required: a list of contact persons with exactly one main one. Codes and
enumerations must have an allowed value where they are given. Fields that the documents do not name are ignored.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from etl.simulator.engine.answer import RefusedRequest

Wire = dict[str, Any]

TYPES = ("klant", "leverancier", "personeel", "overig")
GENDERS = ("man", "vrouw", "onbekend")
COMPANIES = (1, 2, 3)
CONTACT_TEXTS = (
    "displaynaam", "naam", "adres", "postcode", "plaats", "landcode", "provinciecode", "website", "btw_nummer",
)  # fmt: skip
CUSTOMER_TEXTS = ("soort_klant", "afdeling", "factuur_adressering")
# POST klanten silently ignores displaynaam, landcode, btw_nummer and status.
KLANT_FIELDS = (
    "naam", "adres", "postcode", "plaats", "provinciecode", "website", "bedrijf_id", *CUSTOMER_TEXTS, "extra_fields",
)  # fmt: skip
CONTACT_FIELDS = (
    *CONTACT_TEXTS, "type", "bedrijf_id", "status", "mag_type_wijzigen", *CUSTOMER_TEXTS, "extra_fields",
)  # fmt: skip
PERSON_TEXTS = (
    "voornaam", "achternaam", "geslacht", "aanhef", "adres", "postcode", "plaats", "telefoon1", "telefoon2", "email1",
    "email2",
)  # fmt: skip

_COUNTRY = re.compile(r"[A-Z]{2}")
_PROVINCE = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_EXTRA_TYPES = ("text", "number", "date", "singlechoice", "multiplechoice")


def fields(body: Wire, allowed: tuple[str, ...]) -> Wire:
    """Return the allowed fields of the body, each checked for its type."""
    given = {name: body[name] for name in allowed if name in body}
    for name, value in given.items():
        if name in CONTACT_TEXTS + CUSTOMER_TEXTS and value is not None and not isinstance(value, str):
            raise _bad(f"{name} must be a string")
    if "type" in given:
        given["type"] = given["type"] or "overig"
        _among("type", given["type"], TYPES)
    if given.get("status"):
        _among("status", given["status"], ("actief", "passief"))
    if given.get("landcode") and not _COUNTRY.fullmatch(given["landcode"]):
        raise _bad("landcode must be an ISO 3166-1 code of two capitals")
    if given.get("provinciecode") and not _PROVINCE.fullmatch(given["provinciecode"]):
        raise _bad("provinciecode must be an ISO 3166-2 code")
    if "bedrijf_id" in given:
        given["bedrijf_id"] = given["bedrijf_id"] or 1
        _among("bedrijf_id", given["bedrijf_id"], COMPANIES)
    if not isinstance(given.get("mag_type_wijzigen", False), bool):
        raise _bad("mag_type_wijzigen must be a boolean")
    if given.get("extra_fields") is not None:
        _check_extra(given["extra_fields"])
    return given


def persons(body: Wire, *, required: bool) -> list[Wire] | None:
    """Return the contact persons of the body, checked, with exactly one main one; None if the body has none."""
    if "contactpersonen" not in body and not required:
        return None
    given = body.get("contactpersonen")
    if not isinstance(given, list) or not given or not all(isinstance(person, dict) for person in given):
        raise _bad("contactpersonen must be a list of one or more contact persons")
    if not all(isinstance(person.get("hoofdcontact"), bool) for person in given):
        raise _bad("contactpersonen.hoofdcontact is required for each contact person")
    if sum(person["hoofdcontact"] for person in given) != 1:
        raise _bad("exactly one contact person must be the hoofdcontact")
    return [_person(person) for person in given]


def _person(person: Wire) -> Wire:
    given: Wire = {"hoofdcontact": person["hoofdcontact"]}
    for name in PERSON_TEXTS:
        if name in person:
            if person[name] is not None and not isinstance(person[name], str):
                raise _bad(f"contactpersonen.{name} must be a string")
            given[name] = person[name]
    if given.get("geslacht"):
        _among("contactpersonen.geslacht", given["geslacht"], GENDERS)
    if person.get("id") is not None:
        if isinstance(person["id"], bool) or not isinstance(person["id"], int):
            raise _bad("contactpersonen.id must be an integer")
        given["id"] = person["id"]
    newsletters = person.get("nieuwsbrief_ids")
    if newsletters is not None:
        if not isinstance(newsletters, list) or not all(type(number) is int for number in newsletters):
            raise _bad("contactpersonen.nieuwsbrief_ids must be a list of integers")
        given["nieuwsbrief_ids"] = newsletters
    return given


def _check_extra(value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(field, dict) for field in value):
        raise _bad("extra_fields must be a list of objects")
    for field in value:
        _among("extra_fields.type", field.get("type"), _EXTRA_TYPES)
        kind, content = field["type"], field.get("value")
        fits = {
            "number": type(content) is int,
            "date": isinstance(content, str) and _is_date(content),
            "multiplechoice": isinstance(content, list) and all(isinstance(choice, str) for choice in content),
        }.get(kind, isinstance(content, str))
        if not isinstance(field.get("name"), str) or not (fits or content is None):
            raise _bad(f"extra_fields: this is no value of type {kind}")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _among(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    if isinstance(value, bool) or value not in allowed:
        raise _bad(f"{name} must be one of {', '.join(map(str, allowed))}")


def _bad(reason: str) -> RefusedRequest:
    return RefusedRequest(406, f"Fout in de invoer: {reason}.")
