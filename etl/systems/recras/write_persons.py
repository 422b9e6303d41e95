"""Build and merge the contact persons of a Recras contact, of which one may be the contact itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from etl.systems.declare import Row
from etl.systems.recras.body import PERSON_COLUMNS
from etl.systems.recras.fields import MAIN
from etl.systems.shared.address import line
from etl.systems.shared.cells import flag, folded, text, texts
from etl.systems.shared.local_ids import local_id, may_send
from etl.systems.shared.numbers_to_send import same_number
from etl.systems.shared.overlay import blank

Person = dict[str, Any]
GENDERS = {"male": "man", "female": "vrouw", "unknown": "onbekend"}
PHONES = ("telefoon1", "telefoon2")
EMAILS = ("email1", "email2")
NUMBERS = {"telefoon1": "phone_1", "telefoon2": "phone_2"}


def persons(row: Row, *, own: bool) -> tuple[list[Person], tuple[str, ...]]:
    """Return the persons for the body, and the fields that were filled in.

    If none is marked as the main person, the contact itself becomes it, or the first person if the contact has no
    personal details.
    """
    as_typed = own and text(row.values.get("country_code")) is not None
    people = [_person(row, values, as_typed=as_typed) for values in row.children.get("contact_persons", ())]
    if any(person["hoofdcontact"] for person in people):
        return people, _completed(row, people)
    itself = {wire: value for wire, value in _itself(row).items() if value is not None}
    if people and not itself.keys() - {"geslacht", "aanhef"}:
        people[0]["hoofdcontact"] = True
    else:
        people.insert(0, {**itself, "hoofdcontact": True})
    return people, ("contactpersonen",)


def own_persons(row: Row, *, own: bool) -> tuple[list[Person], bool]:
    """Return the persons that a row itself has, for an existing record, and whether the contact itself is one of them.

    No person is made the main one; the contact's own cells belong to its main person.
    """
    as_typed = own and text(row.values.get("country_code")) is not None
    people = [_person(row, values, as_typed=as_typed) for values in row.children.get("contact_persons", ())]
    for person, values in zip(people, row.children.get("contact_persons", ()), strict=True):
        if flag(values.get("main_contact")) is None:
            del person["hoofdcontact"]
    itself = {wire: value for wire, value in _itself(row).items() if value is not None}
    if not itself or any(person.get("hoofdcontact") for person in people):
        return people, False
    return [{**itself, "hoofdcontact": True}, *people], True


def _person(row: Row, values: Mapping[str, Any], *, as_typed: bool) -> Person:
    person: Person = {wire: text(values.get(column)) for wire, column in PERSON_COLUMNS.items()}
    person |= {wire: _number(values, column, as_typed=as_typed) for wire, column in NUMBERS.items()}
    person |= {
        "id": local_id(row, "person_id", values) if row.local else None,
        "achternaam": family_name(values),
        "geslacht": _gender(values),
        "adres": line(values),
        "hoofdcontact": flag(values.get("main_contact")) is True,
        "nieuwsbrief_ids": (texts(values.get("newsletter_ids")) or None) if may_send(row, "newsletter_ids") else None,
    }
    return {wire: value for wire, value in person.items() if value is not None}


def _itself(row: Row) -> Person:
    """Build a person from the contact's own columns."""
    person: Person = {wire: text(row.values.get(column)) for wire, column in MAIN.items()}
    person["voornaam"] = person["voornaam"] or text(row.values.get("initials"))
    return person | {"achternaam": family_name(row.values), "geslacht": _gender(row.values)}


def _number(values: Mapping[str, Any], column: str, *, as_typed: bool) -> str | None:
    dialled, raw = text(values.get(column)), text(values.get(f"{column}_raw"))
    return raw if raw and (as_typed or dialled is None) else dialled


def _gender(values: Mapping[str, Any]) -> str | None:
    said = text(values.get("gender"))
    return GENDERS.get(said, said) if said else None


def family_name(values: Mapping[str, Any]) -> str | None:
    """Join tussenvoegsel and family name, without a space after d'."""
    insertion, name = text(values.get("insertion")), text(values.get("last_name"))
    if not insertion or not name:
        return name or insertion
    return f"{insertion}{name}" if insertion.casefold() in ("d'", "l'", "d’", "l’") else f"{insertion} {name}"


def _completed(row: Row, people: Sequence[Person]) -> tuple[str, ...]:
    """Add the contact's own e-mail address and numbers to free fields of its main person, unless somebody has them."""
    main = next(person for person in people if person["hoofdcontact"])
    filled = []
    for column, fields in (("email", EMAILS), ("phone", PHONES), ("mobile", PHONES)):
        own = text(row.values.get(column))
        free = next((name for name in fields if not main.get(name)), None)
        if own and free and not has_value(people, fields, own):
            main[free] = own
            filled.append(f"contactpersonen.{free}")
    return tuple(filled)


def has_value(people: Sequence[Mapping[str, Any]], fields: Sequence[str], value: str) -> bool:
    """Check whether any person has that e-mail address or number."""
    is_same = same_number if fields is PHONES else _same_text
    return any(is_same(str(person[name]), value) for person in people for name in fields if person.get(name))


def _same_text(one: str, other: str) -> bool:
    return folded(one) == folded(other)


def merged(
    remote: Sequence[Mapping[str, Any]],
    sent: Sequence[Mapping[str, Any]],
    *,
    filled: bool,
    main_is_contact: bool = False,
) -> list[Person]:
    """Merge the persons that are sent into the remote's: new ones are appended, none is removed, one is the main one.

    A person is matched by id, then by e-mail address, then by name. With `filled` the main person that is sent is the
    contact itself and matches the remote's main person, unless both have names; with `main_is_contact` it always does.
    """
    kept = [dict(person) for person in remote]
    met: list[int] = []
    for person in sent:
        is_main = person.get("hoofdcontact") is True
        place = _main_place(kept) if main_is_contact and is_main else None
        if place is None:
            place = _found(kept, person, met, filled=filled and is_main)
        if place is None:
            place = len(kept)
            kept.append({})
        met.append(place)
        kept[place] |= {name: value for name, value in person.items() if not blank(value) and name != "id"}
    main = next((place for place, person in zip(met, sent, strict=True) if person.get("hoofdcontact")), None)
    if main is None:
        main = _main_place(kept) or 0
    return [{**person, "hoofdcontact": place == main} for place, person in enumerate(kept)]


def _main_place(kept: Sequence[Person]) -> int | None:
    return next((place for place, person in enumerate(kept) if person.get("hoofdcontact")), None)


def _found(kept: Sequence[Person], sent: Mapping[str, Any], met: Sequence[int], *, filled: bool) -> int | None:
    left = [(place, person) for place, person in enumerate(kept) if place not in met and "id" in person]
    for key in (_id, _emails, _name):
        wanted = key(sent)
        for place, person in left:
            if wanted & key(person):
                return place
    if not filled:
        return None
    return next(
        (place for place, person in left if person.get("hoofdcontact") and not (_name(sent) and _name(person))), None
    )


def _id(person: Mapping[str, Any]) -> set[str]:
    return {str(person["id"])} if person.get("id") is not None else set()


def _emails(person: Mapping[str, Any]) -> set[str]:
    return {folded(person[name]) for name in EMAILS if folded(person.get(name))}


def _name(person: Mapping[str, Any]) -> set[str]:
    name = f"{folded(person.get('voornaam'))} {folded(person.get('achternaam'))}".strip()
    return {name} if name else set()
