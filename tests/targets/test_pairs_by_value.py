"""Nothing is left behind in silence: three hundred messy rows of each system, moved to each other one, value by value.

Whatever a row's cells are not when the target is exported again was told before the first call: its column is among
those that the row's draft drops, or it was filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from etl import records
from etl.push.input.rows import read_input
from etl.push.prepare.draft import draft_of
from etl.push.push import Setting, held, push
from etl.push.push_order import Order, destination_of
from etl.runs.export import export
from etl.runs.export_order import ExportOrder
from etl.runs.workspace import select
from etl.simulator import Simulator
from etl.systems import SYSTEMS
from etl.systems.declare import Draft, Problem, Target
from etl.systems.round_trips import name, owner, pairs
from etl.systems.shared.address import has_split_address
from etl.systems.shared.cells import BLANK, folded
from etl.systems.shared.numbers_to_send import same_number
from etl.systems.shared.own_names import server_made, server_made_in_children
from tests.support.accounts import ACCOUNTS, Accounts, make_accounts
from tests.support.moving import DEFAULTS, Tables

ROWS, SEED = 300, 21
ACCOUNT = {system: account for account, system in ACCOUNTS.items()}
PAIRS = {name(system, target): (system, stream, target) for system, stream, target in pairs()}
FREE: dict[str, Any] = {"per_minute": None, "per_day": None, "moneybird_per_5_minutes": None}
OF_THE_READING = {
    "account", "system", "stream", "source_id", "extracted_at", "issues", "suggestions", "address_rule",
    "address_alternative", "deleted_at", "is_organisation", "valid",
}  # fmt: skip
"""Columns that tell of the row, or of how we read it, and so hold nothing of the source's."""
NAMES = ("name", "display_name", "company_name", "title", "initials", "first_name", "insertion", "last_name")
PERSON = ("first_name", "insertion", "last_name")
PARTS = ("address_line", "street", "house_number", "house_number_postfix", "box")
FILLS = {
    "contactpersonen": ("first_name", "insertion", "last_name", "gender", "title", "email", "phone", "mobile"),
    "contactpersonen.telefoon1": ("phone", "mobile"),
    "contactpersonen.telefoon2": ("phone", "mobile"),
    "naam": ("name", "display_name"),
    "phone": ("phone", "mobile"),
    "invoice_address": tuple(f"invoice_{part}" for part in PARTS),
}
"""The columns that are read out of a field that was filled in, where it is not one alone."""
MAKES = {
    "cyclesoftware": ("created_at", "discount_percentage"), "recras": ("company_id", "status"),
    "invoicing": ("created_at", "modified_at"),
    "moneybird": ("created_at", "modified_at", "country_code", "province_code"),
    "woocommerce": ("customer_type", "created_at", "modified_at"),
}  # fmt: skip
"""Columns that a server fills in by itself in a new record whose body does not say them."""
FIELDS = {"tel", "mob", "phone", "mobile", "fax", "telefoon1", "telefoon2", "billing.phone", "shipping.phone"}
"""Names of fields, which stand where a number has no id of its own."""
SAYS_NOTHING = {"phone_number_id": FIELDS, "kind": ("other",)}
"""Of a number that could not be read, and now perhaps can."""
STANDS_IN = {"email_1": "email", "email_2": "email", "salutation": "title"}
"""Column of a person to the one of its contact where the two are the same person."""
Values = Mapping[str, Any]


class Untold(NamedTuple):
    """A value that is another one now, and of which nobody was told."""

    key: str
    column: str
    was: Any
    now: Any


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def source(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Accounts]:
    async with Simulator(rows=ROWS, seed=SEED, **FREE) as full:
        accounts = make_accounts(tmp_path_factory.mktemp("source"), full.base_url)
        await accounts.export(*(f"{ACCOUNT[system.id]}.{stream.name}" for system, stream, _ in PAIRS.values()))
    yield accounts


@dataclass(frozen=True)
class Moved:
    """What was there, what was told of each row before the first call, and what there is now, by its new id."""

    given: Tables
    told: Mapping[str, Draft | list[Problem]]
    ids: Mapping[str, str]
    back: Tables


async def moved(source: Accounts, to: Accounts, pair: str) -> Moved:
    system, stream, target = PAIRS[pair]
    loaded = to.settings()
    account = f"new-{ACCOUNT[owner(target)]}"
    destination = destination_of(loaded, f"{account}.{target.name}")
    streamed = f"{ACCOUNT[system.id]}.{stream.name}"
    order = Order([source.out / "contacts" / f"{streamed}.parquet"], to.out)
    given = read_input(order, destination)
    told = {one.source.key: draft_of(one, order, destination) for part in given.slices() for one in part}
    with held(loaded, destination):
        report = await push(Setting(loaded, destination, to.out), order, given)
    assert report.count("created") + report.count("rejected") == report.received == ROWS
    results = to.rows("results", report.run_id)
    ids = {row["key"]: row["remote_id"] for row in results if row["outcome"] == "created"}
    meant = {key for key, draft in told.items() if isinstance(draft, Draft)}
    assert meant - twice(target, told) == ids.keys()
    await export(loaded, ExportOrder(select(loaded, [f"{account}.{target.stream}"]), to.out))
    tables = destination.stream.tables
    back = {table: to.rows(table, f"{account}.{target.stream}") for table in tables}
    return Moved(source.tables(streamed), told, ids, back)


def twice(target: Target, told: Mapping[str, Draft | list[Problem]]) -> set[str]:
    """The rows that a shop refuses, because it has their e-mail address from a row before."""
    found, taken = set[str](), set[str | None]()
    for key, draft in told.items():
        if isinstance(draft, Draft) and owner(target) == "woocommerce":
            own = target.natural_key(draft.body)
            found |= {key} if own in taken else set()
            taken.add(own)
    return found


@pytest.mark.parametrize("pair", PAIRS)
async def test_whatever_does_not_arrive_was_told_before_the_first_call(
    pair: str, source: Accounts, tmp_path: Path
) -> None:
    async with Simulator(rows=0, products=0, **FREE) as empty:
        to = make_accounts(tmp_path, empty.base_url)
        text = to.config.read_text("utf-8").replace("[accounts.", "[accounts.new-")
        defaults = f"[accounts.new-books.defaults]\npayment_term_days = {DEFAULTS['payment_term_days']}\n[state]"
        to.config.write_text(text.replace("[state]", defaults), "utf-8")
        found = await moved(source, to, pair)
    assert len(found.ids) >= ROWS * 0.7, "most rows have what the target requires"
    assert list(untold(found, pair)) == []


def untold(found: Moved, pair: str) -> Iterator[Untold]:
    system, _, target = PAIRS[pair]
    given = {table: by_contact(rows) for table, rows in found.given.items()}
    arrived = {table: by_contact(rows) for table, rows in found.back.items()}
    for key in given["contacts"]:
        draft = found.told[key]
        if isinstance(draft, Draft) and key in found.ids:
            was = {table: rows.get(key, []) for table, rows in given.items()}
            now = {table: rows.get(found.ids[key], []) for table, rows in arrived.items()}
            sides = Sides(was, now, draft, target, apart=has_split_address(system.id))
            yield from (Untold(key, *one) for one in (*sides.contact(), *sides.persons(), *sides.numbers()))


@dataclass(frozen=True)
class Sides:
    """The rows of one contact as they were and as they are, by table."""

    was: Mapping[str, Sequence[Values]]
    now: Mapping[str, Sequence[Values]]
    draft: Draft
    target: Target
    apart: bool

    def contact(self) -> Iterator[tuple[str, Any, Any]]:
        (was,), (now,) = self.was["contacts"], self.now["contacts"]
        for column in records.fields("contacts"):
            one, other = was[column], now[column]
            if column in OF_THE_READING or self.told(f"contacts.{column}") or (self.apart and column == "address_line"):
                continue
            if one in BLANK and other not in BLANK and column in self.filled():
                continue
            if column == "extra":
                yield from ((f"contacts.extra.{field}", value, None) for field, value in self.extra_lost(was, now))
            elif not equal(column, one, other) and not (column in NAMES and self.is_named(one)):
                yield f"contacts.{column}", one, other

    def told(self, column: str) -> bool:
        return column in self.draft.dropped

    def filled(self) -> set[str]:
        names = {column for name in self.draft.filled for column in FILLS.get(name, (self.target.columns.get(name),))}
        return {*MAKES[owner(self.target)], *(name for name in names if name)}

    def is_named(self, value: Any) -> bool:
        """Whether a name arrived in another of the columns of names."""
        (now,) = self.now["contacts"]
        there = " ".join(folded(now[column]) for column in NAMES).split()
        return {*folded(value).split()} <= {*there}

    def extra_lost(self, was: Values, now: Values) -> Iterator[tuple[str, Any]]:
        """Fields of no column that did not arrive. The original of a value whose column arrived is none, nor is that of
        a number or a person: those have rows of their own."""
        (system,) = {was["system"]}
        of = columns_of(system, "contacts")
        one, other = (json.loads(side["extra"] or "{}") for side in (was, now))
        for field, value in one.items():
            read = "." in field or any(was[column] not in BLANK for column in of.get(field, ()))
            if value and value != other.get(field) and not read and field not in server_made():
                yield field, value

    def persons(self) -> Iterator[tuple[str, Any, Any]]:
        people = [*self.now.get("contact_persons", ())]
        for was in self.was.get("contact_persons", ()):
            if people and self.target.name != "contacts":
                yield from self.least("contact_persons", was, people)
            else:
                yield from self.person_elsewhere(was)
            yield from self.extra_of_child("contact_persons", was)
        # a server may make a person of the contact's own name
        people = [one for one in people if not self.is_named(" ".join(one[name] or "" for name in PERSON))]
        if people and "contactpersonen" not in self.draft.filled:
            yield "contact_persons", "nobody", people

    def least(self, table: str, was: Values, left: list[Values]) -> Iterator[tuple[str, Any, Any]]:
        """Where the row that is most like it differs, which is then taken."""
        compared = [(list(self.compared(table, was, now)), now) for now in left]
        if not compared:
            yield table, was, None
            return
        differs, nearest = min(compared, key=lambda one: len(one[0]))
        left.remove(nearest)
        yield from differs

    def compared(self, table: str, was: Values, now: Values) -> Iterator[tuple[str, Any, Any]]:
        for column in records.fields(table):
            if column in OF_THE_READING | {"extra"} or self.told(f"{table}.{column}"):
                continue
            if table == "phone_numbers" and was[column] in SAYS_NOTHING.get(column, ()):
                continue
            if was[column] not in BLANK and not equal(column, was[column], now[column]):
                yield f"{table}.{column}", was[column], now[column]

    def person_elsewhere(self, was: Values) -> Iterator[tuple[str, Any, Any]]:
        """A person where there is no table of them: its values stand with the contact, or were told."""
        (now,) = self.now["contacts"]
        numbers = [now["phone"], now["mobile"], *(one["raw"] for one in self.now["phone_numbers"])]
        several = len(self.was["contact_persons"]) > 1
        for column in records.fields("contact_persons"):
            value = was[column]
            if column in OF_THE_READING | {"extra"} or value in BLANK or self.told(f"contact_persons.{column}"):
                continue
            if column.startswith("phone_"):
                there = any(one and same_number(one, value) for one in numbers)
            elif column in ("first_name", "insertion", "last_name"):
                there = self.is_named(value)
            elif column == "main_contact":
                there = not several
            else:
                there = equal(column, value, now.get(STANDS_IN.get(column, column)))
            if not there:
                yield f"contact_persons.{column}", value, None

    def extra_of_child(self, table: str, was: Values) -> Iterator[tuple[str, Any, Any]]:
        of = columns_of(was["system"], table)
        for field, value in json.loads(was["extra"] or "{}").items():
            read = any(was[column] not in BLANK for column in of.get(field, ()))
            if value and not read and field not in server_made_in_children() and not self.told(f"{table}.extra"):
                yield f"{table}.extra.{field}", value, None

    def numbers(self) -> Iterator[tuple[str, Any, Any]]:
        given = [one for one in self.was["phone_numbers"] if one["raw"] is not None]
        left = [one for one in self.now["phone_numbers"] if one["raw"] is not None]
        for was in given:
            alike = [
                one for one in left if same_number(one["raw"], was["raw"]) or one["e164"] == was["e164"] is not None
            ]
            if not alike and self.told("phone_numbers.raw"):
                continue
            yield from self.least("phone_numbers", was, alike)
            yield from self.extra_of_child("phone_numbers", was)
        (contact,) = self.was["contacts"]
        known = [contact["phone"], contact["mobile"], contact["fax"], *(one["raw"] for one in given)]
        for one in left:
            if not any(number and same_number(number, one["raw"]) for number in known):
                yield "phone_numbers", None, one["raw"]


@cache
def columns_of(system: str, table: str) -> Mapping[str, list[str]]:
    """The columns made of a field of that system's."""
    found: dict[str, list[str]] = {}
    for stream in SYSTEMS[system].streams:
        for column, names in stream.names.get(table, {}).items():
            for one in names.split(", "):
                found.setdefault(one.rpartition(".")[2], []).append(column)
    return found


def by_contact(rows: Sequence[Values]) -> dict[Any, list[Values]]:
    found: dict[Any, list[Values]] = {}
    for row in rows:
        found.setdefault(row["source_id"], []).append(row)
    return found


def equal(column: str, one: Any, other: Any) -> bool:
    if one in BLANK and other in BLANK:
        return True
    if column == "gender":  # that nobody knows says nothing
        one, other = (None if value == "unknown" else value for value in (one, other))
    if column.endswith("raw") and one and other:
        return same_number(one, other)
    if column == "address_line" and one and other:  # what stands between its parts says nothing
        one, other = (re.sub(r"[\W_]+", "", value).casefold() for value in (one, other))
    return bool(one == other)
