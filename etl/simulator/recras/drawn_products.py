"""Draw a Recras product by row number: its wire object as in `GET /api2/producten`, and its truth.

The document shows locations, materials and default attachments only where a product is created. Here two in five
products also have them when read: readers must not depend on either.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from etl.simulator.data import spelling
from etl.simulator.data.dice import PRODUCT, Dice
from etl.simulator.data.drawn import Columns, DrawnProduct, Wire
from etl.simulator.data.party import draw_address
from etl.simulator.data.places import DUTCH

FIRST_ID = 1

_SUBJECTS = ("Klimmen", "Kanovaren", "Boogschieten", "Escaperoom", "Lunch", "Tandem", "GPS-tocht", "Sloepvaren")
_FOR = ("1u kind", "2u volwassenen", "groepen", "familie", "café-arrangement", "VIP")
_DURATIONS = (("PT1H", 60), ("PT2H30M00S", 150), ("PT45M", 45), ("PT90M", 90), ("P1D", 1440), ("PT1H15M", 75))


def draw_article(row: int, seed: int) -> DrawnProduct:
    dice = Dice(seed, PRODUCT, row)
    product_id = FIRST_ID + row
    duration, minutes = dice.pick(_DURATIONS)
    name = f"{dice.pick(_SUBJECTS)} {dice.pick(_FOR)}"
    vat, sales = dice.pick((21, 9, 6)), dice.pick((15, 12.5, 7.95, 0, 149, 1250.75))
    description = spelling.as_formula(
        dice.pick(("", "Met de hele groep, onder begeleiding.", "Lekker één uur klimmen")), dice
    )
    wire: Wire = {
        "id": product_id,
        "leverancier_id": dice.whole(1, 9),
        "naam": name,
        "weergavenaam": dice.pick(("", f"{name} in ons bos")),
        "inkoop": dice.pick((0, 7, 4.25)),
        "verkoop": sales,
        "minimum_aantal": dice.pick((1, 1, 8)),
        "duur": duration,
        "btw": vat,
        "beschrijving_klant": description,
        "uitgebreide_omschrijving": f"<p>{name}:&nbsp;voor elk wat wils!</p> <p><strong>Vanaf 8 jaar</strong></p>",
        "productgroep_id": dice.whole(1, 5),
        "mag_api": dice.chance(0.8),
        "los_op_planning": dice.chance(0.5),
        "planstrategie": dice.pick((None, "drukte")),
        "personeelsinstructie": dice.pick(("", "Let goed op de jongste kinderen")),
        "locatie_verplicht": dice.chance(0.3),
        "extra": {"tag": "klimmen"} if dice.chance(0.3) else None,
        "aantalbepaling": "per_x_personen",
        "aantal": 1,
        "per_x_personen": dice.pick((1, 2, 10)),
        "per_x_personen_afronding": dice.pick(("boven", "niet")),
        "is_deleted": dice.chance(0.02),
        "ProductPrice": _prices(sales, vat, dice),
        "afbeelding_href": f"/api2/producten/{product_id}/afbeelding",
    }
    locations: list[Columns] = []
    if dice.chance(0.4):
        wire["Materialen"] = _materials(dice)
        wire["Locaties"], locations = _locations(row, dice)
        wire["Standaardbijlagen"] = []
    ids: Columns = {"system": "recras", "stream": "producten", "source_id": str(product_id)}
    return DrawnProduct(
        wire,
        {**ids, **_product(wire), "duration_minutes": minutes},
        [{**ids, **price} for price in _price_rows(wire)],
        [{**ids, **material} for material in _material_rows(wire)],
        [{**ids, **location} for location in locations],
    )


def _prices(sales: float, vat: int, dice: Dice) -> list[Wire]:
    prices = [{"btw": vat, "verkoop": sales}]
    return [*prices, {"btw": 9, "verkoop": 2.5}] if dice.chance(0.2) else prices


def _materials(dice: Dice) -> list[Wire]:
    return [
        {
            "materiaal_id": dice.whole(1, 20),
            "aantal": dice.pick((1, 2, 0.5)),
            "per_x_aantal": dice.pick((1, 2)),
            "afronding": dice.pick(("boven", "niet")),
        }
        for _ in range(dice.whole(0, 2))
    ]


def _locations(row: int, dice: Dice) -> tuple[list[Wire], list[Columns]]:
    """Draw a location with all fields and sometimes, as in the document's sample, its parent with only an `id`."""
    address = draw_address(dice.pick(DUTCH), dice)
    line = spelling.one_line(address, dice)
    number = 27 + row % 40
    latitude, longitude = round(address.place.latitude, 5), round(address.place.longitude, 6)
    full: Wire = {
        "id": number,
        "naam": "Klimbos",
        "kleur": "#40ed21",
        "weergavenaam": "Klimbos",
        "adres": line.text,
        "postcode": address.postcode,
        "plaats": address.place.city,
        "telefoonnummer": "",
        "latitude": latitude,
        "longitude": longitude,
        "capaciteit": None,
        "aantal_groepen": None,
        "uitgebreide_omschrijving": "",
        "image_filename": "",
        "parent_id": number + 1,
    }
    columns: Columns = {"location_id": str(number), "name": "Klimbos", "address_line": line.text, "colour": "#40ed21"}
    columns |= {"display_name": "Klimbos", "phone_number": None, "parent_id": str(number + 1)}
    columns |= dict.fromkeys(("capacity", "number_of_groups", "extended_description", "image_filename"))
    columns |= {"postcode": address.postcode, "city": address.place.city}
    columns |= {"latitude": latitude, "longitude": longitude}
    if line.certain:
        columns |= spelling.split_columns(address)
    if dice.chance(0.7):
        return [full], [columns]
    return [full, {"id": number + 1}], [columns, {"location_id": str(number + 1)}]


_COLUMNS = {
    "leverancier_id": "supplier_id", "naam": "name", "weergavenaam": "display_name", "inkoop": "purchase_price",
    "verkoop": "sales_price", "minimum_aantal": "minimum_quantity", "duur": "duration_iso", "btw": "vat_percentage",
    "beschrijving_klant": "customer_description", "uitgebreide_omschrijving": "extended_description",
    "productgroep_id": "product_group_id", "mag_api": "api_allowed", "los_op_planning": "separate_on_planning",
    "planstrategie": "planning_strategy", "personeelsinstructie": "staff_instruction",
    "locatie_verplicht": "location_required", "aantalbepaling": "quantity_determination", "aantal": "quantity",
    "per_x_personen": "per_x_persons", "per_x_personen_afronding": "per_x_persons_rounding",
    "is_deleted": "is_deleted", "afbeelding_href": "image_href",
}  # fmt: skip
_DECIMALS = {"inkoop", "verkoop", "btw"}


def _exact(value: Any) -> Decimal:
    return Decimal(str(value))


def _product(wire: Wire) -> Columns:
    """Return the columns that wire fields fill one to one. Ids of other records stay integers."""
    return {
        column: _exact(wire[key]) if key in _DECIMALS else None if wire[key] == "" else wire[key]
        for key, column in _COLUMNS.items()
    }


def _price_rows(wire: Wire) -> list[Columns]:
    return [
        {"position": at, "vat_percentage": _exact(price["btw"]), "sales_price": _exact(price["verkoop"])}
        for at, price in enumerate(wire["ProductPrice"])
    ]


def _material_rows(wire: Wire) -> list[Columns]:
    return [
        {
            "material_id": material["materiaal_id"],
            "quantity": _exact(material["aantal"]),
            "per_x_quantity": material["per_x_aantal"],
            "rounding": material["afronding"],
        }
        for material in wire.get("Materialen", [])
    ]
