"""Write contacts to Moneybird: POST creates, PATCH changes the fields that differ, DELETE removes.

Document: Moneybird's OpenAPI document v2-20261002. The fields go in an object `contact`; both calls answer with the
whole contact; "" empties an optional field. A contact needs a company name, a first name or a last name: a name that
is not its person's own goes into the company name.

Moneybird has one field that is to be unique and is for the user's own: `customer_id`. It carries our key, or the row's
own reference, and is never emptied: the server would fill it with a number of its own. What is in doubt is looked for
by it in the whole list: the address for one `customer_id` is documented for figures only, and a search is not exact.

Where a row has no country the server makes it NL.

With a company name, a first or last name makes a contact person as well. That is why a PATCH has them only where they
change. Contact people have calls of their own, and are not written.
"""

from __future__ import annotations

from dataclasses import replace

from etl.systems.declare import Call, Draft, Drafting, Problem, Record, Row, Scan, Target, read_only, written
from etl.systems.moneybird.fields import CONTACT, ONLY_SHOWN, PERSON_ONLY_SHOWN
from etl.systems.moneybird.read import MONEYBIRD
from etl.systems.plain.complete import completed_targets
from etl.systems.shared.cells import folded, text

NAMES = ("company_name", "first_name", "last_name")
PERSON = ("title", "initials", "first_name", "insertion", "last_name")
NAMELESS = "There is no name: fill in a company name or a last name."
NEVER_EMPTY = frozenset({"customer_id", "country"})
SHOWN_AS_WRITTEN = frozenset({"email", "attention"})
"""Fields that cannot be written and change with those that they show: a change there is somebody's edit."""
SERVER_MADE = (read_only(CONTACT) - SHOWN_AS_WRITTEN) | ONLY_SHOWN | PERSON_ONLY_SHOWN


def wrap(body: Record) -> Record:
    return {"contact": dict(body)}


(BY_FIELDS,) = completed_targets(
    MONEYBIRD,
    (
        Target(
            name="contacts",
            stream="contacts",
            create=Call("POST", "/api/v2/{administration_id}/contacts.json"),
            update=Call("PATCH", "/api/v2/{administration_id}/contacts/{id}.json"),
            delete=Call("DELETE", "/api/v2/{administration_id}/contacts/{id}.json"),
            wrap=wrap,
            reference="customer_id",
            lookup=Scan(),
            echoes=frozenset({"create", "update"}),
            server_made=SERVER_MADE,
            clear=dict.fromkeys(sorted(written(CONTACT).keys() - NEVER_EMPTY), ""),
        ),
    ),
)
"""What follows from the table of fields."""


def draft(row: Row, drafting: Drafting) -> Draft | list[Problem]:
    """Build a contact from a row."""
    named = _with_name(row, drafting)
    found = BY_FIELDS.draft(named, drafting)
    if isinstance(found, list):
        return found
    if not drafting.partial and not any(text(named.values.get(column)) for column in NAMES):
        return [Problem("company_name", NAMELESS, instead=("last_name", "first_name"))]
    filled = () if named is row else ("company_name",)
    return replace(found, filled=(*filled, *found.filled), only_if_blank=(*filled, *found.only_if_blank))


def _with_name(row: Row, drafting: Drafting) -> Row:
    """Return a row of a new contact with its name as the company's, where that is not its person's own."""
    values = row.values
    shown = text(values.get("name")) or text(values.get("display_name"))
    if drafting.partial or not shown or text(values.get("company_name")) or _is_person(row, shown):
        return row
    return replace(row, values={**values, "company_name": shown})


def _is_person(row: Row, shown: str) -> bool:
    """Whether a name has only words of the row's person."""
    return {*folded(shown).split()} <= {*" ".join(folded(row.values.get(column)) for column in PERSON).split()}


TARGETS = (replace(BY_FIELDS, draft=draft),)
