"""Write customers to WooCommerce: POST creates, PUT changes the fields that it names, DELETE removes a user for good.

Document: "Customers", of the REST API v3, and the source of the plugin's controllers. A field that is missing or null
stays as it is, on every level, and "" empties it, as assumed of all but e-mail addresses. An e-mail address is
required, and only one user has it, whatever their role: a create that is refused because of it is looked up, and by
it alone no record is taken for the row's. There is no field for a reference of ours: customers log in with their user
name, and `meta_data` is a list that others keep in order. A new user gets the role `customer`.

A new billing address has the account's names and e-mail address. Later ones follow the account's where the two are the
same, or the address has none. The address is written in two lines, as it is read from two: what stands behind the
number and a comma is the second. An address for shipping is written for rows of another shop, from their `extra`.
"""

from __future__ import annotations

from dataclasses import replace

from etl.systems.declare import Call, Draft, Drafting, Evidence, Problem, Record, Row, Target
from etl.systems.plain.complete import completed, completed_targets
from etl.systems.shared.body import MAX_TEXT, MISSING, sendable
from etl.systems.shared.canonical import casefolded
from etl.systems.shared.cells import flag, mapping, same_text, text
from etl.systems.shared.child_losses import BodyContent, lost_of_numbers
from etl.systems.shared.dotted import flat
from etl.systems.shared.numbers_to_send import full_name, numbers
from etl.systems.shared.overlay import blank, overlay
from etl.systems.woocommerce.fields import CUSTOMER, LINES, NAMES, SYSTEM
from etl.systems.woocommerce.read import NUMBERS, PATH, WOOCOMMERCE

SHIPPING = tuple(path for path in CUSTOMER if path.startswith("shipping."))
EMAILS = ("email", "billing.email")
WRITTEN = frozenset(
    {
        *(path for path, field in CUSTOMER.items() if field.writable),
        *(f"billing.{name}" for name in NAMES),
        *LINES,
        *SHIPPING,
    }
)
BY_TABLE = Target(
    "customers",
    "customers",
    create=Call("POST", PATH),
    update=Call("PUT", f"{PATH}/{{id}}"),
    delete=Call("DELETE", f"{PATH}/{{id}}?force=true"),
    echoes=frozenset({"create", "update"}),
    sets_off="Each new customer may get the shop's e-mail for new accounts: the shop's settings of e-mails decide.",
)
(PLAIN,) = completed_targets(completed(WOOCOMMERCE), (BY_TABLE,))
TOLD_OF_NUMBERS = {f"phone_numbers.{name}" for name in ("raw", "e164", "kind", "name")}
COLUMNS = {
    **PLAIN.columns,
    **{f"billing.{name}": column for name, column in PLAIN.columns.items() if name in NAMES},
    "billing.address_2": "address_line",
}


def draft(row: Row, drafting: Drafting) -> Draft | list[Problem]:
    """Build a customer from a contact."""
    named, filled = (row, ()) if drafting.partial else _named(row)
    made = PLAIN.draft(named, drafting)
    found = made if isinstance(made, list) else []
    if not drafting.partial and not any(problem.field == "email" for problem in found) and _lacks_email(row):
        found = [*found, Problem("email", MISSING)]
    if found or isinstance(made, list):
        return found
    body = dict(made.body)
    if LINES[0] in body:
        body |= dict(zip(LINES, _two_lines(body[LINES[0]]), strict=True))
    body |= {f"billing.{name}": body[name] for name in NAMES if name in body} | _shipping(row)
    sent = BodyContent((), numbers=[body[path] for path in NUMBERS if path in body])
    dropped = {*made.dropped} - TOLD_OF_NUMBERS | lost_of_numbers(row, sent)
    dropped |= {"phone_numbers.name"} if any(number.own_name for number in numbers(row)) else set()
    dropped -= {"contacts.customer_type"} if _is_customer(row) else set()
    return replace(made, body=body, filled=filled, dropped=tuple(sorted(dropped)))


def _lacks_email(row: Row) -> bool:
    return text(row.values.get("email")) is None


def _named(row: Row) -> tuple[Row, tuple[str, ...]]:
    """Return a row with the name that has no field of its own as a firm's, or as a person's where there is no other and
    nobody says that it is a firm."""
    values, person = row.values, full_name(row.values)
    name = text(values.get("name")) or (None if person else text(values.get("display_name")))
    is_firm = flag(values.get("is_organisation"))
    if name is None or text(values.get("company_name")) or same_text(name, person) or (person and is_firm is False):
        return row, ()
    column, field = ("company_name", "billing.company") if person or is_firm else ("last_name", "last_name")
    return replace(row, values={**values, column: name}), (field,)


def _is_customer(row: Row) -> bool:
    """Check whether a row has the role that a new user gets."""
    return row.system == SYSTEM and text(row.values.get("customer_type")) == "customer"


def _two_lines(line: str) -> tuple[str, str]:
    """Split an address at the first comma behind its number; a number in front, as in France, is none."""
    at = line.find(", ")
    while at >= 0:
        front = line[:at]
        if any(sign.isdigit() for sign in front) and any(sign.isalpha() for sign in front):
            return front, line[at + 2 :]
        at = line.find(", ", at + 1)
    return line, ""


def _shipping(row: Row) -> dict[str, str]:
    """Return the address for shipping of a row from another shop; its phone number is among the row's numbers."""
    if row.system != SYSTEM:
        return {}
    kept = mapping(mapping(row.values.get("extra")).get("shipping"))
    found = {path: kept.get(path.partition(".")[2]) for path in SHIPPING}
    for number in row.children.get("phone_numbers", ()):
        if number.get("phone_number_id") == "shipping.phone":
            found["shipping.phone"] = number.get("raw")
    return {path: value for path, value in found.items() if isinstance(value, str) and _can_be_sent(value)}


def _can_be_sent(value: str) -> bool:
    if blank(value) or len(value) > MAX_TEXT:
        return False
    try:
        return bool(sendable(value))
    except ValueError:
        return False


def merge(remote: Record, draft: Draft) -> Record:
    """Build the update: all that is not blank of the fields that can be written, since a missing one stays."""
    own = {path: value for path, value in PLAIN.record(remote).items() if path in WRITTEN}
    body = overlay(own, draft, read_only=())
    if _joined(draft.body) and same_text(_joined(draft.body), _joined(own)):
        body |= {line: own.get(line) for line in LINES}
    for name in NAMES:
        theirs = own.get(f"billing.{name}")
        if not blank(theirs) and not blank(own.get(name)) and not same_text(theirs, own[name]):
            body[f"billing.{name}"] = theirs
    if same_text(body.get("email"), own.get("email")) and "email" in own:
        body["email"] = own["email"]  # the API takes one that differs in its capitals for another user's
    emptied = LINES[1:] if draft.body.get(LINES[1]) == "" and not blank(own.get(LINES[1])) else ()
    return {path: value for path, value in body.items() if not blank(value)} | dict.fromkeys(emptied, "")


def _joined(record: Record) -> str:
    return ", ".join(filter(None, (text(record.get(line)) for line in LINES)))


def evidence(record: Record) -> Evidence:
    """Collect it, with the name of the billing address where the account has none."""
    own = flat(record)
    names = ("first_name", "last_name")
    if all(blank(own.get(name)) for name in names):
        own |= {name: own.get(f"billing.{name}") for name in names}
    return PLAIN.evidence(own)


def natural_key(body: Record) -> str | None:
    """Return the e-mail address, which one user has: bodies with the same one are sent in order."""
    return casefolded(body.get("email")) or None


TARGETS = (
    replace(
        PLAIN,
        draft=draft,
        merge=merge,
        evidence=evidence,
        natural_key=natural_key,
        children=("phone_numbers",),
        keeps_own=frozenset({"phone_numbers.e164", "phone_numbers.valid"}),
        server_made=frozenset(CUSTOMER) - WRITTEN,
        columns=COLUMNS,
        clear=dict.fromkeys(sorted(WRITTEN - {*EMAILS}), ""),
    ),
)
