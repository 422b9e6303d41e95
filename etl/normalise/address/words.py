"""The words of addresses, one list per class: a word added here is known to every rule that uses its class.

In a list a dot means "a dot or nothing" (`t.a.v.` also matches `tav`) and a space any run of spaces. Nothing else is
special: the words are escaped when the rules are built. Case is ignored.
"""

import re
from collections.abc import Iterable

POSTFIX = ("toev.", "toevoeging", "huisnummertoevoeging", "huisletter", "toevoegsel", "postfix", "suffix", "zusatz")
"""Words that only announce a postfix."""

NUMBER = (
    "nr.", "nrs.", "no.", "n°", "nº", "n.°", "№", "#", "num.", "numéro", "numero", "nummer", "number", "huisnr.",
    "huisnummer", "hnr.", "h.nr.", "hausnr.", "hausnummer",
)  # fmt: skip
"""Words that only announce a house number."""

PO_BOX = (
    "postbus", "postbusnr.", "postbusnummer", "postb.", "p.b.", "antwoordnummer", "antwoordnr.", "antw.nr.",
    "antwoord nummer", "postfach", "boîte postale", "boite postale", "b.p.", "case postale", "c.p.", "p.o. box",
    "p.o.box", "p.o.b.", "p o box", "p/o box", "post office box", "postbox", "post box", "postfak", "postboks",
    "locked bag", "private bag", "casella postale", "apartado", "apartado de correos", "skrytka pocztowa", "c.s.",
)  # fmt: skip

PO_BOX_LETTERS = ("pb", "bp", "cp", "cs")
"""Those that without their dots are also the end of a name (`HOV-baan CS 12`)."""

BOX = ("bus", "busnr.", "busnummer", "bte.", "boîte", "boite", "bt.", "brievenbus")
"""Words for a Belgian letter box, understood in every country."""

BELGIAN_BOX = ("b.", "bs.", "bs", "box", "bus", "bte", "boîte", "#")
"""Words that are a letter box in Belgium and something else abroad. `b` needs its dot: `12 b3` has two readings."""

BOX_PLACE = (
    "rdc", "r.d.c.", "rez", "rez-de-chaussée", "rez-de-chaussee", "rez de chaussée", "sous-sol", "entresol",
    "gelijkvloers", "glvl.", "gvl.", "gelijkvl.", "kelder", "boven", "beneden", "droite", "gauche", "links",
    "rechts", "avant", "arrière", "arriere", "voor", "achter", "duplex", "penthouse",
)  # fmt: skip
"""Places in a building that stand where the number of a Belgian box does."""

RELATIVE = (
    "t.o.", "t/o", "tegenover", "bij", "naast", "nabij", "t.h.v.", "ter hoogte van", "achter", "by", "gegenüber",
    "gegenueber", "ggü.", "neben", "en face de", "en face du", "en face", "face au", "à côté de", "à côté du",
    "près du", "près de", "opposite", "opp.", "next to", "near", "vis-à-vis", "vis à vis", "tgo.",
    "schuin tegenover", "hinter",
)  # fmt: skip
"""Words in front of a number that is not the address itself but something beside it."""

RELATIVE_FRONT = (
    "t.o.", "t/o", "tegenover", "schuin tegenover", "t.h.v.", "ter hoogte van", "opposite", "gegenüber", "ggü.",
    "en face de",
)  # fmt: skip
"""Those of `RELATIVE` that no street's name starts with."""

RELATIVE_NAME = ("nabij", "achter", "naast", "bij", "by", "neben", "hinter", "near")
"""Those that also end a street's name (`Park Nabij`)."""

FOR_WHOM = ("c/o", "p/a", "t.a.v.", "t.a.v", "tav", "ter attentie van", "t.n.v.", "tnv", "attn.", "attn:", "attn")
"""Words for a person or company that no street's name starts with. A dot in these is a dot."""

CARE_OF = (
    *FOR_WHOM, "p.a.", "att.", "att", "attentie", "attention", "f.a.o.", "z.Hd.", "z.Hd", "z. Hd.", "zu Händen",
    "zu Haenden", "à l'attention de", "a l'attention de", "aux soins de", "chez", "bei", "o.v.v.", "i.o.v.", "afd.",
    "afd", "afdeling", "dept.", "dept", "abteilung", "abt.", "contactpersoon",
)  # fmt: skip
"""All words that start extra text: people, companies, departments. A dot in these is a dot."""

RANGE = ("tot en met", "tot & met", "tot", "through", "thru", "to", "à", "en", "und", "u.", "et", "and")
"""Words between two numbers of one address."""

UNTIL = ("t/m", "t.m.", "t.e.m.", "t&m")
"""The same, for words that are also typed without spaces."""

GERMAN_RANGE = ("bis",)
"""`12 bis 14` is a range in German; elsewhere `bis` is a postfix."""

FLOOR = (
    "hoog", "hg.", "h.", "etage", "etages", "étage", "ét.", "verdieping", "verdiepingen", "verd.", "vd.", "vrd.",
    "woonlaag", "laag", "bouwlaag", "stock", "stockwerk", "o.g.", "obergeschoss", "floor", "fl.", "links",
    "rechts", "trap", "hoogte", "flr.", "eme étage", "andar", "piso",
)  # fmt: skip
"""Words that follow a figure or an ordinal and make it a floor."""

UNIT = (
    "kamer", "kamernr.", "kmr.", "unit", "units", "app.", "appt.", "apt.", "appartement", "apartment",
    "apartement", "flat", "gebouw", "geb.", "blok", "hal", "loods", "box", "lot", "kavel", "huisje", "huisjes",
    "chalet", "bungalow", "villa", "lodge", "plaats", "standplaats", "staanplaats", "kampeerplaats", "plek",
    "stacaravan", "caravan", "studio", "suite", "ste.", "room", "rm.", "zaal", "lokaal", "ruimte", "toren",
    "tower", "vleugel", "ingang", "poort", "deur", "trap", "portiek", "etage", "verdieping", "verd.", "winkel",
    "kantoor", "garage", "berging", "kelder", "atelier", "woonboot", "woonark", "woonschip", "ark", "schip",
    "boot", "ligplaats", "steiger", "veld", "vak", "bât.", "bat.", "bâtiment", "batiment", "escalier", "esc.",
    "étage", "porte", "haus", "whg.", "wohnung", "top", "stiege", "tür", "aufgang", "block", "bloc", "floor",
    "level", "building", "bldg.", "warehouse", "shop", "office", "wing", "paviljoen", "pav.", "bureau", "bur.",
    "werkplaats", "hangar", "eenheid", "woning", "appt", "zone", "dock", "gate", "perceel", "stand", "stal",
    "opslag", "balie", "sluis", "hoeve", "eingang", "stockwerk", "zimmer", "geschoss", "raum",
)  # fmt: skip
"""Words for a part of a building or a park, with or without a name of their own (`kamer 8`, `unit B4`, `garage`)."""

DOTTED_UNIT = ("k.",)
"""Abbreviations of units that need their dot: `12 k 8` has two readings."""

POSITION = (
    "hs.", "huis", "bis", "ter", "quater", "quinquies", "boven", "bovenwoning", "bovenhuis", "benedenwoning",
    "benedenhuis", "beneden", "onder", "bov.", "ben.", "bo.", "be.", "achter", "achterhuis", "achterom",
    "achterzijde", "voor", "voorhuis", "voorzijde", "a.h.", "v.h.", "links", "rechts", "midden", "li.", "re.",
    "zij", "zijkant", "zijingang", "zw.", "zwart", "rood", "r.d.", "wit", "b.g.", "b.g.g.", "begane grond",
    "beg. grond", "parterre", "part.", "pt.", "souterrain", "sous.", "sout.", "bel-etage", "beletage",
    "bel etage", "zolder", "dak", "penthouse", "p.h.", "rez-de-chaussée", "rez de chaussée", "r.d.c.", "e.g.",
    "d.g.", "k.g.", "u.g.", "erdgeschoss", "dachgeschoss", "h.h.", "hinterhaus", "vorderhaus", "seitenflügel",
    "gartenhaus", "rückgebäude", "rgb.", "noord", "zuid", "oost", "west", "to", "t.o.", "rear", "basement",
    "ground floor", "upper", "lower", "front", "back", "gauche", "droite", "gelijkvloers", "glvl.",
    "tussenverdieping", "insteek", "hoog", "hg.", "dubbel", "bis/ter", "bedrijf", "bedr.", "kantoren",
    "dakterras", "tuin", "tuinhuis", "bijgebouw", "bijg.", "annex", "ongenummerd", "winkel", "onderhuis",
    "bovenetage", "kopse kant", "privé", "opgang",
)  # fmt: skip
"""Words that by themselves give a position in the building."""

STREET_FIRST = (
    "rue", "r.", "avenue", "av.", "ave.", "boulevard", "bd.", "bld.", "blvd.", "bvd.", "chemin", "ch.", "chem.",
    "place", "pl.", "allée", "route", "rte.", "impasse", "imp.", "quai", "square", "sq.", "sentier", "chaussée",
    "chaussee", "chée", "cours", "passage", "voie", "venelle", "montée", "clos", "drève", "cité", "résidence",
    "ruelle", "esplanade", "faubourg", "fbg.", "lieu-dit", "hameau", "rond-point", "galerie", "promenade",
    "parvis", "côte", "traverse", "thier", "au", "aux",
)  # fmt: skip
"""French words that start a street's name: behind a number they prove that the number comes first."""

STREET_LAST = (
    "street", "st.", "road", "rd.", "avenue", "ave.", "lane", "ln.", "drive", "dr.", "close", "court", "ct.",
    "way", "terrace", "crescent", "gardens", "grove", "hill", "mews", "walk", "yard", "row", "highway", "hwy.",
    "parkway", "pkwy.", "boulevard", "blvd.", "square", "place", "broadway", "circle", "cir.", "trail",
)  # fmt: skip
"""English words that end a street's name, which prove the same."""

STREET_SUFFIX = (
    "straat", "str.", "laan", "plein", "weg", "kade", "gracht", "dijk", "singel", "hof", "pad", "dreef", "steeg",
    "park", "plantsoen", "baan", "steenweg", "lei", "wal", "markt", "poort", "brug", "haven", "ring", "straße",
    "strasse", "allee", "platz", "ufer", "damm", "gasse", "strjitte", "kaai", "vest", "berg", "veld", "hoek",
    "horst", "burg", "donk", "oord",
)  # fmt: skip
"""Endings of Dutch, Frisian and German street names."""

STREET_TITLE = (
    "burgemeester", "burg.", "prins", "prinses", "koning", "koningin", "graaf", "sint", "st.", "het", "laan", "plein",
    "oude", "nieuwe", "grote", "kleine", "lange", "korte", "eerste", "tweede", "rue", "avenue", "boulevard", "chaussée",
    "am", "an der", "alte",
)  # fmt: skip
"""First words of street names that are seldom part of a person's name (`p/a Burgemeester Smitlaan 3`)."""

GENERIC = (
    "plein", "laan", "park", "boulevard", "square", "place", "straat", "weg", "kade", "hof", "allee", "platz",
    "straße", "strasse", "rue", "avenue", "singel", "promenade", "esplanade", "markt", "brug", "de", "monument",
)  # fmt: skip
"""Street words that form a name with a year behind them (`Plein 1953`)."""

NUMBERED_STREET = (
    "archipel", "atol", "boeier", "botter", "galjoen", "gondel", "griend", "jol", "kamp", "karveel",
    "kempenaar", "kogge", "punter", "schoener", "schouw", "tjalk", "wold", "zoom", "zonegge", "aldenhof",
    "drieskensacker", "gildekamp", "heeskesacker", "hillekensacker", "holtgesbroek", "horstacker", "lankforst",
    "leuvensbroek", "malvert", "meijhorst", "nijeveld", "tolhuis", "weezenhof", "zellersacker", "zwanenveld",
)  # fmt: skip
"""Quarters of Lelystad, Nijmegen and Zevenaar whose streets have no name but a number (`Archipel 34`)."""

KING = (
    "albert", "léopold", "leopold", "baudouin", "boudewijn", "philippe", "filips", "willem", "karel", "charles",
    "louis", "lodewijk", "napoléon", "napoleon", "frans", "françois", "francois", "henri", "hendrik", "jean",
    "jan", "paul", "pie", "pius", "innocent", "adolphe", "guillaume",
)  # fmt: skip
"""First names behind which an ordinal belongs to the name (`Leopold 2e`)."""

MONTH = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
    "november", "december", "janvier", "février", "fevrier", "mars", "avril", "mai", "juin", "juillet", "août",
    "aout", "septembre", "octobre", "novembre", "décembre", "decembre", "januar", "februar", "märz", "maerz",
    "august", "dezember", "january", "february", "march", "may", "june", "july", "october", "maaie", "maaije",
    "sept.", "dec.", "febr.", "okt.", "oct.", "nov.",
)  # fmt: skip

ROAD = (
    "weg", "rijksweg", "provincialeweg", "provinciale weg", "autoweg", "autosnelweg", "snelweg", "rw.", "baan",
    "steenweg", "straatweg", "route", "chaussée", "chaussee", "autobahn", "bundesstraße", "bundesstrasse", "road",
    "highway", "autoroute", "nationale", "route nationale", "route départementale", "landstraße", "parallelweg",
    "expresweg", "verzorgingsplaats", "afrit", "knooppunt", "rue",
)  # fmt: skip
"""Words that may be followed by a road's letter and number (`Rijksweg A 28`)."""

NUMBERED_AREA = (
    "wijk", "blok", "bouwblok", "buurt", "sectie", "sector", "quartier", "bloc", "block", "kwartier", "complex",
)  # fmt: skip
"""Words whose first figure belongs to the name if another follows (`Wijk 1 20`), with another reading possible."""

ZONE = (
    "zone", "industriezone", "industriepark", "industrieterrein", "bedrijvenpark", "bedrijventerrein", "zoning",
    "ambachtenzone", "ambachtelijke zone", "kmo-zone", "kmo zone", "zoning industriel", "zone industrielle",
    "z.i.", "z.a.", "polder", "park", "parc", "pier", "dok", "kaai", "nijverheidszone", "bedrijfspark", "route",
    "kanaal", "vak",
)  # fmt: skip
"""Areas whose name continues after a figure (`Industriezone 3 Oost 12`)."""

ORDINAL_ARTICLE = (
    "du", "de la", "de", "des", "la", "le", "der", "den", "het", "the", "van de", "vande", "am", "an der",
    "aux", "les",
)  # fmt: skip
"""Words after which an ordinal belongs to the name (`Boulevard du 9e de Ligne`)."""


def any_of(*lists: Iterable[str]) -> str:
    """Build a non-capturing regex that matches one word of the lists, the longest first, in any case."""
    words = sorted({word for words in lists for word in words}, key=lambda word: (-len(word), word))
    return "(?i:" + "|".join(_pattern(word) for word in words) + ")"


def strictly(*lists: Iterable[str]) -> str:
    """Build the same as `any_of`, except that a dot is a dot."""
    words = sorted({word for words in lists for word in words}, key=lambda word: (-len(word), word))
    return "(?i:" + "|".join(re.escape(word).replace("/", r"/") for word in words) + ")"


def _pattern(word: str) -> str:
    return re.escape(word).replace(r"\.", r"\.?").replace(r"\ ", " *" if "." in word else " +").replace(r"\#", "#")
