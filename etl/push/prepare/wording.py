"""Word what is wrong or doubtful with a row, in the columns of its own table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from etl.push.input.rows import InputRow
from etl.systems.declare import Problem
from etl.systems.shared.body import MISSING
from etl.systems.shared.cells import mapping, texts

DOUBTFUL = ("invalid", "unknown", "ambiguous", "mismatch", "several", "no_number", "no_street")
"""What a flag says of a value that may be wrong; others tell what was done with it."""
MARKED = "Marked doubtful: {}."
STRICT = "Marked doubtful: {}. It was not sent, for --strict: mend it, or leave that out."


def doubts_of(row: InputRow) -> list[str]:
    """List the flags of a row's values that are invalid or doubtful."""
    said = dict.fromkeys((*texts(row.row.values.get("issues")), *row.flags))
    return [flag for flag in said if flag.rpartition(".")[2] in DOUBTFUL]


def columns_of(flags: Iterable[str]) -> str:
    """Name the columns that flags are about."""
    named = (re.sub("^(?:coc|vat)$", r"\g<0>_number", flag.partition(".")[0]) for flag in flags)
    return ", ".join(dict.fromkeys(re.sub("address$", "address_line", name) for name in named))


def reasons_of(problems: Sequence[Problem], values: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Word the problems of a row; of what is required and missing, say which columns would do, and where something
    stands that cannot be read."""
    extra = mapping(values.get("extra"))
    missing = [problem for problem in problems if problem.reason == MISSING]
    asked = {problem.field for problem in missing}
    unread = [one for one in missing if any(extra.get(column) for column in (one.field, *one.instead))]
    absent = [one for one in missing if one not in unread and not asked & set(one.instead)]
    said = [problem.reason for problem in problems if problem.reason != MISSING]
    said += [f"This is required, and missing: {_either(one, names)}." for one in absent]
    said += [f"This is required, and what stands there cannot be read: {_either(one, names)}." for one in unread]
    return " ".join(dict.fromkeys(said))


def together(*notes: str | None) -> str | None:
    """Join what is told of a row."""
    return " ".join(note for note in notes if note) or None


def _either(problem: Problem, names: Mapping[str, str]) -> str:
    return " or ".join(names.get(column) or column for column in (problem.field, *problem.instead))
