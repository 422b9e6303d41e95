"""The names of a table's columns: what is not seen in them does not count, nor case, accents, blanks and hyphens."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def clean(name: str) -> str:
    """Take invisible marks off a header; every kind of blank is one blank."""
    if name.isascii() and name.isprintable() and name == name.strip():
        return name
    seen = (char for char in name if char.isspace() or unicodedata.category(char) not in ("Cf", "Cc"))
    return " ".join("".join(seen).split())


def plain(name: str) -> str:
    """Normalise a header for comparison: case, accents, blanks, hyphens and invisible marks do not matter."""
    if not (name.isascii() and name.isprintable()):
        apart = unicodedata.normalize("NFKD", clean(name))
        name = "".join(char for char in apart if not unicodedata.combining(char))
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def again(name: str) -> str:
    """The name that a column had before `distinct`."""
    return name.rpartition("_duplicated_")[0]


def distinct(names: Sequence[str]) -> list[str]:
    """Give columns of one name another, as polars does: `phone`, `phone_duplicated_0`."""
    given, found = set(names), list[str]()
    for name in names:
        number, one = 0, name
        while one in found or (number and one in given):
            one, number = f"{name}_duplicated_{number}", number + 1
        found.append(one)
    return found
