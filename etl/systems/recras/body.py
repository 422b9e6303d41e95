"""The bodies that Recras takes for contacten and klanten.

Documents: "Contacts (Contacten)" 0.2.0 and "Customers (Klanten)" 1.1.0. They require one or more contact persons, of
whom exactly one is the main one, and give no length.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from etl.systems.shared.address import PARTS
from etl.systems.shared.body import Body, Given, Json, Line

_PROVINCE = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


def country(code: str) -> str:
    """An ISO 3166-1 code in capitals. Raises ValueError for others."""
    from etl.normalise.country import is_code

    if code and not is_code(code):
        raise ValueError(f"{code[:60]} is no country we know.")
    return code


def province(code: str) -> str:
    """A code of the form of ISO 3166-2. Raises ValueError for others."""
    if code and not _PROVINCE.fullmatch(code):
        raise ValueError(f"{code[:60]} is no province code, such as NL-UT.")
    return code


Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Person(Body):
    """One that exists already by `id`, a new one without."""

    id: Id | None = None
    voornaam: Line | None = None
    achternaam: Line | None = None
    geslacht: Literal["man", "vrouw", "onbekend"] | None = None
    aanhef: Line | None = None
    adres: Line | None = None
    postcode: Line | None = None
    plaats: Line | None = None
    telefoon1: Line | None = None
    telefoon2: Line | None = None
    email1: Line | None = None
    email2: Line | None = None
    hoofdcontact: bool
    nieuwsbrief_ids: list[Id] | None = None


class ExtraField(Body):
    name: Given
    type: Literal["text", "number", "date", "singlechoice", "multiplechoice"]
    value: Json = None

    @model_validator(mode="after")
    def fits(self) -> ExtraField:
        """The value is of the field's type, or null."""
        value = self.value
        fits = {
            "number": type(value) is int,
            "date": isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value) is not None,
            "multiplechoice": isinstance(value, list) and all(isinstance(choice, str) for choice in value),
        }.get(self.type, isinstance(value, str))
        if value is not None and not fits:
            raise ValueError(f"The extra field {self.name[:60]} holds no value of type {self.type}.")
        return self


def one_main(people: list[Person]) -> list[Person]:
    """Raises ValueError unless exactly one is the main contact person."""
    mains = sum(person.hoofdcontact for person in people)
    if mains > 1:
        raise ValueError(f"{mains} contact persons are marked as the main one; there can be only one.")
    if not mains:
        raise ValueError("No contact person is marked as the main one; there must be one.")
    return people


Persons = Annotated[list[Person], AfterValidator(one_main)]


class Klant(Body):
    """The body of POST and PUT klanten: no country, VAT number, status or display name."""

    naam: Line | None = None
    adres: Line | None = None
    postcode: Line | None = None
    plaats: Line | None = None
    provinciecode: Annotated[Line, AfterValidator(province)] | None = None
    website: Line | None = None
    bedrijf_id: Id | None = None
    soort_klant: Line | None = None
    afdeling: Line | None = None
    factuur_adressering: Line | None = None
    contactpersonen: Persons
    extra_fields: list[ExtraField] | None = None


class Contact(Klant):
    """The body of POST and PUT contacten. `status` is for suppliers alone."""

    displaynaam: Line | None = None
    type: Literal["klant", "leverancier", "personeel", "overig"] | None = None
    landcode: Annotated[Line, AfterValidator(country)] | None = None
    btw_nummer: Line | None = None
    status: Literal["actief", "passief"] | None = None
    mag_type_wijzigen: bool | None = None


class PersonChange(Person):
    """One in a body that is merged into a record that is there."""

    hoofdcontact: bool | None = None  # type: ignore[assignment]  # the record says who is the main one


class KlantChange(Klant):
    """The body of PUT klanten, before the record that is there is laid under it."""

    contactpersonen: list[PersonChange] | None = None  # type: ignore[assignment]  # the record has the others


class ContactChange(Contact):
    """The body of PUT contacten, before the record that is there is laid under it."""

    contactpersonen: list[PersonChange] | None = None  # type: ignore[assignment]  # the record has the others


COLUMNS = {
    "naam": "name",
    "adres": "address_line",
    "postcode": "postcode",
    "plaats": "city",
    "provinciecode": "province_code",
    "website": "website",
    "bedrijf_id": "company_id",
    "soort_klant": "customer_type",
    "afdeling": "department",
    "factuur_adressering": "invoice_attention",
    "extra_fields": "extra_fields",
    "displaynaam": "display_name",
    "type": "kind",
    "landcode": "country_code",
    "btw_nummer": "vat_number",
    "status": "status",
}
"""Field of the contact to the column that it is made of."""

PERSON_COLUMNS = {
    "id": "person_id",
    "voornaam": "first_name",
    "achternaam": "last_name",
    "geslacht": "gender",
    "aanhef": "salutation",
    "adres": "address_line",
    "postcode": "postcode",
    "plaats": "city",
    "telefoon1": "phone_1",
    "telefoon2": "phone_2",
    "email1": "email_1",
    "email2": "email_2",
    "hoofdcontact": "main_contact",
    "nieuwsbrief_ids": "newsletter_ids",
}
"""Field of a contact person to the column of contact_persons that it is made of."""

ROW_COLUMNS = {
    "voornaam": "first_name",
    "achternaam": "last_name",
    "geslacht": "gender",
    "aanhef": "title",
    "telefoon1": "phone",
    "telefoon2": "mobile",
    "email1": "email",
}
"""Field of the main contact person to the column of a contact that is its own main person."""

FIELD_COLUMNS = {**COLUMNS, **{f"contactpersonen.{wire}": column for wire, column in ROW_COLUMNS.items()}}
"""Field of the contact, or of its main person, to the column of `contacts` that it is made of."""

ALSO = {
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
"""What empties a field. A type, a status and a company become the server's default ones; that an empty list takes extra
fields away is not said; and without a name nobody would find the contact again."""

PROBLEM_COLUMNS = {
    **COLUMNS,
    "contactpersonen": "contact_persons.main_contact",
    **{f"contactpersonen.{wire}": f"contact_persons.{column}" for wire, column in PERSON_COLUMNS.items()},
    **{f"extra_fields.{name}": "extra_fields" for name in ExtraField.model_fields},
}
"""The column to mend, by the path of the field that is wrong."""
