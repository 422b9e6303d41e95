"""What a perfect export of the simulator's data holds, by the names of the output's columns.

A column that a reader would have to guess for a record (a house number glued to its street, a national telephone
number without a country, a country that is misspelt) is left out of that record's dictionary; a column that is
certainly empty stands there as None. Money and percentages are Decimal, times are aware and in UTC, ids are text but
for those that point at other records (supplier, product group, material), which stay the wire's integers.

The rows are those a simulator starts with: writes sent to it afterwards are not in here.
"""

from __future__ import annotations

from collections.abc import Iterator

from etl.simulator.cyclesoftware.customers import draw_customer
from etl.simulator.data.drawn import Columns, Drawn
from etl.simulator.invoicing.debtors import draw_debtor
from etl.simulator.recras.articles import Article, draw_article
from etl.simulator.recras.relations import draw_relation

_DRAW = {"cyclesoftware": draw_customer, "recras": draw_relation, "invoicing": draw_debtor}

# GET /api2/klanten sends neither persons nor these.
_NOT_OF_A_KLANT = (
    "country_code", "vat_number", "gender", "first_name", "insertion", "last_name", "email", "phone", "mobile",
)  # fmt: skip


def contacts(system: str, rows: int, seed: int, *, stream: str | None = None) -> list[Columns]:
    """The `contacts` rows. For Recras those of `contacten`, or of `klanten` when that stream is named."""
    if system == "recras" and stream == "klanten":
        return [_klant(drawn) for drawn in _records(system, rows, seed) if drawn.wire["type"] == "klant"]
    return [drawn.contact for drawn in _records(system, rows, seed)]


def contact_persons(system: str, rows: int, seed: int) -> list[Columns]:
    """The `contact_persons` rows: of Recras' contacten, and of invoicing's SubContacts at depth 1 and more."""
    return [person for drawn in _records(system, rows, seed) for person in drawn.persons]


def phone_numbers(system: str, rows: int, seed: int) -> list[Columns]:
    """The `phone_numbers` rows of every number that is not empty, without those of invoicing's SubContacts.

    Only CycleSoftware numbers have an id of their own; the others are known by `source_id`, `person_id` and `raw`.
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


def _records(system: str, rows: int, seed: int) -> Iterator[Drawn]:
    if system not in _DRAW:
        raise ValueError(f"There is no system {system!r} here: {', '.join(_DRAW)}.")
    draw = _DRAW[system]
    return (draw(row, seed) for row in range(rows))


def _articles(rows: int, seed: int) -> Iterator[Article]:
    return (draw_article(row, seed) for row in range(rows))


def _klant(drawn: Drawn) -> Columns:
    columns = {name: value for name, value in drawn.contact.items() if name not in _NOT_OF_A_KLANT}
    columns["stream"] = "klanten"
    if drawn.wire["landcode"] and drawn.wire["postcode"] != columns.get("postcode"):
        columns.pop("postcode", None)  # without a country in sight, closing the postcode's gap is a guess
    return columns
