"""Score the address splitter on every street name of the Netherlands and Belgium, in the notations that people use.

The truth is by construction: a name, a number and what stands beside it are put together as people write them, and must
come apart as the same parts, or have them beside as the other reading. A wrong reading without a flag is the worst.
The names come with the packages `deduce` and `belgian-deduce`, in the folder that is the first argument (`--every N`
takes every so manieth name). Ends with 1 where a goal is not reached.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.normalise.address import split

_LISTS = "data/lookup/src/locations/lst_street/items.txt"
NAMES = {"NL": f"deduce/{_LISTS}", "BE": f"belgian_deduce/{_LISTS}"}
LEAST_RIGHT = 0.995
MOST_SILENT = 0.0002
VERDICTS = ("right", "beside", "flagged", "silent")


@dataclass(frozen=True)
class Notation:
    """How a line is written, `{s}` the street and `{n}` its number; `postfix` and `box` are what it should give."""

    form: str
    postfix: str = ""
    box: str = ""

    def line(self, street: str, number: int) -> str:
        text = self.form.format(s=street, n=number)
        return text.upper() if self.form.isupper() else text


DUTCH = (
    Notation("{s} {n}"), Notation("{s}, {n}"), Notation("{s} nr. {n}"), Notation("{s} nr {n}"), Notation("{s} no. {n}"),
    Notation("{s} huisnummer {n}"),
    Notation("{s} {n}a", "a"), Notation("{s} {n} a", "a"), Notation("{s} {n}-a", "a"), Notation("{s} {n}B", "B"),
    Notation("{s} {n}-B", "B"), Notation("{s} {n}/B", "B"), Notation("{s} {n} bis", "bis"),
    Notation("{s} {n}bis", "bis"), Notation("{s} {n}-3", "3"),
    Notation("{s} {n} hs", "hs"), Notation("{s} {n}-hs", "hs"), Notation("{s} {n}hs", "hs"),
    Notation("{s} {n} huis", "huis"), Notation("{s} {n}-II", "II"), Notation("{s} {n} II", "II"),
    Notation("{s} {n} 2 hoog", "2 hoog"), Notation("{s} {n}-2hg", "2hg"), Notation("{s} {n} boven", "boven"),
    Notation("{s} {n} unit 4", "unit 4"), Notation("{s} {n}, unit 4", ""), Notation("{s} {n} kamer 12", "kamer 12"),
    Notation("{s} {n} app. 2", "app. 2"), Notation("{s} {n} 1e verdieping", "1e verdieping"),
    Notation("{s} {n} (achter)", "achter)"), Notation("{s} {n} zwart", "zwart"), Notation("{s} {n} toev. a", "a"),
    Notation("{s} {n}-A02", "A02"), Notation("{s} {n}, 2e etage", ""), Notation("{s} {n} t.a.v. Jansen", ""),
    Notation("{s} {n}, 1234 AB Zwolle", ""),
)  # fmt: skip
BELGIAN = (
    *(Notation(form) for form in ("{s} {n}", "{s}, {n}", "{s} nr. {n}", "{s} nr {n}", "{s} n° {n}")),
    *(Notation(form) for form in ("{n}, {s}", "{n} {s}", "{s} {n}, 9000 Gent")),
    Notation("{s} {n}A", "A"), Notation("{s} {n} A", "A"), Notation("{s} {n}bis", "bis"),
    Notation("{s} {n} bis", "bis"), Notation("{s} {n} bus 3", box="3"),
    Notation("{s} {n}, bus 3", box="3"), Notation("{s} {n} bus 0301", box="0301"),
    Notation("{s} {n} Bus A", box="A"), Notation("{s} {n} bus 3 B", box="3 B"), Notation("{s} {n} bus B3", box="B3"),
    Notation("{s} {n} bs 3", box="3"), Notation("{s} {n} bte 3", box="3"), Notation("{s} {n} Bte 2", box="2"),
    Notation("{s} {n} boîte 12", box="12"), Notation("{s} {n}, boîte 12", box="12"), Notation("{s} {n}/3", box="3"),
    Notation("{s} {n} / 3", box="3"), Notation("{s} {n}A/3", "A", "3"), Notation("{s} {n}A bus 3", "A", "3"),
    Notation("{s} {n} box 3", box="3"), Notation("{s} {n} b. 3", box="3"), Notation("{s} {n} #3", box="3"),
    Notation("{s} {n} bus 1.02", box="1.02"), Notation("{s} {n} bte RDC", box="RDC"), Notation("{s} {n}bus3", box="3"),
    Notation("{s} {n} (bus 3)", box="3"), Notation("{n}, {s} bte 3", box="3"), Notation("{n}/3, {s}", box="3"),
)  # fmt: skip
NOTATIONS = {"NL": DUTCH, "BE": BELGIAN}


def kind(street: str) -> str:
    """Say what is special about a name."""
    if re.search(r"[0-9]", street):
        return "figures"
    if re.search(r"[0-9A-Za-zÀ-ÿ]\.|\b[A-Z]\b", street):
        return "initials"
    if re.search(r"^.{1,3}$|[^\w\s'’.-]", street):
        return "odd"
    return f"{min(len(re.split(r'[ -]', street)), 4)} words"


def lines(country: str, names: list[str]) -> pl.DataFrame:
    """Put each name into two notations, all of them in turn, with numbers that vary."""
    notations = NOTATIONS[country]
    rows = []
    for place, street in enumerate(names):
        for turn in (place, place * 7 + 3):
            notation = notations[turn % len(notations)]
            number = 1 + (place * 31 + turn) % 289
            rows.append(
                (
                    country,
                    notation.line(street, number),
                    notation.form,
                    kind(street),
                    street,
                    number,
                    notation.postfix,
                    notation.box,
                )
            )
    columns = ("country", "address_line", "form", "kind", "s", "n", "p", "b")
    return pl.DataFrame(rows, schema=columns, orient="row")


def scored(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `verdict`: right, beside (it is the other reading), flagged, or silent."""
    read = split(frame.select("address_line", country_code="country"))
    parts = ("street", "house_number", "house_number_postfix", "box")
    got = read.select(pl.col(name).cast(pl.String).fill_null("").alias(name) for name in parts)
    joined = frame.hstack(got.rename({name: f"got_{name}" for name in parts})).with_columns(
        read["address_alternative"], read["address_issues"]
    )
    right = (
        (pl.col("got_street") == pl.col("s"))
        & (pl.col("got_house_number") == pl.col("n").cast(pl.String))
        & (_bare("got_house_number_postfix") == _bare("p"))
        & (_bare("got_box") == _bare("b"))
    )
    other = pl.concat_str(pl.lit("street="), "s", pl.lit("; house_number="), "n")
    beside = pl.col("address_alternative").str.starts_with(other).fill_null(False)
    flagged = pl.col("address_issues").list.len() > 0
    return joined.with_columns(
        pl.when(right).then(pl.lit("right")).when(beside).then(pl.lit("beside")).when(flagged).then(pl.lit("flagged"))
        .otherwise(pl.lit("silent")).alias("verdict")
    )  # fmt: skip


def _bare(name: str) -> pl.Expr:
    return pl.col(name).str.replace_all(r"[()]", "")


def report(found: pl.DataFrame, by: str) -> None:
    counts = found.group_by("country", by).agg(
        pl.len().alias("lines"),
        *((pl.col("verdict") == word).sum().alias(word) for word in ("right", "beside", "flagged", "silent")),
    )
    print(f"{by:32}{'country':>8}{'lines':>9}{'right':>9}{'beside':>9}{'flagged':>9}{'silent':>9}")
    for row in counts.sort("country", by).rows(named=True):
        shares = "".join(f"{row[word] / row['lines']:>9.3%}" for word in VERDICTS)
        print(f"{row[by]:32}{row['country']:>8}{row['lines']:>9}{shares}")
    print()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every so manieth name")
    parser.add_argument("--show", type=int, default=0, help="print so many of the lines that are wrong")
    options = parser.parse_args(arguments)
    found = pl.concat(
        scored(lines(country, (options.folder / path).read_text("utf-8").splitlines()[:: options.every]))
        for country, path in NAMES.items()
    )
    report(found, "form")
    report(found, "kind")
    wrong = found.filter(pl.col("verdict").is_in(["silent", "flagged"])).sort("verdict", descending=True)
    for row in wrong.head(options.show).rows(named=True):
        read = "|".join(row[f"got_{part}"] for part in ("street", "house_number", "house_number_postfix", "box"))
        print(f"{row['verdict']}: {row['country']} {row['address_line']} => {read} {row['address_issues']}")
    return judge(Counter(found["verdict"]))


def judge(verdicts: Counter[str]) -> int:
    total = verdicts.total()
    right, silent = (verdicts["right"] + verdicts["beside"]) / total, verdicts["silent"] / total
    print(f"{total} lines: right or beside {right:.3%} (goal {LEAST_RIGHT:.1%})", end="")
    print(f", silently wrong {silent:.4%} (goal {MOST_SILENT:.2%})")
    return 0 if right >= LEAST_RIGHT and silent <= MOST_SILENT else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
