"""A small gazetteer: real towns with their province, postcodes, area code and rough position, and common street names.

Each postcode range lies within one province, so that a province can be checked against its postcode. The streets
have common names that any town may have; no address is meant to exist.
"""

from __future__ import annotations

from typing import NamedTuple


class Town(NamedTuple):
    country: str
    province: str  # ISO 3166-2
    city: str
    first: int  # postcodes, both included
    last: int
    area: str  # without the leading zero
    latitude: float
    longitude: float
    french: bool = False


def _nl(province: str, city: str, postcodes: tuple[int, int], area: str, position: tuple[float, float]) -> Town:
    return Town("NL", f"NL-{province}", city, *postcodes, area, *position)


DUTCH = (
    _nl("NH", "Amsterdam", (1011, 1098), "20", (52.370, 4.895)),
    _nl("NH", "Haarlem", (2011, 2037), "23", (52.381, 4.637)),
    _nl("NH", "Alkmaar", (1811, 1827), "72", (52.632, 4.748)),
    _nl("NH", "Hilversum", (1211, 1223), "35", (52.223, 5.176)),
    _nl("FL", "Almere", (1311, 1359), "36", (52.370, 5.214)),
    _nl("FL", "Lelystad", (8211, 8245), "320", (52.508, 5.475)),
    _nl("UT", "Utrecht", (3511, 3585), "30", (52.091, 5.122)),
    _nl("UT", "Amersfoort", (3811, 3829), "33", (52.156, 5.388)),
    _nl("UT", "Driebergen-Rijsenburg", (3971, 3972), "343", (52.053, 5.281)),
    _nl("OV", "Zwolle", (8011, 8043), "38", (52.517, 6.083)),
    _nl("OV", "Deventer", (7411, 7429), "570", (52.255, 6.160)),
    _nl("OV", "Enschede", (7511, 7548), "53", (52.222, 6.894)),
    _nl("GE", "Arnhem", (6811, 6846), "26", (51.985, 5.899)),
    _nl("GE", "Nijmegen", (6511, 6546), "24", (51.843, 5.855)),
    _nl("GE", "Apeldoorn", (7311, 7339), "55", (52.211, 5.970)),
    _nl("ZH", "Den Haag", (2511, 2597), "70", (52.080, 4.310)),
    _nl("ZH", "Rotterdam", (3011, 3089), "10", (51.924, 4.477)),
    _nl("ZH", "Leiden", (2311, 2334), "71", (52.160, 4.494)),
    _nl("ZH", "Gouda", (2801, 2809), "182", (52.012, 4.710)),
    _nl("ZE", "Middelburg", (4331, 4337), "118", (51.499, 3.614)),
    _nl("ZE", "Goes", (4461, 4465), "113", (51.504, 3.889)),
    _nl("NB", "Breda", (4811, 4839), "76", (51.589, 4.776)),
    _nl("NB", "Tilburg", (5011, 5049), "13", (51.560, 5.091)),
    _nl("NB", "Eindhoven", (5611, 5658), "40", (51.441, 5.470)),
    _nl("NB", "'s-Hertogenbosch", (5211, 5237), "73", (51.690, 5.304)),
    _nl("NB", "Nistelrode", (5388, 5388), "412", (51.706, 5.563)),
    _nl("LI", "Maastricht", (6211, 6229), "43", (50.851, 5.691)),
    _nl("LI", "Venlo", (5911, 5928), "77", (51.370, 6.172)),
    _nl("GR", "Groningen", (9711, 9747), "50", (53.219, 6.567)),
    _nl("GR", "Appingedam", (9901, 9903), "596", (53.322, 6.858)),
    _nl("FR", "Leeuwarden", (8911, 8941), "58", (53.201, 5.799)),
    _nl("FR", "Heerenveen", (8441, 8449), "513", (52.960, 5.920)),
    _nl("DR", "Assen", (9401, 9408), "592", (52.993, 6.564)),
    _nl("DR", "Drouwen", (9533, 9533), "599", (52.952, 6.797)),
)

BELGIAN = (
    Town("BE", "BE-BRU", "Brussel", 1000, 1000, "2", 50.847, 4.352),
    Town("BE", "BE-BRU", "Ixelles", 1050, 1050, "2", 50.833, 4.367, french=True),
    Town("BE", "BE-VAN", "Antwerpen", 2000, 2060, "3", 51.221, 4.400),
    Town("BE", "BE-VAN", "Mechelen", 2800, 2801, "15", 51.026, 4.478),
    Town("BE", "BE-VBR", "Leuven", 3000, 3001, "16", 50.880, 4.701),
    Town("BE", "BE-VLI", "Hasselt", 3500, 3501, "11", 50.931, 5.338),
    Town("BE", "BE-VOV", "Gent", 9000, 9000, "9", 51.054, 3.721),
    Town("BE", "BE-VWV", "Brugge", 8000, 8000, "50", 51.209, 3.225),
    Town("BE", "BE-WLG", "Liège", 4000, 4000, "4", 50.633, 5.568, french=True),
    Town("BE", "BE-WNA", "Namur", 5000, 5000, "81", 50.467, 4.867, french=True),
    Town("BE", "BE-WBR", "Wavre", 1300, 1300, "10", 50.717, 4.612, french=True),
)

GERMAN = (
    Town("DE", "DE-NW", "Kleve", 47533, 47533, "2821", 51.788, 6.138),
    Town("DE", "DE-NW", "Münster", 48143, 48167, "251", 51.963, 7.628),
    Town("DE", "DE-BE", "Berlin", 10115, 10119, "30", 52.530, 13.400),
)

FRENCH = (
    Town("FR", "FR-HDF", "Lille", 59000, 59000, "3", 50.631, 3.058, french=True),
    Town("FR", "FR-IDF", "Paris", 75001, 75020, "1", 48.857, 2.352, french=True),
)

DUTCH_STREETS = (
    "Dorpsstraat", "Kerkstraat", "Molenweg", "Stationsstraat", "Lindelaan", "Beukenlaan", "Kastanjelaan", "Havenkade",
    "Wilhelminastraat", "Julianaplein", "Oranjelaan", "Sluisweg", "Raadhuisplein", "Oude Rijksweg", "De Bongerd",
    "Het Zand", "Korte Nieuwstraat", "Laan van Nieuw Oosteinde", "Burgemeester van Hofstraat", "Prins Hendrikkade",
    "Dokter Van Dijkstraat", "'s-Gravelandseweg", "Sint Jansstraat", "Zuiderzeelaan", "Van Speijkstraat",
    "Groene Hilledijk", "Aan de Wal", "Hoge Rijndijk", "Jan van Galenstraat", "Noordeinde", "Veldzicht",
)  # fmt: skip
# With a number in the street's own name, only separate parts can be read without guessing.
TRICKY_STREETS = ("Plein 1944", "2e Kruisstraat", "Laan 1940-1945", "Straat van 1813", "Markt 12 Hoven")
FLEMISH_STREETS = ("Kerkstraat", "Stationsstraat", "Grote Markt", "Leopoldlaan", "Nieuwstraat", "Diestsesteenweg")
WALLOON_STREETS = ("Rue de la Station", "Rue Haute", "Avenue Louise", "Chaussée de Wavre", "Place de l'Église")
GERMAN_STREETS = ("Bahnhofstraße", "Hauptstraße", "Münsterstraße", "Am Rathaus", "Gartenweg")
FRENCH_STREETS = ("Rue de la République", "Avenue Foch", "Boulevard Carnot", "Rue de l'Église", "Place Sébastopol")


def streets(place: Town) -> tuple[str, ...]:
    if place.country == "BE":
        return WALLOON_STREETS if place.french else FLEMISH_STREETS
    return {"NL": DUTCH_STREETS, "DE": GERMAN_STREETS, "FR": FRENCH_STREETS}[place.country]
