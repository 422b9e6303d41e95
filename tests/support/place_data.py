"""Writes etl/normalise/data/countries.json: every current country code with the names it goes by.

Names come from the CLDR (through Babel) in Dutch, Frisian, English, French, German and the country's own
official languages; alpha-3 codes and English long names from pycountry. Run by hand when either is updated;
the program reads only the committed file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pycountry
from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

LANGUAGES = ("nl", "fy", "en", "fr", "de")
TARGET = Path(__file__).parents[2] / "etl" / "normalise" / "data" / "countries.json"


def territory_names(code: str) -> set[str]:
    own = tuple(get_official_languages(code, de_facto=True))
    names = set()
    for language in (*LANGUAGES, *own):
        try:
            name = Locale.parse(language).territories.get(code)
        except (UnknownLocaleError, ValueError):
            continue
        if name:
            names.add(name)
    return names


def countries() -> dict[str, list[str]]:
    table = {}
    for country in pycountry.countries:
        names = territory_names(country.alpha_2) | {country.name, country.alpha_3}
        names |= {getattr(country, "official_name", country.name), getattr(country, "common_name", country.name)}
        table[country.alpha_2] = sorted(names)
    table["XK"] = sorted(territory_names("XK") | {"Kosovo", "XKX"})
    return dict(sorted(table.items()))


def text() -> str:
    lines = [f" {json.dumps(code)}: {json.dumps(names, ensure_ascii=False)}" for code, names in countries().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(TARGET.read_text(encoding="utf-8") != text())
    TARGET.write_text(text(), encoding="utf-8")
