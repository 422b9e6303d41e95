"""Rows to draft: out of the golden ones, or of a few cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from etl.systems.declare import Draft, Drafting, Problem, Row, Target
from etl.systems.targets import target_of
from tests.support.moving import rows_of

GOLDEN = Path(__file__).parents[2] / "samples" / "golden"
CUSTOMERS = target_of("cyclesoftware", "customers")
CONTACTEN = target_of("recras", "contacten")
KLANTEN = target_of("recras", "klanten")
PRODUCTEN = target_of("recras", "producten")
CONTACTS = target_of("invoicing", "contacts")
SHOPPERS = target_of("woocommerce", "customers")
TARGETS = (CUSTOMERS, CONTACTEN, KLANTEN, PRODUCTEN, CONTACTS, SHOPPERS)
NONE = Drafting(None, {})
NEW = Drafting("R-1", {"payment_term_days": 14})


def golden(page: str, *, local: bool = False) -> Iterator[Row]:
    """The rows that a sample page comes out as."""
    tables = {path.stem: _lines(path) for path in sorted((GOLDEN / page).glob("*.jsonl"))}
    main = next(table for table in ("contacts", "products") if table in tables)
    return rows_of({main: tables.pop(main), **tables}, local=local)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def row(cells: Mapping[str, Any], *, system: str = "", **children: Sequence[Mapping[str, Any]]) -> Row:
    return Row(cells, children, system)


COMPLETE = row(
    {
        "name": "Fietsenwinkel De Ketting",
        "email": "info@deketting.example.nl",
        "phone": "+31206234567",
        "address_line": "Kerkstraat 12-hs",
        "street": "Kerkstraat",
        "house_number": 12,
        "house_number_postfix": "hs",
        "postcode": "1017GC",
        "city": "Amsterdam",
        "country_code": "NL",
        "kind": "customer",
    }
)
"""A row that every target of contacts takes."""


PRODUCT = row({"name": "Tandem", "purchase_price": 7, "minimum_quantity": 1, "supplier_id": 3, "duration_iso": "PT1H"})
"""A row that the target of products takes."""


def called(target: Target) -> str:
    """The name of a target, or another one where two systems have it."""
    return "shoppers" if target.create.path == SHOPPERS.create.path else target.name


every_target = pytest.mark.parametrize("target", TARGETS, ids=called)


def with_cells(given: Row, **cells: Any) -> Row:
    return replace(given, values={**given.values, **cells})


def drafted(target: Target, given: Row, drafting: Drafting = NEW) -> Draft:
    found = target.draft(given, drafting)
    assert isinstance(found, Draft), found
    return found


def problems(target: Target, given: Row, drafting: Drafting = NEW) -> dict[str, Problem]:
    """The problems of a row by their field."""
    found = target.draft(given, drafting)
    assert isinstance(found, list), found
    return {problem.field: problem for problem in found}
