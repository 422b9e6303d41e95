"""Measure rows per second of address splitting and of whole contacts, on one core, beside `re` row by row.

make bench-normalise                        a million rows
python benchmarks/normalise.py --rows 50000
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl

from etl.normalise.address import repair, split
from etl.normalise.contacts import normalise_contacts
from etl.normalise.country import load

_FRONTS = [
    "Linden",
    "Kerk",
    "Dorps",
    "Molen",
    "School",
    "Eiken",
    "Beuken",
    "Nieuw",
    "Hoofd",
    "Stations",
    "Burgemeester",
    "Prins",
    "Koningin",
    "Dr.",
    "Jan",
    "Mei",
    "Zee",
    "Berg",
    "Bos",
    "Veld",
    "Haven",
    "Markt",
    "Oude",
    "Kastanje",
    "Wilgen",
    "Populieren",
    "Rozen",
    "Tulpen",
    "Vogel",
    "Merel",
    "Vink",
    "Zwaluw",
    "Heide",
    "Akker",
    "Water",
    "Sluis",
    "Dijk",
    "Brug",
    "Toren",
]
_MIDDLES = ["", "en", "laan ", "-oost ", "kamp", " van Dijk", "horster", "wijker", "broeker", "daler"]
_ENDS = ["straat", "laan", "weg", "plein", "singel", "kade", "hof", "dreef", "pad", "gracht", "park", "steeg"]
# Endings of an address, with a share in a thousand: mostly a bare number, as in life.
_NUMBERS = {
    " {n}": 560, " {n}{a}": 90, " {n} {A}": 60, " {n}-{k}": 40, " {n} bis": 20, " {n}-hs": 15, " {n} 1 hoog": 10,
    " {n}-III": 10, " {n} bus {k}": 45, " {n}/{k}": 15, ", {n}": 30, " nr. {n}": 20, "{n}": 10, " {n} t/m {m}": 10,
    " {n}, 2e etage": 10, " t.o. {n}": 5, " {n} {k}": 10, "": 10, " {n} boîte {k}": 10, " {n} a-{k}": 20,
}  # fmt: skip
_TUSSEN = ["", "", "", "", "", "van", "de", "van der", "van den", "ten"]
_NAMES = [
    "Jansen",
    "Bakker",
    "Visser",
    "Smit",
    "Meijer",
    "Mulder",
    "Bos",
    "Vos",
    "Peters",
    "Hendriks",
    "Dekker",
    "Brouwer",
    "Dijkstra",
    "Smits",
    "Jacobs",
    "Maas",
    "Kok",
    "Willems",
]
_FIRST = [
    "Jan",
    "Piet",
    "Kees",
    "Anna",
    "Maria",
    "Sanne",
    "Tim",
    "Eva",
    "Daan",
    "Emma",
    "Lotte",
    "Bram",
    "Ahmed",
    "Fatima",
    "Lars",
    "Noor",
    "Sem",
    "Julia",
    "Finn",
    "Tess",
]
_CITIES = [
    "Amsterdam",
    "Rotterdam",
    "Utrecht",
    "Zwolle",
    "Breda",
    "Gent",
    "Antwerpen",
    "Leuven",
    "Nistelrode",
    "Heerenveen",
    "Almere",
    "Tilburg",
]


class Pool:
    """Columns drawn from small lists, the same for the same seed."""

    def __init__(self, rows: int, seed: int = 7) -> None:
        self.rows, self._seed = rows, seed

    def draw(self, values: list[str] | pl.Series) -> pl.Series:
        self._seed += 1
        pool = values if isinstance(values, pl.Series) else pl.Series(values)
        return pool.sample(self.rows, with_replacement=True, seed=self._seed)

    def number(self, least: int, most: int) -> pl.Series:
        return self.draw(pl.int_range(least, most, eager=True)).cast(pl.String)

    def often(self, share: float, column: pl.Series) -> pl.Series:
        """The column, blank but for a share of its rows."""
        keep = self.number(0, 1000).cast(pl.Int32) < share * 1000
        return column.zip_with(keep, pl.Series([""]).new_from_index(0, self.rows))


def weighed(choices: dict[str, int]) -> list[str]:
    return [choice for choice, share in choices.items() for _ in range(share)]


def address_parts(pool: Pool) -> pl.DataFrame:
    letters = list("abcdefgh")
    return pl.DataFrame(
        {
            "street": pool.draw(_FRONTS) + pool.draw(_MIDDLES) + pool.draw(_ENDS),
            "form": pool.draw(weighed(_NUMBERS)),
            "n": pool.number(1, 400),
            "a": pool.draw(letters),
            "k": pool.number(1, 60),
        }
    )


def address_lines(pool: Pool) -> pl.Series:
    ending = pl.col("form")
    for place, column in (("{n}", "n"), ("{a}", "a"), ("{k}", "k")):
        ending = ending.str.replace(place, pl.col(column), literal=True)
    ending = ending.str.replace("{A}", pl.col("a").str.to_uppercase(), literal=True)
    ending = ending.str.replace("{m}", (pl.col("n").cast(pl.Int32) + 4).cast(pl.String), literal=True)
    return address_parts(pool).select(pl.col("street") + ending).to_series().alias("address_line")


def postcodes(pool: Pool) -> pl.Series:
    letters = list("ABCDEFGHJKLNPRTVWXZ")
    return pool.number(1000, 9999) + pool.draw([" ", "", ""]) + pool.draw(letters) + pool.draw(letters)


def phones(pool: Pool, mobile: bool) -> pl.Series:
    if mobile:
        return pool.draw(["06-", "06 ", "06", "+316", "+31 6 ", "0031 6", "+31 (0)6 "]) + pool.number(
            10_000_000, 59_999_999
        )
    return pool.draw(["020-", "030 ", "010", "073-", "+3120", "(0)20 "]) + pool.number(2_000_000, 7_999_999)


def dutch_vat(pool: Pool) -> pl.Series:
    """Right ones, by the eleven-proof."""
    found = []
    for number in range(80_012_345, 80_062_345):
        check = sum(int(digit) * (9 - place) for place, digit in enumerate(str(number))) % 11
        if check < 10:
            found.append(f"NL{number}{check}B01")
    return pool.draw(found)


def people(pool: Pool) -> dict[str, pl.Series]:
    return {
        "first_name": pool.draw(_FIRST),
        "last_name": pool.draw(_NAMES) + pool.draw(["", "", "s", "ma", "stra", "-de Boer"]),
        "email": pool.draw(_FIRST).str.to_lowercase()
        + pool.number(1, 99_999)
        + pool.draw(["@gmail.com", "@hotmail.com", "@ziggo.nl", "@bedrijf.nl"] * 3 + ["@Bedrijf.NL"]),
    }


def cyclesoftware(pool: Pool) -> pl.DataFrame:
    """Its 21 fields: parts of the address apart, two phones, much left blank."""
    parts = address_parts(pool)
    clean = pool.number(0, 100).cast(pl.Int32) < 85
    postfix = pool.often(0.15, parts["a"])
    number = parts["n"].zip_with(clean, parts["n"] + pool.draw(["a", "-2", " bis", " A", "-12"]))
    street = parts["street"].zip_with(pool.number(0, 100).cast(pl.Int32) < 97, parts["street"] + " " + parts["n"])
    return pl.DataFrame(
        {
            "source_id": pl.int_range(pool.rows, eager=True).cast(pl.String),
            "customer_type": pool.draw(["Klant", "Zakelijk"]),
            "reference": pool.often(0.2, pool.number(1, 99_999)),
            "postcode": postcodes(pool),
            "house_number": number,
            "house_number_postfix": postfix,
            "company_name": pool.often(0.15, pool.draw(_FRONTS) + " Fietsen"),
            "attention": pool.often(0.05, pool.draw(_FIRST)),
            "title": pool.draw(["Dhr.", "Mevr.", "Dhr./Mevr. ", ""]),
            "initials": pool.draw(list("ABCDEFGHJKLM")),
            "insertion": pool.draw(_TUSSEN),
            **people(pool),
            "street": street,
            "city": pool.draw(_CITIES),
            "country": pool.draw(["NL"] * 95 + ["BE", "nl", "Nederland", "DE", ""]),
            "vat_number": pool.often(0.15, dutch_vat(pool)),
            "coc_number": pool.often(0.15, pool.number(10_000_000, 89_999_999)),
            "discount_percentage": pool.draw(["0", "0", "0", "10", "12.5"]),
            "created_at": "202"
            + pool.number(0, 6)
            + "-0"
            + pool.number(1, 10)
            + "-1"
            + pool.number(0, 10)
            + " 12:30:44",
            "phone": pool.often(0.6, phones(pool, mobile=False)),
            "mobile": pool.often(0.8, phones(pool, mobile=True)),
        }
    )


def recras(pool: Pool) -> pl.DataFrame:
    """Its relation with the main contact person: the address in one line."""
    return pl.DataFrame(
        {
            "source_id": pl.int_range(pool.rows, eager=True).cast(pl.String),
            "name": pool.draw(_FRONTS) + " " + pool.draw(_NAMES) + pool.number(1, 999),
            "display_name": pool.often(0.9, pool.draw(_FRONTS) + " " + pool.draw(_NAMES)),
            "address_line": address_lines(pool),
            "postcode": postcodes(pool),
            "city": pool.draw(_CITIES),
            "country": pool.draw(["NL"] * 95 + ["BE"] * 4 + [""]),
            "province": pool.often(0.3, pool.draw(["NL-NH", "NL-UT", "NL-NB"])),
            "website": pool.often(0.1, "www." + pool.draw(_FRONTS) + ".nl"),
            "vat_number": pool.often(0.15, dutch_vat(pool)),
            "company_id": pool.number(1, 5).cast(pl.Int64),
            "status": pool.draw(["actief", "passief"]),
            "gender": pool.draw(["man", "vrouw", "onbekend"]),
            **people(pool),
            "phone": pool.often(0.8, phones(pool, mobile=True)),
            "mobile": pool.often(0.3, phones(pool, mobile=False)),
        }
    )


# What one would write by hand: patterns tried in turn, in a loop over the rows. It does the same kinds of work as
# far as a page of code goes; it knows fewer forms of addresses, and of foreign numbers nothing.
_SPACE = re.compile(r"\s+")
_PO_BOX = re.compile(r"^(postbus|postfach|bo[iî]te postale|antwoordnummer)\s+(\d+)$", re.IGNORECASE)
_EXTRA = re.compile(r"^(.*\d.*?),\s*((?:\d+e )?(?:etage|verdieping|c/o|t\.a\.v\.).*)$", re.IGNORECASE)
_NUMBER_FIRST = re.compile(r"^(\d+)\s*([a-z]|bis|ter)?,?\s+(\D.*)$", re.IGNORECASE)
_BOX = re.compile(r"^(.*?)[\s,]+(\d+)\s*([a-z]?)\s*(?:bus|bte|bo[iî]te)\.?\s*(\w+)$", re.IGNORECASE)
_RANGE = re.compile(r"^(.*?)[\s,]+(\d+)\s*((?:-|t/m|tot|–)\s*\d+.*)$")
_RELATIVE = re.compile(r"^(.*?)[\s,]+(?:t\.?o\.?|bij|tegenover)\s+(\d+)\s*(.*)$", re.IGNORECASE)
_FIGURES_IN_NAME = re.compile(
    r"^((?:plein|laan) (?:19|20)\d\d(?:-(?:19|20)?\d\d)?|\d+e \D+)\s+(\d+)\s*[-/ ]?\s*(.*)$", re.IGNORECASE
)
_PLAIN = re.compile(r"^(.*?[^\d\s,])[\s,]*(?:nr\.?\s*|no\.?\s*|#)?(\d+)\s*[-/,]?\s*(.*)$", re.IGNORECASE)
_POSTCODE = re.compile(r"^(?:NL-?)?\s*([1-9]\d{3})\s?([A-Z]{2})$", re.IGNORECASE)
_EMAIL = re.compile(r"^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$")
_NOT_DIGITS = re.compile(r"[^\d+]")
_MOBILE = re.compile(r"^\+316[1-58]\d{7}$")
_LANDLINE = re.compile(r"^\+31(?:[1-57]\d{8}|8[58]\d{7})$")
_VAT = re.compile(r"^NL\d{9}B\d{2}$")
_TUSSENVOEGSEL = re.compile(
    r"^((?:van|de|der|den|ten|ter|het|'t|op|in)(?: (?:de|der|den|het|'t))*) (.+)$", re.IGNORECASE
)
_FORMULA = re.compile(r"^[=+\-@]")
_COUNTRIES = {"nl": "NL", "nederland": "NL", "be": "BE", "belgie": "BE", "de": "DE", "duitsland": "DE"}
_GENDERS = {"dhr.": "male", "mevr.": "female", "man": "male", "vrouw": "female", "onbekend": "unknown"}
_PROVINCES = [(range(first, last + 1), code) for first, last, code in load("nl_pc4_province.json")]
_PROVINCE_OF = {number: f"NL-{code}" for numbers, code in _PROVINCES for number in numbers}
_ZONE = ZoneInfo("Europe/Amsterdam")


def line_by_hand(line: str) -> dict[str, Any]:
    line = _SPACE.sub(" ", line).strip()
    found = _PO_BOX.match(line)
    if found:
        return {"street": found[1], "house_number": int(found[2]), "flags": ["address.po_box"]}
    extra = None
    cut = _EXTRA.match(line)
    if cut:
        line, extra = cut[1], cut[2]
    found = _BOX.match(line)
    if found:
        return {"street": found[1], "house_number": int(found[2]), "postfix": found[3], "box": found[4], "extra": extra}
    for pattern, flags in ((_FIGURES_IN_NAME, []), (_RELATIVE, ["address.relative"]), (_RANGE, ["address.range"])):
        found = pattern.match(line)
        if found:
            return {
                "street": found[1],
                "house_number": int(found[2]),
                "postfix": found[3],
                "extra": extra,
                "flags": flags,
            }
    found = _NUMBER_FIRST.match(line)
    if found:
        return {
            "street": found[3],
            "house_number": int(found[1]),
            "postfix": found[2],
            "flags": ["address.number_first"],
        }
    found = _PLAIN.match(line)
    if found:
        return {"street": found[1], "house_number": int(found[2]), "postfix": found[3] or None, "extra": extra}
    return {"street": line, "flags": ["address.no_number"]}


def phone_by_hand(text: str) -> tuple[str | None, str | None]:
    digits = _NOT_DIGITS.sub("", text.replace("(0)", ""))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif not digits.startswith("+"):
        digits = "+31" + digits.removeprefix("0")
    if _MOBILE.match(digits):
        return digits, "mobile"
    return (digits, "landline") if _LANDLINE.match(digits) else (None, None)


def vat_by_hand(text: str) -> bool:
    number = _SPACE.sub("", text).upper()
    if not _VAT.match(number):
        return False
    weighed = sum(int(digit) * (9 - place) for place, digit in enumerate(number[2:10]))
    spelled = "".join(str(int(letter, 36)) for letter in number)
    return weighed % 11 == int(number[10]) or int(spelled) % 97 == 1


def contact_by_hand(row: dict[str, object]) -> dict[str, object]:
    text = {
        key: _SPACE.sub(" ", value).strip() or None if isinstance(value, str) else value for key, value in row.items()
    }
    out: dict[str, Any] = dict(text)
    issues: list[Any] = []
    originals: dict[str, Any] = {}
    parts = [str(text.get(name) or "") for name in ("street", "house_number", "house_number_postfix")]
    address = line_by_hand(str(text.get("address_line") or " ".join(parts)))
    out.update(address)
    issues += address.get("flags") or []
    country = str(text.get("country") or "nl").lower()
    out["country_code"] = _COUNTRIES.get(country)
    if out["country_code"] is None:
        issues.append("country.unknown")
        originals["country"] = country
    postcode = _POSTCODE.match(str(text.get("postcode") or ""))
    if postcode:
        out["postcode"] = postcode[1] + postcode[2].upper()
        out["province_code"] = text.get("province") or _PROVINCE_OF.get(int(postcode[1]))
    elif out["country_code"] == "NL":
        issues.append("postcode.invalid")
    for name in ("phone", "mobile"):
        if text.get(name):
            out[name], out[f"{name}_kind"] = phone_by_hand(str(text[name]))
            if out[name] is None:
                issues.append("phone.invalid")
                originals[name] = text[name]
    if text.get("email"):
        local, _, domain = str(text["email"]).rpartition("@")
        out["email"] = f"{local}@{domain.lower()}"
        if not _EMAIL.match(str(out["email"])):
            issues.append("email.invalid")
    if text.get("vat_number") and not vat_by_hand(str(text["vat_number"])):
        issues.append("vat.invalid")
    if text.get("coc_number") and not (len(str(text["coc_number"])) == 8 and str(text["coc_number"]).isdigit()):
        issues.append("coc.invalid")
    family = _TUSSENVOEGSEL.match(str(text.get("last_name") or ""))
    if family and not text.get("insertion"):
        out["insertion"], out["last_name"] = family[1].lower(), family[2]
    out["gender"] = _GENDERS.get(str(text.get("gender") or text.get("title") or "").lower())
    named = [str(text[name]) for name in ("first_name", "insertion", "last_name") if text.get(name)]
    out["display_name"] = text.get("display_name") or text.get("name") or text.get("company_name") or " ".join(named)
    if text.get("created_at"):
        out["created_at"] = datetime.fromisoformat(str(text["created_at"])).replace(tzinfo=_ZONE).astimezone(UTC)
    if text.get("discount_percentage"):
        out["discount_percentage"] = Decimal(str(text["discount_percentage"]).replace(",", "."))
    if any(
        isinstance(value, str) and _FORMULA.match(value) for key, value in out.items() if key not in ("phone", "mobile")
    ):
        issues.append("text.formula")
    out["issues"], out["originals"] = issues, json.dumps(originals) if originals else None
    return out


def timed(work: object) -> float:
    assert callable(work)
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_mib(*, forget: bool = False) -> int:
    """The peak memory of this process since it was last reset by `forget` (Linux)."""
    if forget:
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    (peak,) = re.findall(r"VmHWM:\s+(\d+)", status)
    return int(peak) // 1024


def in_batches(frame: pl.DataFrame, size: int, work: object) -> None:
    assert callable(work)
    for batch in frame.iter_slices(size):
        work(batch)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--batch", type=int, default=100_000)
    options.add_argument(
        "--floor", action="store_true", help="exit 1 below 300,000 lines and 180,000 contacts a second"
    )
    asked = options.parse_args()
    rows, batch = asked.rows, asked.batch

    pool = Pool(rows)
    lines = pl.DataFrame({"address_line": address_lines(pool), "country_code": pool.draw(["NL"] * 85 + ["BE"] * 15)})
    shapes = {"contacts, CycleSoftware": cyclesoftware(pool), "contacts, Recras": recras(pool)}
    parts = shapes["contacts, CycleSoftware"].select(
        "street", "house_number", "house_number_postfix", country_code=pl.lit("NL")
    )
    # Patterns and tables are built once a process; that is not what is measured.
    for frame in shapes.values():
        normalise_contacts(frame.head(2_000), country="NL")
    split(lines.head(2_000))
    before = peak_mib(forget=True)

    ours = {
        "address lines": timed(lambda: in_batches(lines, batch, split)),
        "address parts": timed(lambda: in_batches(parts, batch, repair)),
    }
    for name, frame in shapes.items():
        ours[name] = timed(
            lambda frame=frame: in_batches(frame, batch, lambda part: normalise_contacts(part, country="NL"))
        )
    after = peak_mib()

    sample = min(rows, 100_000)
    texts = lines["address_line"].head(sample).to_list()
    by_hand = {"address lines": timed(lambda: [line_by_hand(line) for line in texts])}
    for name, frame in shapes.items():
        dicts = frame.head(sample).to_dicts()
        by_hand[name] = timed(lambda dicts=dicts: [contact_by_hand(row) for row in dicts])

    print(f"{rows:,} rows in batches of {batch:,}, one core; by hand: Python's re, row by row, {sample:,} rows")
    print(f"{'':26}{'rows/s':>12}{'by hand':>12}{'ratio':>8}")
    rates = {name: rows / seconds for name, seconds in ours.items()}
    for name, rate in rates.items():
        hand = sample / by_hand[name] if name in by_hand else None
        print(f"{name:26}{rate:>12,.0f}" + (f"{hand:>12,.0f}{rate / hand:>8.1f}" if hand else ""))
    print(f"memory: {before:,} MiB with the input loaded, {after:,} MiB at most while it was read")
    if asked.floor and (rates["address lines"] < 300_000 or min(rates[name] for name in shapes) < 180_000):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
