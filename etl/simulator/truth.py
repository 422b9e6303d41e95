"""Return what a perfect export of the simulator's data holds, by the names of the output's columns.

A column that a reader would have to guess for a record (a house number glued to its street, a national telephone
number without a country, a misspelt country) is left out of that record's dictionary; a column that must be empty is
None. Money and percentages are Decimal, times are aware and in UTC, ids are text except for references to other
records (supplier, product group, material), which stay integers as on the wire.

The rows are those that a simulator starts with, without later writes.
"""

from __future__ import annotations

from collections.abc import Iterator

from etl.simulator.data.drawn import Columns, DrawnContact, DrawnProduct
from etl.simulator.vendors import vendors


def contacts(system: str, rows: int, seed: int, *, stream: str | None = None) -> list[Columns]:
    """Return the `contacts` rows as the given stream shows them, else as the system's first stream does."""
    return [drawn.contact for drawn in _records(system, rows, seed, stream)]


def contact_persons(system: str, rows: int, seed: int) -> list[Columns]:
    """Return the `contact_persons` rows: of Recras' contacten, and of invoicing's SubContacts at depth 1 and more."""
    return [person for drawn in _records(system, rows, seed) for person in drawn.persons]


def phone_numbers(system: str, rows: int, seed: int) -> list[Columns]:
    """Return the `phone_numbers` rows of every number that is not empty, without those of invoicing's SubContacts.

    Only CycleSoftware numbers have an id of their own; the others are identified by `source_id`, `person_id` and `raw`.
    """
    return [phone for drawn in _records(system, rows, seed) for phone in drawn.phones]


def products(rows: int, seed: int) -> list[Columns]:
    return [article.product for article in _articles(rows, seed)]


def product_prices(rows: int, seed: int) -> list[Columns]:
    return [price for article in _articles(rows, seed) for price in article.prices]


def product_materials(rows: int, seed: int) -> list[Columns]:
    return [material for article in _articles(rows, seed) for material in article.materials]


def product_locations(rows: int, seed: int) -> list[Columns]:
    return [location for article in _articles(rows, seed) for location in article.locations]


def _records(system: str, rows: int, seed: int, stream: str | None = None) -> Iterator[DrawnContact]:
    if system not in vendors():
        raise ValueError(f"There is no system {system!r} here: {', '.join(vendors())}.")
    streams = vendors()[system].contacts
    draw = streams.get(stream or "") or next(iter(streams.values()))
    return (drawn for row in range(rows) if (drawn := draw(row, seed)) is not None)


def _articles(rows: int, seed: int) -> Iterator[DrawnProduct]:
    draws = [vendor.products for vendor in vendors().values() if vendor.products is not None]
    return (draw(row, seed) for draw in draws for row in range(rows))
