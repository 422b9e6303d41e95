"""The bodies that Recras takes for contacten and klanten.

Documents: "Contacts (Contacten)" 0.2.0 and "Customers (Klanten)" 1.1.0. They require one or more contact persons, of
whom exactly one is the main one, and give no maximum length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, field_validator, model_validator

from etl.systems.declare import written
from etl.systems.recras.fields import CONTACT, KLANT, MAIN, PERSON
from etl.systems.shared.address import PARTS
from etl.systems.shared.body import Body, Id, Json, Line, RequiredLine, body_of, list_of

_PROVINCE = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


def country(code: str) -> str:
    """Accept an ISO 3166-1 code in capitals. Raises ValueError for others."""
    from etl.normalise.country import is_code

    if code and not is_code(code):
        raise ValueError(f"{code[:60]} is not a country we know.")
    return code


def province(code: str) -> str:
    """Accept a code in the form of ISO 3166-2. Raises ValueError for others."""
    if code and not _PROVINCE.fullmatch(code):
        raise ValueError(f"{code[:60]} is not a province code, such as NL-UT.")
    return code


class ExtraField(Body):
    name: RequiredLine
    type: Literal["text", "number", "date", "singlechoice", "multiplechoice"]
    value: Json = None

    @model_validator(mode="after")
    def fits(self) -> ExtraField:
        """Raises ValueError unless the value is of the field's type or null."""
        value = self.value
        fits = {
            "number": type(value) is int,
            "date": isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value) is not None,
            "multiplechoice": isinstance(value, list) and all(isinstance(choice, str) for choice in value),
        }.get(self.type, isinstance(value, str))
        if value is not None and not fits:
            raise ValueError(f"The extra field {self.name[:60]} holds no value of type {self.type}.")
        return self


class WithPersons(Body):
    """A body that holds all the persons of a contact."""

    @field_validator("contactpersonen", check_fields=False)
    @classmethod
    def one_main(cls, people: list[Any]) -> list[Any]:
        """Raises ValueError unless exactly one is the main contact person."""
        mains = sum(person.hoofdcontact for person in people)
        if mains > 1:
            raise ValueError(f"{mains} contact persons are marked as the main one; there can be only one.")
        if not mains:
            raise ValueError("No contact person is marked as the main one; there must be one.")
        return people


PERSON_TYPES: Mapping[str, Any] = {
    "id": Id,
    "geslacht": Literal["man", "vrouw", "onbekend"],
    "nieuwsbrief_ids": list[Id],
}
Person = body_of("Person", PERSON, PERSON_TYPES, required=("hoofdcontact",))
"""An existing person has an `id`, a new one has none."""
PersonChange = body_of("PersonChange", PERSON, PERSON_TYPES)
"""A person in a body that is merged into an existing record, which already has a main person."""

KLANT_TYPES: Mapping[str, Any] = {
    "provinciecode": Annotated[Line, AfterValidator(province)],
    "bedrijf_id": Id,
    "extra_fields": list[ExtraField],
}
CONTACT_TYPES: Mapping[str, Any] = {
    **KLANT_TYPES,
    "type": Literal["klant", "leverancier", "personeel", "overig"],
    "landcode": Annotated[Line, AfterValidator(country)],
    "status": Literal["actief", "passief"],
    "mag_type_wijzigen": bool,
}
_WHOLE: Mapping[str, Any] = {"contactpersonen": list_of(Person)}
_PARTIAL: Mapping[str, Any] = {"contactpersonen": list_of(PersonChange)}

Klant = body_of("Klant", KLANT, {**KLANT_TYPES, **_WHOLE}, required=_WHOLE, base=WithPersons)
"""The body of POST and PUT klanten: no country, VAT number, status or display name."""
KlantChange = body_of("KlantChange", KLANT, {**KLANT_TYPES, **_PARTIAL})
"""The body of PUT klanten, before it is merged into the existing record."""
Contact = body_of("Contact", CONTACT, {**CONTACT_TYPES, **_WHOLE}, required=_WHOLE, base=WithPersons)
"""The body of POST and PUT contacten. `status` is for suppliers alone."""
ContactChange = body_of("ContactChange", CONTACT, {**CONTACT_TYPES, **_PARTIAL})
"""The body of PUT contacten, before it is merged into the existing record."""

COLUMNS = written(CONTACT)
"""Field of the contact to the column that it is built from."""

PERSON_COLUMNS = written(PERSON)
"""Field of a contact person to the column of contact_persons that it is built from."""

FIELD_COLUMNS = {**COLUMNS, **{f"contactpersonen.{wire}": column for wire, column in MAIN.items()}}
"""Field of the contact, or of its main person, to the column of `contacts` that it is built from."""

SECONDARY_COLUMNS = {
    "company_name": "naam",
    "insertion": "contactpersonen.achternaam",
    "initials": "contactpersonen.voornaam",
    **dict.fromkeys(PARTS, "adres"),
}

_REQUIRED = {"naam", "type", "status", "bedrijf_id", "extra_fields"}
CLEAR: dict[str, Any] = {
    **{wire: None for wire in COLUMNS if wire not in _REQUIRED},
    **{f"contactpersonen.{wire}": None for wire in PERSON_COLUMNS if wire not in ("id", "hoofdcontact")},
    "contactpersonen.geslacht": "onbekend",
    "contactpersonen.nieuwsbrief_ids": [],
}
"""The value that empties a field. Not listed: type, status and company, which the server would reset to its defaults;
extra fields, since no document says that an empty list removes them; the name, without which nobody could find the
contact again."""

PROBLEM_COLUMNS = {
    **COLUMNS,
    "contactpersonen": "contact_persons.main_contact",
    **{f"contactpersonen.{wire}": f"contact_persons.{column}" for wire, column in PERSON_COLUMNS.items()},
    **{f"extra_fields.{name}": "extra_fields" for name in ExtraField.model_fields},
}
"""The column to correct, by the path of the invalid field."""
