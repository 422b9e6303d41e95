"""Street names in every notation that `make accuracy-streets` tries: a few here, all of them there."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks import accuracy_streets as streets

NAMES = {
    "NL": [
        "Kerkstraat", "Van Speijkstraat", "'s-Gravenweg", "2e Hugo de Grootstraat", "Plein 1945", "Laan 1940-1945",
        "Wijk 1",
        "Rijksweg A28", "Avenue Céramique", "De Bus", "Park Nabij", "E3-laan", "Oosterweg E", "Stationsplein-NO", "Hof",
        "Burgemeester de Withstraat", "5 Meiplein", "J.P. Coenstraat", "Sint Jansdijk", "Achter de Kerk",
    ],
    "BE": [
        "Veldstraat", "Rue Haute", "Avenue Albert 1er", "Rue du 11 Novembre", "Ter Kamerenlaan",
        "B. de Saedeleerstraat",
        "Cour Van Achter", "Chaussée de Wavre", "Beau Site 2ème Avenue", "Rue des 4 Carrés", "Fort 7-straat",
        "Sint-Jansvliet",
        "Place de l'Église", "Drève du Prieuré", "Koningin Elisabethlaan", "Rue de Naast", "Grand-Place",
        "Square Léopold",
    ],
}  # fmt: skip


@pytest.mark.parametrize("country", NAMES)
def test_no_name_in_any_notation_is_misread_without_a_flag(country: str) -> None:
    every = len(streets.NOTATIONS[country])
    names = [name for name in NAMES[country] for _ in range(every)]
    found = streets.scored(streets.lines(country, names))
    assert found.select("s", "form").n_unique() == len(NAMES[country]) * every
    wrong = found.filter(pl.col("verdict").is_in(["silent", "flagged"]))
    assert wrong.select("address_line", "got_street", "got_house_number", "verdict").rows() == []


def test_the_verdict_tells_right_from_silently_wrong() -> None:
    frame = streets.lines("NL", ["Kerkstraat"])
    assert streets.scored(frame)["verdict"].to_list() == ["right", "right"]
    assert streets.scored(frame.with_columns(s=pl.lit("Dorpsstraat")))["verdict"].to_list() == ["silent", "silent"]
