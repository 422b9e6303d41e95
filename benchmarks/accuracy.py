"""Score the normalisers against the truth sets in tests/truth, by kind and country, and list the misses.

A set is a CSV file whose plain columns go in and whose `=` columns are what should come out; `=issues` is the set of
flags, and `default` the account's country. `addresses.csv` gives the parts of a line instead. Ends with 1 where a
bound is not reached.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.normalise.address import split
from etl.normalise.contacts import normalise_contacts

TRUTH = Path(__file__).parent.parent / "tests" / "truth"
_ADDRESS = ("street", "house_number", "house_number_postfix", "box", "address_extra")
_BOUNDS = {"address": 0.97, "names": 0.97}
_BOUND = 0.98
_MOST_CLEAR_LINES_FLAGGED = 0.03
# Flags that say how a line was read, not that its reading is in doubt.
_DOUBTS = {"address.ambiguous", "address.no_number"}


@dataclass(frozen=True)
class Case:
    kind: str
    country: str
    given: str
    expected: dict[str, str]
    came_out: dict[str, str]
    flags: frozenset[str]
    form: str = ""

    @property
    def met(self) -> bool:
        return self.expected == self.came_out


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: value or "" for key, value in row.items()} for row in csv.DictReader(file)]


def contact_cases(path: Path) -> Iterator[Case]:
    """Normalise each row with its own default country; rows with the same default are processed together."""
    by_default: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows(path):
        by_default[row.pop("default", "")].append(row)
    for default, rows in by_default.items():
        inputs = [name for name in rows[0] if not name.startswith("=")]
        outputs = [name.removeprefix("=") for name in rows[0] if name.startswith("=")]
        frame = pl.DataFrame(
            {name: [row[name] for row in rows] for name in inputs}, schema=dict.fromkeys(inputs, pl.String)
        )
        found = normalise_contacts(frame, country=default or None).rows(named=True)
        for row, result in zip(rows, found, strict=True):
            flags = frozenset(result["issues"])
            came_out = {name: _text(result[name]) for name in outputs if name not in ("issues", "suggestions")}
            expected = {name: row[f"={name}"] for name in came_out}
            if "issues" in outputs:
                came_out["issues"], expected["issues"] = (
                    " ".join(sorted(flags)),
                    " ".join(sorted(row["=issues"].split())),
                )
            if "suggestions" in outputs:
                came_out["suggestions"] = json.dumps(json.loads(result["suggestions"] or "{}"), sort_keys=True)
                expected["suggestions"] = json.dumps(json.loads(row["=suggestions"] or "{}"), sort_keys=True)
            given = ", ".join(f"{name} {row[name]!r}" for name in inputs if row[name])
            country = (expected.get("country_code") if path.stem == "country" else row.get("country")) or default
            yield Case(path.stem, country, given, expected, came_out, flags)


def address_cases(path: Path) -> Iterator[Case]:
    rows = _rows(path)
    frame = pl.DataFrame(
        {
            "address_line": [row["address_line"] for row in rows],
            "country_code": [row["country"] or None for row in rows],
        },
        schema={"address_line": pl.String, "country_code": pl.String},
    )
    for row, result in zip(rows, split(frame).rows(named=True), strict=True):
        flags = frozenset(result["address_issues"] or [])
        came_out = {name: _text(result[name]) for name in _ADDRESS} | {"flags": " ".join(sorted(flags))}
        expected = {name: row[name] for name in _ADDRESS} | {
            "flags": " ".join(sorted(row["flags"].replace(";", " ").split()))
        }
        yield Case("address", row["country"], repr(row["address_line"]), expected, came_out, flags, row["kind"])


def judge(cases: list[Case]) -> list[str]:
    """Print the scores; return what falls short, in words."""
    short = []
    groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.kind, ""].append(case)
        groups[case.kind, case.country or "-"].append(case)
        if case.form:
            groups[f"  {case.form}", ""].append(case)
    print(f"{'kind':14}{'country':>8}{'cases':>8}{'met':>8}{'score':>9}")
    for (kind, country), group in sorted(groups.items()):
        met = sum(case.met for case in group)
        score = met / len(group)
        print(f"{kind if not country else '':14}{country or 'all':>8}{len(group):>8}{met:>8}{score:>9.1%}")
        if not country and kind == kind.strip() and score < _BOUNDS.get(kind, _BOUND):
            short.append(f"{kind}: {score:.1%} is below {_BOUNDS.get(kind, _BOUND):.0%}")
    return short + _judge_flags([case for case in cases if case.kind == "address"])


def _judge_flags(lines: list[Case]) -> list[str]:
    """Check that a miss has a flag, and a clear line has none."""
    short = [f"missed without a flag: {case.given}" for case in lines if not case.met and not case.flags]
    clear = [case for case in lines if not case.expected["flags"]]
    flagged = [case for case in clear if case.flags & _DOUBTS]
    if clear:
        print(f"clear address lines flagged as doubtful: {len(flagged)} of {len(clear)}")
    if len(flagged) > _MOST_CLEAR_LINES_FLAGGED * len(clear):
        short.append(f"{len(flagged)} of {len(clear)} clear lines are flagged")
    return short


def cases() -> Iterator[Case]:
    for path in sorted(TRUTH.glob("*.csv")):
        if path.stem == "addresses":
            yield from address_cases(path)
        elif path.read_text(encoding="utf-8").split("\n", 1)[0].count("="):
            yield from contact_cases(path)


def main() -> int:
    found = list(cases())
    short = judge(found)
    missed = [case for case in found if not case.met]
    for case in missed:
        different = {
            name: (case.came_out[name], text) for name, text in case.expected.items() if case.came_out[name] != text
        }
        told = "; ".join(f"{name} is {came!r}, should be {text!r}" for name, (came, text) in different.items())
        print(f"missed {case.kind}: {case.country} {case.given}: {told}")
    print(f"{len(found)} cases, {len(found) - len(missed)} met")
    for sentence in short:
        print(sentence, file=sys.stderr)
    return 1 if short or not found else 0


if __name__ == "__main__":
    sys.exit(main())
